"""Checks of two processes with one identity, killed and stopped. Each returns what was violated."""

import signal
import time
from contextlib import AsyncExitStack

from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.bench import Bench
from tests.delivery.judging import ended, holders, judged, stated, until_held
from tests.delivery.toys import ACK_WAIT


async def two_processes(bench: Bench, toy: str) -> list[str]:
    """One of two works; when it is killed the other one takes over, within some seconds."""
    account = uuid7()
    other = reader.service if toy == "ledger" else ledger.service
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench.running(other))
        first = await stack.enter_async_context(bench.process(toy))
        await _started(bench, toy)
        if said := await until_held(bench, toy, _locks(toy)):
            return said
        await stack.enter_async_context(bench.process(toy))
        await _connected(bench, toy)
        await stated(bench, account, *range(1, 51))
        said += await judged(bench, account, 50)
        if any(count != 1 for count in (await holders(bench, toy)).values()):
            said.append("a lock has two holders")
        await ended(first)
        await stated(bench, account, *range(51, 101))
        said += await judged(bench, account, 100)
        return said + await until_held(bench, toy, _locks(toy))


async def stopped_process(bench: Bench, toy: str) -> list[str]:
    """The working one is stopped past `ack_wait`, a reader with facts that were delivered to it:
    they come again, to the other one, which takes over; then the first one goes on."""
    account = uuid7()
    other = reader.service if toy == "ledger" else ledger.service
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench.running(other))
        first = await stack.enter_async_context(bench.process(toy))
        await _started(bench, toy)
        if said := await until_held(bench, toy, _locks(toy)):
            return said
        await stack.enter_async_context(bench.process(toy))
        await _connected(bench, toy)
        await stated(bench, account, *range(1, 301))
        if toy == "reader":
            # All is acknowledged, and its next request is open: what comes now is delivered to it.
            said += await judged(bench, account, 300)
        before = await _delivered(bench)
        first.send_signal(signal.SIGSTOP)
        stopped_at = time.monotonic()
        try:
            await stated(bench, account, *range(301, 401))
            said += await judged(bench, account, 400)
            if toy == "reader":
                again = await _delivered(bench) - before
                said += _came_again(100, again, time.monotonic() - stopped_at)
        finally:
            first.send_signal(signal.SIGCONT)
        await stated(bench, account, *range(401, 411))
        return said + await judged(bench, account, 410)


async def _delivered(bench: Bench) -> int:
    """How many messages the reader's durable has handed out, each time counted."""
    info = await bench.client.jetstream().consumer_info("FACTS", "reader")
    assert info.delivered
    return int(info.delivered.consumer_seq)


def _came_again(count: int, deliveries: int, paused: float) -> list[str]:
    """A pause that was too short, or after which nothing came again, tries nothing."""
    said = []
    if paused <= ACK_WAIT:
        said.append(f"the pause of {paused:.1f} s was too short: the check itself is void")
    if deliveries <= count:
        said.append("nothing was delivered again: the check itself is void")
    return said


def _locks(toy: str) -> int:
    """A relay each; the reader hears one stream too."""
    return 2 if toy == "reader" else 1


async def _started(bench: Bench, toy: str) -> None:
    """Until a process has come as far as the database; from here on its locks are waited for."""

    async def there() -> bool:
        return bool(await bench.rows("SELECT FROM pg_stat_activity WHERE usename = $1", toy))

    await eventually(there, seconds=30)


async def _connected(bench: Bench, toy: str) -> None:
    """Until both processes have spoken to the database."""

    async def both() -> bool:
        rows = await bench.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1"
            " AND query LIKE '%pg_try_advisory_lock%'",
            toy,
        )
        return bool(rows[0]["count"] >= 1)

    await eventually(both, seconds=30)
