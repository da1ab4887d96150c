"""A flood may come when the inbox was all but empty, and plans were made for it as it was then."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from deploy.local import postgres
from deploy.local.home import Home
from shared import positions
from shared.messages import uuid7
from shared.positions import History, Step

OWNER, FLOOD = "membership", 500


@pytest.fixture
async def driver(home: Home) -> AsyncIterator[asyncpg.Connection]:
    """A connection at a small inbox of its own, that PostgreSQL has looked at; nothing stays."""
    connection = await postgres.connect(home)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("""
        CREATE SCHEMA inbox;
        SET LOCAL search_path TO inbox;
        CREATE TABLE position (LIKE membership.position INCLUDING ALL);
        CREATE TABLE held (LIKE membership.held INCLUDING ALL);
    """)
    yield connection
    await transaction.rollback()
    await connection.close()


def begun(aggregates: list[UUID]) -> dict[History, Step]:
    return {(OWNER, aggregate): Step(0, 1) for aggregate in aggregates}


async def read_one_by_one(driver: asyncpg.Connection) -> int:
    """Rows that were come across while all of the inbox was read."""
    read: int = await driver.fetchval("""
        SELECT seq_tup_read FROM pg_stat_xact_user_tables
        WHERE schemaname = 'inbox' AND relname = 'position'
    """)
    return read


async def test_the_whole_inbox_is_read_for_nobody_in_a_flood(driver: asyncpg.Connection) -> None:
    async def told(number: int) -> dict[History, Step]:
        facts = begun([uuid7() for _ in range(number)])
        assert await positions.claim(driver, "FACTS", facts)
        return facts

    # So often that PostgreSQL keeps a plan, which for so few is to read them all.
    await told(10)
    await driver.execute("ANALYZE position")
    for _ in range(8):
        await told(FLOOD // 10)
    await told(5_000)
    before = await read_one_by_one(driver)
    facts = await told(FLOOD)
    last, waiting = await positions.known(driver, "FACTS", facts)
    assert set(last.values()) == {1}
    assert not waiting
    assert not await positions.claim(driver, "FACTS", facts), "they were claimed before"
    assert await read_one_by_one(driver) == before
