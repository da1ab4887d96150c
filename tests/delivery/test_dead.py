"""What an operator does about the dead, on a reader of little patience."""

import asyncio
import json
from uuid import UUID

import nats.errors
import pytest

from deploy.local import postgres
from deploy.local.dead import REBUILDING, Desk, HeldFact
from deploy.local.errors import SiteError
from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import ledger
from tests.delivery.bench import Bench
from tests.delivery.checks_held import reading
from tests.delivery.reader import POISONED
from tests.delivery.test_facts import book
from tests.delivery.toys import PASSWORD

TRIES = 3


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return Desk(bench.home, {"reader": ("reader",)})


async def dead_of(desk: Desk, aggregate: UUID | str) -> HeldFact:
    """The dead one of an aggregate, once it is."""

    async def look() -> list[HeldFact]:
        return [fact for fact in await desk.facts() if fact.aggregate == str(aggregate)]

    [found] = await eventually(look)
    assert isinstance(found, HeldFact)
    return found


async def of(desk: Desk, aggregate: UUID, *, held: bool = True) -> list[int]:
    facts = await desk.facts(held=held)
    return sorted(fact.sequence for fact in facts if fact.aggregate == str(aggregate))


async def test_the_dead_are_listed_with_their_reason_and_what_waits_behind(
    bench: Bench, desk: Desk
) -> None:
    sick = uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, sick, 1, POISONED, 1, 1)
        fact = await dead_of(desk, sick)
        await eventually(lambda: _waits(desk, sick, 2))
        fact = await dead_of(desk, sick)
    assert (fact.service, fact.stream, fact.sequence) == ("reader", "FACTS", 2)
    assert (fact.tries, fact.behind, fact.numbered) == (TRIES, 2, True)
    assert fact.subject == "events.hq.ledger.booked"
    assert "RuntimeError" in fact.error
    assert await of(desk, sick, held=False) == [2], "what waits behind is not dead"
    assert await of(desk, sick) == [2, 3, 4]
    assert (await desk.find(fact.name[:6])).key == fact.key
    assert json.loads(await desk.body(fact))["data"]["amount"] == POISONED


async def _waits(desk: Desk, aggregate: UUID, count: int) -> bool:
    return (await dead_of(desk, aggregate)).behind == count


async def test_replaying_after_the_cause_was_mended_takes_it_once_and_what_follows_in_order(
    bench: Bench, desk: Desk
) -> None:
    sick = uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, sick, 1, POISONED, 1, 1)
        fact = await dead_of(desk, sick)

        await desk.replay(fact)
        [again] = await desk.outcomes([fact])
        assert not again.taken
        assert "RuntimeError" in (again.error or "")
        assert await bench.notes(sick) == [1]

        fact = await dead_of(desk, sick)
        await bench.mood(broken=False)
        await desk.replay(fact)
        [outcome] = await desk.outcomes([fact])
        assert outcome.taken
        await bench.noted(sick, [1, 2, 3, 4])
        with pytest.raises(SiteError, match="not dead"):
            await desk.replay(fact)
        await book(bench, sick, 1)
        await bench.noted(sick, [1, 2, 3, 4, 5])
    assert await of(desk, sick) == []


async def test_a_replay_that_nobody_takes_says_so_in_time(bench: Bench, desk: Desk) -> None:
    sick = uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, sick, POISONED)
        fact = await dead_of(desk, sick)
    await desk.replay(fact)
    [outcome] = await desk.outcomes([fact], seconds=0.3)
    assert (outcome.taken, outcome.error) == (False, None)
    await bench.mood(broken=False)


async def test_skipping_lets_what_follows_go_on_and_stays_on_record(
    bench: Bench, desk: Desk
) -> None:
    sick, first = uuid7(), uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, sick, 1, POISONED, 1, POISONED, 1)
        await book(bench, first, POISONED, 1)
        await desk.skip(await dead_of(desk, sick), "a slip of the pen")
        await bench.noted(sick, [1, 3])
        await desk.skip(await dead_of(desk, first), "the very first of its aggregate")
        await bench.noted(first, [2])
        await desk.skip(await dead_of(desk, sick), "another")
        await bench.noted(sick, [1, 3, 5])

        await bench.mood(broken=False)
        await bench.new_durable()
        await book(bench, first, 1)
        await bench.noted(first, [2, 3])
    assert await bench.notes(sick) == [1, 3, 5], "what was skipped does not come back"
    assert await of(desk, sick) == []
    rows = await bench.rows(
        "SELECT * FROM reader.skipped WHERE aggregate = $1 ORDER BY sequence", str(sick)
    )
    assert [(row["sequence"], row["reason"]) for row in rows] == [
        (2, "a slip of the pen"),
        (4, "another"),
    ]
    assert all("@" in row["skipped_by"] and row["tries"] == TRIES for row in rows)
    assert json.loads(rows[0]["raw"])["data"]["amount"] == POISONED


@pytest.mark.parametrize("body", [b"no json", b'{"specversion":"1.0"}'])
async def test_unreadable_poison_is_skipped_for_good(bench: Bench, desk: Desk, body: bytes) -> None:
    well = uuid7()
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        ack = await bench.client.jetstream().publish("events.hq.ledger.booked", body)
        fact = await dead_of(desk, f"unreadable {ack.seq}")
        assert (fact.tries, fact.behind) == (TRIES, 0)
        assert "not a fact" in fact.error
        await desk.skip(fact, "garbage")
        with pytest.raises(SiteError, match="not dead"):
            await desk.skip(fact, "garbage")
        await bench.new_durable()
        await book(bench, well, 1)
        await bench.noted(well, [1])
        names = {each.name for each in await desk.facts(held=True)}
    assert fact.name not in names, "read again from the first message, it stays skipped"


async def test_what_still_waits_can_be_neither_skipped_nor_replayed(
    bench: Bench, desk: Desk
) -> None:
    early = uuid7()
    async with reading(bench, tries=TRIES):
        await bench.publish(early, 2)

        async def waits() -> list[HeldFact]:
            found = await desk.facts(held=True)
            return [fact for fact in found if fact.aggregate == str(early)]

        [fact] = await eventually(waits)
        for attempt in (desk.skip(fact, "impatience"), desk.replay(fact)):
            with pytest.raises(SiteError, match="not dead"):
                await attempt
        await bench.publish(early, 1)
        await bench.noted(early, [1, 2])


async def test_a_dead_one_whose_predecessor_was_lost_is_not_skipped_over_it(
    bench: Bench, desk: Desk
) -> None:
    sick = uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, sick, 1, POISONED)
        fact = await dead_of(desk, sick)
        await bench.rows("DELETE FROM reader.position WHERE aggregate = $1", sick)
        with pytest.raises(SiteError, match="has not been heard"):
            await desk.skip(fact, "in a hurry")
        assert (await dead_of(desk, sick)).key == fact.key
        await bench.rows("INSERT INTO reader.position VALUES ($1, 1)", sick)
        await desk.skip(fact, "after a look")
    await bench.mood(broken=False)


async def test_nothing_is_skipped_while_the_views_are_rebuilt(bench: Bench, desk: Desk) -> None:
    sick = uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, sick, POISONED, 1)
        fact = await dead_of(desk, sick)
        rebuild = await postgres.connect(bench.home)
        await rebuild.execute(f"SELECT pg_advisory_lock({REBUILDING})")
        with pytest.raises(SiteError, match="rebuild"):
            await desk.skip(fact, "too early")
        assert await of(desk, sick, held=False) == [1]
        await rebuild.close()
        await eventually(lambda: _free(bench))
        await desk.skip(fact, "in its time")
        await bench.noted(sick, [2])
    await bench.mood(broken=False)


async def _free(bench: Bench) -> bool:
    [row] = await bench.rows(f"SELECT pg_try_advisory_xact_lock({REBUILDING}) AS free")
    return bool(row["free"])


@pytest.mark.parametrize("name", ["", "zz", "ffffffff0"])
async def test_a_name_that_nothing_has_is_an_error(desk: Desk, name: str) -> None:
    with pytest.raises(SiteError, match="Nothing held is named"):
        await desk.find(name)
    with pytest.raises(SiteError, match="no service 'nobody'"):
        await desk.facts("nobody")


async def test_a_message_too_large_is_refused_at_the_door_and_nothing_of_it_is_kept(
    bench: Bench, desk: Desk
) -> None:
    js = bench.client.jetstream()
    largest = bench.client.max_payload
    before = (await js.stream_info("FACTS")).state
    held = await desk.facts(held=True)
    with pytest.raises(nats.errors.MaxPayloadError):
        await js.publish("events.hq.ledger.booked", b"x" * (largest + 1))
    said = await _publish_without_a_client(bench, largest + 1)
    assert "maximum payload violation" in said.lower(), "the server itself refuses"
    well = uuid7()
    async with bench.running(ledger.service), reading(bench, tries=TRIES):
        await book(bench, well, 1)
        await bench.noted(well, [1])
    after = (await js.stream_info("FACTS")).state
    assert (after.messages, after.last_seq) == (before.messages + 1, before.last_seq + 1)
    assert {fact.name for fact in await desk.facts(held=True)} <= {fact.name for fact in held}


async def _publish_without_a_client(bench: Bench, size: int) -> str:
    """What the server says to a sender that does not look at its limit."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.home.nats_port())
    told = json.dumps({"user": "tester", "pass": PASSWORD, "verbose": False})
    writer.write(f"CONNECT {told}\r\nPUB events.hq.ledger.booked {size}\r\n".encode())
    writer.write(b"x" * size + b"\r\n")
    said = b""
    try:
        while b"-ERR" not in said and (part := await asyncio.wait_for(reader.read(65536), 5)):
            said += part
    except ConnectionError:  # it hangs up on what is still being sent
        pass
    finally:
        writer.close()
    return said.decode()
