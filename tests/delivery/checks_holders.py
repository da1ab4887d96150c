"""Checks of two processes with one identity, killed and stopped. Each returns what was violated."""

import signal
from contextlib import AsyncExitStack

from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.conftest import Bench
from tests.delivery.judging import ended, holders, judged, stated, until_held


async def two_processes(bench: Bench, toy: str) -> list[str]:
    """One of two works; when it is killed the other one takes over, within some seconds."""
    account = uuid7()
    other = reader.service if toy == "ledger" else ledger.service
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench.running(other))
        first = await stack.enter_async_context(bench.process(toy))
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
    """The working one is stopped past `ack_wait`: the other one takes over; then it goes on."""
    account = uuid7()
    other = reader.service if toy == "ledger" else ledger.service
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench.running(other))
        first = await stack.enter_async_context(bench.process(toy))
        if said := await until_held(bench, toy, _locks(toy)):
            return said
        await stack.enter_async_context(bench.process(toy))
        await _connected(bench, toy)
        await stated(bench, account, *range(1, 301))
        first.send_signal(signal.SIGSTOP)
        try:
            await stated(bench, account, *range(301, 401))
            said += await judged(bench, account, 400)
        finally:
            first.send_signal(signal.SIGCONT)
        await stated(bench, account, *range(401, 411))
        return said + await judged(bench, account, 410)


def _locks(toy: str) -> int:
    """A relay each; the reader hears one stream too."""
    return 2 if toy == "reader" else 1


async def _connected(bench: Bench, toy: str) -> None:
    """Until both processes have spoken to the database."""

    async def both() -> bool:
        rows = await bench.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1"
            " AND query LIKE '%pg_try_advisory_lock%'",
            toy,
        )
        return bool(rows[0]["count"] >= 1)

    await eventually(both)
