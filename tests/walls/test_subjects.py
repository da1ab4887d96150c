"""NATS: who may say and hear what, subject by subject."""

from collections.abc import AsyncIterator

import nats.errors
import pytest
from nats.aio.client import Client

from deploy.local.home import NATS_USERS, Home
from deploy.local.home import SERVICES as PROCESSES
from shared.broker import SERVICES
from shared.messages import Command, Fact, Query
from tests.walls.broker import PUBLISH, SUBSCRIBE, all_tried, nats_alone, user_of
from tests.walls.subjects import Subject, heard, messages, outside, said
from tests.walls.tries import Judged, Try, judged

EVERY_SERVICE = {"membership", "democracy", "training", "welfare", "gateway"}
OWNER = {"the owner"}
NOBODY: set[str] = set()
LAW = {
    # kind       may publish                may subscribe
    "command": ({"gateway"}, OWNER),
    "query": ({"gateway"}, OWNER),
    "health": ({"gateway", "operator"}, OWNER),
    "fact": (OWNER, NOBODY),  # facts are heard through a durable only
    "care": (OWNER, NOBODY),
    "hr": ({"gateway", "operator", "hr"}, NOBODY),
    "back": ({"gateway"}, NOBODY),
    "inbox": (NOBODY, OWNER),
    "foreign": (NOBODY, NOBODY),
}
ANSWERED = {"gateway", "operator"}
"""They ask: every service may publish to their inboxes."""


async def _judged(home: Home) -> Judged:
    subjects: dict[tuple[str, str], Subject] = {}
    for subject in (*said(home.site), *outside(home.site)):
        subjects[PUBLISH, subject.text] = subject
    for subject in (*heard(home.site), *outside(home.site)):
        subjects[SUBSCRIBE, subject.text] = subject

    def lawful(each: Try) -> bool:
        subject = subjects[each.verb, each.what]
        may = LAW[subject.kind][0 if each.verb == PUBLISH else 1]
        if subject.kind == "inbox" and each.verb == PUBLISH and subject.owner in ANSWERED:
            may = EVERY_SERVICE
        return each.who in may or (may is OWNER and each.who == subject.owner)

    return judged(await all_tried(home, subjects), lawful)


@pytest.fixture(scope="module")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with nats_alone(tmp_path_factory.mktemp("nats") / "home") as home:
        yield home


async def test_a_user_says_and_hears_what_is_its_own_and_nothing_else(alone: Home) -> None:
    (await _judged(alone)).must_be_lawful("NATS, user by subject by verb")


async def test_what_was_widened_is_seen_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def widen(permissions: dict[str, dict[str, dict[str, list[str]]]]) -> None:
        permissions["democracy"]["publish"]["allow"].append("events.hq.membership.member-joined")
        permissions["operator"]["subscribe"]["allow"].append("_INBOX_gateway.intruder")

    async with nats_alone(tmp_path_factory.mktemp("widened") / "home", widen) as home:
        seen = await _judged(home)
    assert seen.allows == {
        Try("democracy", PUBLISH, "events.hq.membership.member-joined"),
        Try("operator", SUBSCRIBE, "_INBOX_gateway.intruder"),
    }
    assert not seen.refusals


async def test_what_is_allowed_arrives(alone: Home) -> None:
    """Every ask is answered by its owner, every fact is kept on a stream."""
    async with user_of(alone, "gateway") as gateway:
        for service in SERVICES:
            if service not in PROCESSES:
                continue
            async with user_of(alone, service) as owner:

                async def answer(message: object) -> None:
                    await message.respond(message.subject.encode())  # type: ignore[attr-defined]

                for word in ("commands", "queries"):
                    await owner.subscribe(f"{word}.{alone.site}.{service}.>", cb=answer)
                await owner.flush()
                await owner.flush()
                for message in messages():
                    address = message.address(alone.site)
                    if message.owner() != service:
                        continue
                    if issubclass(message, Fact):
                        assert (await owner.jetstream().publish(address, b"{}")).seq
                    elif issubclass(message, Command | Query):
                        reply = await gateway.request(address, timeout=5)
                        assert reply.data == address.encode()


async def test_nobody_connects_without_the_right_password(home: Home) -> None:
    async def enters(user: str, password: str) -> bool:
        client = Client()
        try:
            await client.connect(home.nats_url, user=user, password=password, allow_reconnect=False)
        except nats.errors.Error:
            return False
        await client.close()
        return True

    secrets = {user: home.secret(user, "nats_password") for user in NATS_USERS}
    for user in (*NATS_USERS, "intruder", "sys", ""):
        for owner, password in (*secrets.items(), ("", ""), ("", "guessed")):
            assert await enters(user, password) == (user == owner and user != ""), (user, owner)
