"""Checks of a site that corporate HR floods. Each returns what was violated, a sentence each."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from statistics import quantiles
from typing import Any

import psutil

from deploy.local.feed import Feed
from services.gateway.ask import Asking
from shared.broker import connect
from shared.contracts.democracy import Category, SubmitProposal
from shared.contracts.hr import HrEvent, parse
from shared.contracts.training import Demands, OpenCourse
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.delivery.cell import PLANT, Cell, event

EVENTS = 3000
ASKED, LEAST_ASKED = 400, 20
"""Commands and queries of the others while it is quiet, and at least during the flood."""
SLOWER = 10.0
"""Times that the p90 of the others may grow. On two cores, which the flood fills, they share the
processor and the disk with it (measured: 2 to 3 times at p50, 3 to 6 at p90, 5 to 9 at p99, which
is one or two answers here), but nothing that one waits for the other to let go of (19 times)."""
LEAST = 0.01
"""Seconds: a p90 below it counts as this, since a single turn of the scheduler may be as long."""
GROWTH = 3.0
"""MB that a process may grow by while it takes the flood."""
MB = 2**20


@dataclass(frozen=True)
class Times:
    """Seconds that answers took."""

    asked: list[float]

    def percentile(self, number: int) -> float:
        return quantiles(self.asked, n=100)[number - 1]

    def __str__(self) -> str:
        told = (f"p{number} {self.percentile(number) * 1000:.0f} ms" for number in (50, 90, 99))
        return f"{', '.join(told)} of {len(self.asked)}"


async def others_go_on(cell: Cell) -> list[str]:
    """While HR's events are taken, the other services decide commands and tell queries nearly as
    fast as before. They are asked as the gateway asks: over HTTP a command is answered when the
    views show it, or after a second, and they hear it after all that HR's events made membership
    state; that wait is none of the services'."""
    async with _asking(cell) as (asking, actor):
        kinds: list[Callable[[], Awaitable[object]]] = [
            lambda: asking.command(_proposal(), actor, str(uuid7())),
            lambda: asking.query(Demands(limit=1), actor),
            lambda: asking.command(_course(), actor, str(uuid7())),
        ]
        quiet = await _asked(kinds, lambda asked: asked >= ASKED)
        flood = asyncio.create_task(_flood(cell))
        during = await _asked(kinds, lambda _: flood.done())
        await flood
    said = []
    if len(during.asked) < LEAST_ASKED:
        said.append(f"slowed down: only {len(during.asked)} were answered in the flood")
    if during.percentile(90) > SLOWER * max(quiet.percentile(90), LEAST):
        said.append(f"slowed down: from {quiet} to {during}")
    return said


async def memory_flat(cell: Cell) -> list[str]:
    """Who takes a flood, and who hears of it, is no larger after a second one than after the first,
    but for what an allocator keeps."""
    if sys.platform != "linux":
        return []
    await _flood(cell)
    before = _sizes(cell)
    await _flood(cell)
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


@asynccontextmanager
async def _asking(cell: Cell) -> AsyncIterator[tuple[Asking, Actor]]:
    """The gateway's way to ask, on a line of its own, for somebody of the plant."""
    person, path = await cell.placed("officer")
    actor = Actor("officer", person=person, grants=(Grant("officer", path),))
    home = cell.home
    client = await connect(home.nats_url, "gateway", home.secret("gateway", "nats_password"))
    try:
        yield Asking(client, home.site), actor
    finally:
        await client.close()


async def _asked(
    kinds: Sequence[Callable[[], Awaitable[object]]], enough: Callable[[int], bool]
) -> Times:
    """One after the other, each kind in its turn. Raises `Problem` for any but the good answer."""
    times: list[float] = []
    while not enough(len(times)):
        begun = time.monotonic()
        await kinds[len(times) % len(kinds)]()
        times.append(time.monotonic() - begun)
    return Times(times)


def _proposal() -> SubmitProposal:
    return SubmitProposal(title="标题", body="说明", category=Category.PRODUCTION)


def _course() -> OpenCourse:
    return OpenCourse(title="课程", unit=PLANT, starts_on=date(2026, 9, 1), seats=20)


async def _flood(cell: Cell) -> None:
    """So many events about people never heard of before; returns when every service has heard."""
    feed = Feed(cell.home)
    await feed.send(list(_events(str(uuid7())[-12:])))
    await feed.settled()


def _events(prefix: str) -> list[HrEvent]:
    told: list[dict[str, Any]] = []
    for number in range(EVENTS // 2):
        employee = f"{prefix}{number}"
        told += [
            event("employee-hired", employee=employee, name=f"某{number}", on="2024-01-01"),
            event("employee-assigned", employee=employee, unit=PLANT, on="2024-01-01"),
        ]
    return [parse(each) for each in told]
