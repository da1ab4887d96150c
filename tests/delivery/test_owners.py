"""A service whose credential was stolen states facts about what belongs to another service: the
owner's own facts are heard as if it had said nothing."""

from uuid import UUID

import pytest

from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.checks_held import reading
from tests.delivery.conftest import Bench
from tests.delivery.test_facts import book
from tests.delivery.thief import Claimed


async def claim(bench: Bench, account: UUID, nth: int, *, amount: int = 1) -> None:
    fact = Claimed(account=account, amount=amount, nth=nth)
    id = uuid7()
    payload = fact.envelope(id=id, site="hq", sequence=nth, traceparent=None)
    await bench.client.jetstream().publish(
        fact.address("hq"), payload, headers={"Nats-Msg-Id": str(id)}
    )


async def heard_all(bench: Bench) -> None:
    async def nothing_left() -> bool:
        info = await bench.client.jetstream().consumer_info("FACTS", "reader")
        return not (info.num_pending or info.num_ack_pending)

    await eventually(nothing_left)


@pytest.mark.parametrize("claimed", [(1,), (2,), (1, 2, 3)], ids=str)
async def test_a_fact_of_another_service_takes_no_place_in_a_history(
    bench: Bench, claimed: tuple[int, ...]
) -> None:
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        await book(bench, account, 1)
        await bench.noted(account, [1])
        for nth in claimed:
            await claim(bench, account, nth)
        await heard_all(bench)
        await book(bench, account, 1, 1)
        await bench.noted(account, [1, 2, 3])
    await bench.rows("DELETE FROM reader.held WHERE aggregate = $1", str(account))


async def test_it_may_come_first(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        await claim(bench, account, 1)
        await heard_all(bench)
        await book(bench, account, 1, 1)
        await bench.noted(account, [1, 2])


async def test_a_held_fact_of_another_service_holds_nobody_up(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service), reading(bench, tries=2):
        await claim(bench, account, 2)
        await heard_all(bench)
        await book(bench, account, 1, 1, 1)
        await bench.noted(account, [1, 2, 3])
    held = await bench.rows(
        "SELECT subject, sequence FROM reader.held WHERE aggregate = $1", str(account)
    )
    assert [tuple(row) for row in held] == [("events.hq.thief.claimed", 2)]
    await bench.rows("DELETE FROM reader.held WHERE aggregate = $1", str(account))


async def test_a_place_from_before_owners_were_kept_counts(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        await book(bench, account, 1, 1)
        await bench.noted(account, [1, 2])
    await bench.rows("UPDATE reader.position SET owner = '' WHERE aggregate = $1", account)
    async with bench.running(ledger.service), bench.running(reader.service):
        await bench.publish(account, 2)
        await claim(bench, account, 3)
        await heard_all(bench)
        await book(bench, account, 1)
        await bench.noted(account, [1, 2, 3])
