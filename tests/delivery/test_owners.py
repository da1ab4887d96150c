"""A service whose credential was stolen states facts about what belongs to another service: the
owner's own facts are heard as if it had said nothing."""

from uuid import UUID

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local import postgres
from shared import kernel_tables
from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.bench import Bench
from tests.delivery.checks_held import reading
from tests.delivery.ledger import Booked
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


async def test_what_was_held_before_gets_the_owner_that_its_source_names(bench: Bench) -> None:
    account = uuid7()
    fact = Booked(account=account, amount=1, nth=2)
    raw = fact.envelope(id=uuid7(), site="hq", sequence=2, traceparent=None)
    rows = [
        {"aggregate": f"{account}", "numbered": True, "raw": raw},
        {"aggregate": "unreadable 7", "numbered": False, "raw": b"no json"},
    ]
    engine = create_async_engine(postgres.admin_url(bench.home))

    def upgraded(connection: Connection) -> dict[str, str]:
        connection.execute(text("CREATE SCHEMA upgraded"))
        connection.execute(text("SET LOCAL search_path TO upgraded"))
        with Operations.context(MigrationContext.configure(connection)):
            kernel_tables.hearing_tables_v1()
            connection.execute(
                text("""
                    INSERT INTO held (stream, aggregate, sequence, numbered, subject, raw, error,
                        tries, next_at)
                    VALUES ('FACTS', :aggregate, 2, :numbered, 'events', :raw, '', 1, now())
                """),
                rows,
            )
            kernel_tables.hearing_tables_v3()
        found = connection.execute(text("SELECT aggregate, owner FROM held"))
        return {row.aggregate: row.owner for row in found}

    async with engine.connect() as connection:
        owners = await connection.run_sync(upgraded)
        await connection.rollback()
    await engine.dispose()
    assert owners == {f"{account}": "ledger", "unreadable 7": ""}
