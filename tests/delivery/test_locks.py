"""A lock passes on from a holder that stands still, whatever it was doing."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from sqlalchemy import text

from shared import database, locks
from shared.database import driver_of
from shared.testing import eventually
from tests.delivery.bench import Bench


async def test_a_holder_that_stopped_reading_loses_its_lock(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "SILENCE", 1)
    engine = database.engine(bench.settings("ledger"), pool_size=2)
    async with engine.connect() as first, engine.connect() as second:
        assert await locks.try_lock(first, "standing still")
        driver = await driver_of(first)
        much = await driver.prepare("SELECT repeat('x', 10000000)")
        driver._transport.pause_reading()  # type: ignore[attr-defined]
        reading = asyncio.create_task(much.fetch())

        async def is_stuck() -> bool:
            stuck = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'")
            return bool(await second.scalar(stuck))

        await eventually(is_stuck, seconds=5)
        async with asyncio.timeout(10):
            await locks.hold_lock(second, "standing still")
        driver.terminate()
        await asyncio.wait([reading])
        assert reading.exception()
        await first.invalidate()
        await second.invalidate()
    await engine.dispose()


@pytest.mark.parametrize(
    "stopped",
    [
        # PostgreSQL has answered and waits, in the middle of a statement, for what follows.
        pytest.param(lambda driver: driver.prepare("SELECT 1"), id="prepared-not-executed"),
        pytest.param(lambda driver: driver.execute("RESET idle_session_timeout"), id="no-time-out"),
    ],
)
async def test_a_holder_that_stopped_between_two_steps_loses_its_lock(
    bench: Bench,
    stopped: Callable[[asyncpg.Connection], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "SILENCE", 1)
    engine = database.engine(bench.settings("ledger"), pool_size=2)
    async with engine.connect() as first, engine.connect() as second:
        assert await locks.try_lock(first, "standing still")
        await stopped(await driver_of(first))
        async with asyncio.timeout(10):
            await locks.hold_lock(second, "standing still")
        await first.invalidate()
        await second.invalidate()
    await engine.dispose()
