"""What a stolen credential could still send through an open door: a fact in another's name, or a
command that JetStream delivers on its behalf."""

import json
from collections.abc import AsyncIterator, Callable
from itertools import product
from typing import Literal

import pytest
from nats.aio.msg import Msg

from deploy.local.home import Home, free_port
from deploy.local.servers import servers
from services.gateway.api.commands import COMMANDS
from services.gateway.site import Site
from shared.contracts.membership import AppointPost
from shared.facts import FactOpener
from shared.handling import ask_headers
from shared.messages import ANSWER, Fact, Stated, uuid7
from shared.rights import Actor, Grant
from shared.settings import Settings
from shared.settled import ask_health
from shared.testing import eventually
from tests.conftest import service_process
from tests.contracts.examples import EXAMPLES, wire_form
from tests.walls.broker import user_of
from tests.walls.database import admin_of
from tests.walls.subjects import messages
from tests.walls.tries import Try, judged

Role = Literal["leader", "officer", "chair"]
FACTS = [message for message in messages() if issubclass(message, Fact)]
SOURCES = sorted({fact.owner() for fact in FACTS} | {"gateway", "hr"})
STATED = [example for example in EXAMPLES if isinstance(example, Fact)]
IT = Actor("it", None, (Grant("it", "company"),))
"""As only the gateway may name one."""


def test_a_fact_counts_only_on_its_own_subject_and_from_its_own_service() -> None:
    opener = FactOpener(FACTS)
    outcomes: dict[Try, bool] = {}
    for fact, site, service in product(STATED, ("hq", "nanjing"), SOURCES):
        told = json.loads(wire_form(fact)) | {"source": f"/{site}/{service}"}
        for other in FACTS:
            heard = opener.again(other.address("hq"), json.dumps(told).encode(), 1)
            where = f"{fact.ce_type()} on {other.address('hq')}"
            outcomes[Try(told["source"], "state", where)] = heard.problem is None

    def lawful(each: Try) -> bool:
        type_, _, subject = each.what.partition(" on ")
        _, service, name, _ = type_.split(".")
        return each.who == f"/hq/{service}" and subject.split(".")[-1] == name

    judged(outcomes, lawful).must_be_lawful("facts, source by type by subject")


def test_a_fact_is_about_what_its_place_in_history_is_about() -> None:
    """Else one aggregate's place could be moved on by facts of another."""
    fact = STATED[0]
    told = json.loads(wire_form(fact)) | {"subject": str(uuid7())}
    heard = FactOpener(FACTS).again(fact.address("hq"), json.dumps(told).encode(), 1)
    assert heard.problem


async def test_an_answer_brings_facts_of_the_service_that_was_asked_and_no_others(
    settings: Callable[[str], Settings],
) -> None:
    site = Site(settings("gateway"))
    site.ear.listening = True
    forged = json.loads(wire_form(STATED[0])) | {"source": "/hq/gateway"}
    for fact, asked in product(STATED, COMMANDS):
        brought = [
            Stated(subject=fact.address("hq"), fact=wire_form(fact).decode()),
            Stated(subject=fact.address("hq"), fact=json.dumps(forged)),
        ]
        site._stated(asked, brought)
        taken = [one.type for one in site.ear._early.drain()]
        assert taken == ([fact.ce_type()] if fact.owner() == asked.owner() else [])
    await site.engine.dispose()


@pytest.fixture
async def other_home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """Servers of its own: what is forged here would lie on the streams of the others."""
    path = tmp_path_factory.mktemp("forged") / "home"
    async with servers(Home(path, port=free_port())) as running:
        yield running


def answered_by(home: Home, name: str) -> set[str]:
    """The subjects of all that the service has answered, as its log tells."""
    lines = (home.logs / f"{name}.log").read_text().splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return {each["subject"] for each in said if each["event"] == "answered"}


async def test_what_a_durable_delivers_to_a_commands_subject_is_no_command(
    other_home: Home,
) -> None:
    """A reader may have its messages delivered to any subject, whatever it may publish, and with
    the headers that their writer chose; so the subject that a message bears decides."""
    home, address = other_home, AppointPost.address(other_home.site)
    hired = {"employee": "F1", "name": "某", "on": "2024-01-01"}
    event_ = {"specversion": "1.0", "id": "1", "source": "/forged", "data": hired}
    delivered: list[Msg] = []

    async def note(message: Msg) -> None:
        delivered.append(message)

    def appoint(role: Role) -> bytes:
        command = AppointPost(employee="F1", role=role, unit="company")
        return command.model_dump_json().encode()

    async def roles() -> list[str]:
        async with admin_of(home) as admin:
            rows = await admin.fetch("SELECT role FROM membership.post ORDER BY id")
        return [row["role"] for row in rows]

    async def known() -> bool:
        async with admin_of(home) as admin:
            return bool(await admin.fetchval("SELECT count(*) FROM membership.person"))

    async with (
        user_of(home, "membership") as writer,
        user_of(home, "democracy") as reader,
        user_of(home, "gateway") as gateway,
        user_of(home, "membership") as beside,
    ):
        await beside.subscribe(address, cb=note)
        await beside.flush()

        async def asked(role: Role) -> None:
            headers = ask_headers(IT, role, 4e9, None)
            reply = await gateway.request(address, appoint(role), headers=headers, timeout=5)
            assert ANSWER.validate_json(reply.data).kind == "accepted"

        async def ready() -> bool:
            health = await ask_health(gateway, home.site, "membership")
            return health is not None and health.ready

        with service_process(home, "membership"):
            await eventually(ready, seconds=40)
            hire = json.dumps(event_ | {"type": "hr.employee-hired"}).encode()
            await gateway.jetstream().publish(f"events.{home.site}.hr.employee-hired", hire)
            await eventually(known)
            await asked("leader")
            forged = ask_headers(IT, "forged", 4e9, None)
            subject = f"events.{home.site}.membership.member-joined"
            await writer.jetstream().publish(subject, appoint("chair"), headers=forged)
            await reader.publish("$JS.API.CONSUMER.MSG.NEXT.FACTS.democracy", b"9", reply=address)
            await eventually(lambda: subject in [message.subject for message in delivered])
            await asked("officer")
        # A service that has stopped has finished what had reached it before the last answer.
        assert await roles() == ["leader", "officer"]
        assert {message.subject for message in delivered} <= answered_by(home, "membership")
