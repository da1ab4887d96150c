"""Checks of a site that corporate HR floods. Each returns what was violated, a sentence each.

None compares times: how long an answer takes on two cores which a flood fills is chance. Whether
somebody is answered while a batch provably stands still is not, nor how many are before the flood
is over, for a machine that is slower at the one is slower at the other.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import psutil

from deploy.local.feed import Feed
from services.gateway.ask import Asking
from services.gateway.problems import Problem
from shared.broker import AT_ONCE as AT_ONCE_OF
from shared.broker import connect
from shared.contracts.democracy import Category, SubmitProposal
from shared.contracts.hr import HrEvent, parse
from shared.contracts.training import Demands, OpenCourse
from shared.messages import uuid7
from shared.rights import Actor, Grant
from shared.testing import eventually
from tests.delivery.cell import PLANT, Cell, event

WRITES = {
    "membership": "membership.hr_event",
    "democracy": "democracy.person",
    "training": "training.person",
}
"""Who takes HR's flood, or what membership states of it, and a table that each batch writes to and
no command does."""
AT_ONCE = 8
"""Of each kind, asked together while a batch stands still. They have five seconds (`PATIENCE` of
the gateway), of which they need a tenth; a lock that they wait for is let go after ten."""
EVENTS = 3000
LONG = 3 * AT_ONCE_OF["HR"]
"""Events of which some are taken in a batch that is as large as one can be."""
LEAST_ANSWERED = 20
"""One after the other, while a flood is taken."""
GROWTH = 3.0
"""MB that a process may grow by while it takes the flood."""
MB = 2**20

Ask = Callable[[], Awaitable[object]]


async def nobody_waits_for_a_batch(cell: Cell) -> list[str]:
    """A batch stands still in the middle of its transaction, of each hearer in turn: the services
    decide commands and tell queries as ever, that hearer's own included."""
    said = []
    async with _kinds(cell) as kinds:
        for hearer in WRITES:
            async with _standing_still(cell, hearer):
                asked = [kind() for kind in kinds for _ in range(AT_ONCE)]
                problems = _problems(await asyncio.gather(*asked, return_exceptions=True))
            if problems:
                said.append(f"{len(problems)} of {len(asked)} waited for {hearer}: {problems[0]}")
    return said


async def others_go_on(cell: Cell) -> list[str]:
    """While HR's events are taken, as fast as they can be, whoever asks the services is answered.
    They are asked as the gateway asks: over HTTP a command is answered when the views show it, or
    after a second, and they hear it after all that HR's events made membership state; that wait is
    none of the services'."""
    answers: list[object] = []
    async with _kinds(cell) as kinds:
        before = await _taken(cell)
        flood = asyncio.create_task(_flood(cell, EVENTS))

        async def has_begun() -> bool:
            return await _taken(cell) > before

        # A quick machine answers many while the events are still on their way to the stream.
        await eventually(has_begun, seconds=30, every=0.01)
        while not flood.done():
            ask = kinds[len(answers) % len(kinds)]
            answers += await asyncio.gather(ask(), return_exceptions=True)
        await flood
    problems = _problems(answers)
    said = [f"not answered in the flood: {problems[0]}"] if problems else []
    if (answered := len(answers) - len(problems)) < LEAST_ANSWERED:
        said.append(f"only {answered} were answered before the flood was over")
    return said


async def _taken(cell: Cell) -> int:
    """How many events of HR membership has taken."""
    [row] = await cell.rows("SELECT count(*) FROM membership.hr_event")
    return int(row["count"])


async def memory_flat(cell: Cell) -> list[str]:
    """Who takes a flood, and who hears of it, is no larger after a second one than after the first,
    but for what an allocator keeps."""
    if sys.platform != "linux":
        return []
    await _flood(cell, LONG)
    before = _sizes(cell)
    await _flood(cell, LONG)
    after = _sizes(cell)
    return [
        f"{name} grew by {after[name] - before[name]:.0f} MB"
        for name in before
        if after[name] - before[name] > GROWTH
    ]


def _sizes(cell: Cell) -> dict[str, float]:
    """MB of each process that no other one shares."""
    return {
        name: psutil.Process(process.pid).memory_full_info().uss / MB
        for name, process in cell.processes.items()
    }


def _problems(answers: list[Any]) -> list[Problem]:
    """Those that were not answered well; any other error is the check's own."""
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Problem):
            raise answer
    return [answer for answer in answers if isinstance(answer, Problem)]


@asynccontextmanager
async def _kinds(cell: Cell) -> AsyncIterator[list[Ask]]:
    """What somebody of the plant asks, the gateway's way, on a line of its own."""
    person, path = await cell.placed("officer")
    actor = Actor("officer", person=person, grants=(Grant("officer", path),))
    home = cell.home
    client = await connect(home.nats_url, "gateway", home.secret("gateway", "nats_password"))
    asking = Asking(client, home.site)
    try:
        yield [
            lambda: asking.command(_proposal(), actor, str(uuid7())),
            lambda: asking.query(Demands(limit=1), actor),
            lambda: asking.command(_course(), actor, str(uuid7())),
        ]
    finally:
        await client.close()


def _proposal() -> SubmitProposal:
    return SubmitProposal(title="标题", body="说明", category=Category.PRODUCTION)


def _course() -> OpenCourse:
    return OpenCourse(title="课程", unit=PLANT, starts_on=date(2026, 9, 1), seats=20)


_WAITING = """
    SELECT FROM pg_stat_activity WHERE usename = $1 AND $2 = ANY(pg_blocking_pids(pid))
"""


@asynccontextmanager
async def _standing_still(cell: Cell, hearer: str) -> AsyncIterator[None]:
    """A flood whose first batch waits, from before the block to after it, for a table that is held
    here; then it goes on, and all is heard."""
    admin = await cell.admin()
    holder = admin.get_server_pid()

    async def stands() -> bool:
        waiting = (
            "SELECT FROM pg_stat_activity WHERE usename = $1 AND $2 = ANY(pg_blocking_pids(pid))"
        )
        return bool(await cell.rows(waiting, hearer, holder))

    try:
        async with admin.transaction():
            await admin.execute(f"LOCK TABLE {WRITES[hearer]} IN SHARE MODE")
            flood = asyncio.create_task(_flood(cell, EVENTS // len(WRITES)))
            await eventually(stands, seconds=30, every=0.1)
            yield
            # On a very slow machine it may have given up its lock, and come again for it.
            await eventually(stands, seconds=30, every=0.1)
        await flood
    finally:
        await admin.close()


async def _flood(cell: Cell, count: int) -> None:
    """So many events about people never heard of before; returns when every service has heard."""
    feed = Feed(cell.home)
    await feed.send(list(_events(str(uuid7())[-12:], count)))
    await feed.settled()


def _events(prefix: str, count: int) -> list[HrEvent]:
    told: list[dict[str, Any]] = []
    for number in range(count // 2):
        employee = f"{prefix}{number}"
        told += [
            # Names of their own: who is called alike is compared, and of that each flood had more.
            event("employee-hired", employee=employee, name=f"某{employee}", on="2024-01-01"),
            event("employee-assigned", employee=employee, unit=PLANT, on="2024-01-01"),
        ]
    return [parse(each) for each in told]
