"""What falls due is ticked once, late rather than never, and again when it failed."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from shared import database
from shared.database import Session
from shared.messages import uuid7
from shared.outbox import keep_stated, state
from shared.ticker import Ticker, due, fall_due
from tests.delivery.bench import Bench
from tests.delivery.ledger import Booked
from tests.delivery.mutants import MUTANTS

ticked: list[str] = []
faulty: set[str] = set()


@due("toy")
async def tick(key: str, session: Session) -> None:
    if key in faulty:
        state(session, Booked(account=uuid7(), amount=1, nth=1))
        raise RuntimeError("not today")
    ticked.append(key)
    await session.execute(text("SELECT 1"))


async def set_due(bench: Bench, key: str, at: datetime, what: str = "toy") -> None:
    engine = database.engine(bench.settings("ledger"), pool_size=1)
    async with database.Sessions(engine)() as session:
        fall_due(session, what, key=key, at=at)
        await keep_stated(session, "hq")
        await session.commit()
    await engine.dispose()


async def late_rows_ticked(bench: Bench) -> list[str]:
    """Nobody ticked for days; then two tickers start at once. Each row is ticked once, by either,
    the longest overdue first. Returns what was violated."""
    keys = [str(uuid7()) for _ in range(20)]
    now = datetime.now(UTC)
    for number, key in enumerate(keys):
        await set_due(bench, key, now - timedelta(days=number, seconds=1))
    both_at_work = asyncio.Barrier(2)

    async def run(ticker: Ticker) -> None:
        await both_at_work.wait()
        while await ticker.tick():
            pass

    engines = [database.engine(bench.settings("ledger"), pool_size=2) for _ in range(2)]
    await asyncio.gather(
        *(run(Ticker([tick], database.Sessions(engine), "hq")) for engine in engines)
    )
    for engine in engines:
        await engine.dispose()
    left = await bench.rows("DELETE FROM ledger.due WHERE key = ANY($1) RETURNING key", keys)
    ours = [key for key in ticked if key in keys]
    said = [f"never ticked: {len(left)} of {len(keys)}"] if left else []
    if len(set(ours)) < len(ours):
        said.append(f"ticked twice: {len(ours) - len(set(ours))}")
    longest_first = keys[::-1]
    places = [longest_first.index(key) for key in dict.fromkeys(ours)]
    if any(place > number + 1 for number, place in enumerate(places)):
        said.append(f"not the longest overdue first: {places}")
    return said


async def test_late_rows_are_ticked_once_each(bench: Bench) -> None:
    assert await late_rows_ticked(bench) == []


@pytest.mark.parametrize(
    ("mutant", "violation"), [("late_ones_missed", "never ticked"), ("unclaimed", "ticked twice")]
)
async def test_a_planted_violation_is_seen(
    bench: Bench, mutant: str, violation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    MUTANTS[mutant](monkeypatch)
    said = await late_rows_ticked(bench)
    assert any(violation in line for line in said), said


async def test_what_is_not_due_is_left(bench: Bench) -> None:
    key = str(uuid7())
    await set_due(bench, key, datetime.now(UTC) + timedelta(hours=1))
    engine = database.engine(bench.settings("ledger"), pool_size=2)
    assert await Ticker([tick], database.Sessions(engine), "hq").tick() is False
    assert key not in ticked
    await engine.dispose()


async def test_a_failing_tick_keeps_its_error_and_comes_again(bench: Bench) -> None:
    key = str(uuid7())
    faulty.add(key)
    await set_due(bench, key, datetime.now(UTC) - timedelta(days=1))
    before = await bench.rows("SELECT count(*) FROM ledger.outbox")
    engine = database.engine(bench.settings("ledger"), pool_size=2)
    ticker = Ticker([tick], database.Sessions(engine), "hq")
    assert await ticker.tick() is True
    [row] = await bench.rows(
        "SELECT tries, error, at > now() AS later FROM ledger.due WHERE key = $1", key
    )
    assert (row["tries"], row["later"]) == (1, True)
    assert "RuntimeError" in row["error"]
    after = await bench.rows("SELECT count(*) FROM ledger.outbox")
    assert after == before, "what it stated before it failed was taken back"
    faulty.clear()
    await bench.rows("UPDATE ledger.due SET at = now() WHERE key = $1", key)
    assert await ticker.tick() is True
    assert ticked.count(key) == 1
    await engine.dispose()


@due("crowd", at_once=100)
async def tick_together(key: str, session: Session) -> None:
    if key in faulty:
        raise RuntimeError("not today")
    state(session, Booked(account=UUID(key), amount=1, nth=1))


@pytest.mark.parametrize("bad", [None, 0, 7, 29])
async def test_what_is_ticked_together_is_ticked_once_but_for_what_fails(
    bench: Bench, bad: int | None
) -> None:
    keys = [str(uuid7()) for _ in range(30)]
    for number, key in enumerate(keys):
        await set_due(bench, key, datetime.now(UTC) - timedelta(days=30 - number), what="crowd")
    failing = {keys[bad]} if bad is not None else set()
    faulty.update(failing)
    engine = database.engine(bench.settings("ledger"), pool_size=2)
    ticker = Ticker([tick_together], database.Sessions(engine), "hq")
    assert await ticker.tick() is True
    if bad is None:
        assert await ticker.tick() is False, "all at once"
    while await ticker.tick():
        pass
    stated = await bench.rows(
        "SELECT aggregate::text FROM ledger.outbox WHERE aggregate = ANY($1::text[]::uuid[])", keys
    )
    assert sorted(row["aggregate"] for row in stated) == sorted(set(keys) - failing)
    left = await bench.rows("DELETE FROM ledger.due WHERE key = ANY($1) RETURNING key, tries", keys)
    assert {row["key"]: row["tries"] for row in left} == dict.fromkeys(failing, 1)
    faulty.clear()
    await engine.dispose()
