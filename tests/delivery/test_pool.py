"""No connection of the pool hands trouble on from one who used it to the next."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import asyncpg
import pytest
from sqlalchemy import text

from shared import database
from shared.database import Sessions, is_away, raw
from tests.delivery.bench import Bench


@pytest.fixture
async def sessions(bench: Bench) -> AsyncIterator[Sessions]:
    """On a pool of one connection."""
    engine = database.engine(bench.settings("ledger"), pool_size=1)
    yield Sessions(engine)
    await engine.dispose()


async def backend(sessions: Sessions) -> int:
    async with sessions() as session:
        return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_one_that_was_lost_in_the_pool_is_said_to_be_away_and_replaced(
    sessions: Sessions,
) -> None:
    async with sessions() as session:
        driver = raw(session)
    driver.terminate()
    with pytest.raises(Exception) as lost:
        await backend(sessions)
    assert is_away(lost.value), lost.value
    assert await backend(sessions)


async def test_who_gave_up_before_the_transaction_had_begun_leaves_a_usable_pool(
    sessions: Sessions,
) -> None:
    with standing_still(await backend(sessions)):
        given_up = asyncio.create_task(backend(sessions))
        await asyncio.wait({given_up}, timeout=0.3)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        async with asyncio.timeout(4):
            assert await backend(sessions)


def test_a_driver_that_finds_itself_unconnected_is_away() -> None:
    """asyncpg says so when the line broke while it waited for a statement to be cancelled."""
    assert is_away(asyncpg.InternalClientError("not connected"))
    assert not is_away(ZeroDivisionError())
