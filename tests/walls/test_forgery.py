"""What a stolen credential could still send through an open door: a fact in another's name, or a
command that JetStream delivers on its behalf."""

import json
from collections.abc import AsyncIterator
from itertools import product

import pytest
import structlog.testing
from nats.aio.msg import Msg

from deploy.local.home import Home
from services.democracy.proposals import submit_proposal
from shared.commands import Commands
from shared.contracts.democracy import SubmitProposal
from shared.facts import FactOpener
from shared.handling import Surroundings, ask_headers
from shared.messages import ANSWER, Fact, uuid7
from shared.rights import Actor, Grant
from shared.testing import eventually
from tests.contracts.examples import EXAMPLES, wire_form
from tests.walls.broker import nats_alone, user_of
from tests.walls.subjects import messages
from tests.walls.tries import Try, judged

FACTS = [message for message in messages() if issubclass(message, Fact)]
STATED = [example for example in EXAMPLES if isinstance(example, Fact)]
FORGED = ask_headers(Actor("it", uuid7(), (Grant("it", "company"),)), "key", 4e9, None)
"""An actor as only the gateway may name one."""


def test_a_fact_counts_only_on_its_own_subject_and_from_its_own_service() -> None:
    opener = FactOpener(FACTS)
    outcomes: dict[Try, bool] = {}
    for fact, site, service in product(STATED, ("hq", "nanjing"), ("membership", "democracy")):
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


@pytest.fixture
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with nats_alone(tmp_path_factory.mktemp("forged") / "home") as home:
        yield home


class Away:
    """Stands where the database would be; notes that a handler got so far."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> object:
        self.asked += 1
        raise ConnectionError


async def test_what_a_durable_delivers_to_a_commands_subject_is_no_command(alone: Home) -> None:
    """A reader may have its messages delivered to any subject, whatever it may publish, and with
    the headers that their writer chose; so a handler looks at the subject of the message."""
    away = Away()
    around = Surroundings(alone.site, away, b"")  # type: ignore[arg-type]
    commands = Commands("democracy", [submit_proposal], around)
    address = SubmitProposal.address(alone.site)
    body = b'{"title": "t", "body": "b", "category": "other"}'
    delivered: list[Msg] = []

    async def note(message: Msg) -> None:
        delivered.append(message)

    async with (
        user_of(alone, "membership") as writer,
        user_of(alone, "democracy") as reader,
        user_of(alone, "gateway") as gateway,
    ):
        await commands.open(reader)
        await reader.subscribe(address, cb=note)
        await reader.flush()
        asked = await gateway.request(address, body, headers=FORGED, timeout=5)
        assert ANSWER.validate_json(asked.data).kind == "failed"
        assert away.asked == 1

        subject = f"events.{alone.site}.membership.member-joined"
        with structlog.testing.capture_logs() as said:
            await writer.jetstream().publish(subject, body, headers=FORGED)
            await reader.publish("$JS.API.CONSUMER.MSG.NEXT.FACTS.democracy", b"1", reply=address)
            answered = await eventually(
                lambda: [each for each in said if each.get("subject") == subject]
            )
        assert [message.subject for message in delivered] == [address, subject]
        assert (answered[0]["outcome"], answered[0]["code"]) == ("refused", "malformed")
        assert away.asked == 1
        await commands.close()
