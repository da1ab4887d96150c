"""Checks of a site that corporate HR floods. Each returns what was violated, a sentence each."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import psutil

from deploy.local.feed import Feed
from shared.contracts.hr import HrEvent, parse
from shared.messages import uuid7
from tests.delivery.cell import PLANT, Cell, Said, event

EVENTS = 3000
ASKED = 400
"""Commands and queries of the others while it is quiet; at least a quarter during the flood."""
SLOWER = 6.0
"""Times that the p99 of the others may grow on a machine of two cores, which the flood fills: what
they share is the processor and the disk, and nothing that one waits for the other to let go of."""
LEAST = 0.015
"""Seconds: a p99 below it counts as this, since a single turn of the scheduler may be as long."""
GROWTH = 12.0
"""MB that a process may grow by while it takes the flood."""
MB = 2**20


@dataclass(frozen=True)
class Times:
    """Seconds that answers took."""

    asked: list[float]

    @property
    def p99(self) -> float:
        return quantiles(self.asked, n=100)[98]


async def others_go_on(cell: Cell) -> list[str]:
    """While HR's events are taken, commands and queries of the other services are answered nearly
    as fast as before."""
    said: list[str] = []
    quiet = await _asked(cell, said, lambda asked: asked >= ASKED)
    flood = asyncio.create_task(_flood(cell))
    during = await _asked(cell, said, lambda _: flood.done())
    await flood
    if len(during.asked) < ASKED / 4:
        said.append(f"only {len(during.asked)} were answered during the flood")
    bound = SLOWER * max(quiet.p99, LEAST)
    told = f"p99 {quiet.p99 * 1000:.0f} ms quiet, {during.p99 * 1000:.0f} ms in the flood"
    print(f"{told}, {len(during.asked)} asked")
    if during.p99 > bound:
        said.append(f"the others were slowed down: {told}")
    return said


async def memory_flat(cell: Cell) -> list[str]:
    """Who takes the flood, and who hears of it, is no larger after its second half than after its
    first, but for what an allocator keeps."""
    if sys.platform != "linux":
        return []
    await _flood(cell)
    before = _sizes(cell)
    await _flood(cell)
    after = _sizes(cell)
    print({name: f"{before[name]:.1f} → {after[name]:.1f} MB" for name in before})
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


async def _asked(cell: Cell, said: list[str], enough: Callable[[int], bool]) -> Times:
    """Commands and queries of the services that HR does not speak to, one after the other."""
    times: list[float] = []
    kinds: list[Callable[[], Awaitable[Said]]] = [
        lambda: cell.submit(f"beside-{uuid7()}"),
        lambda: cell.get("officer", "training/demands", limit=1),
        lambda: cell.open_course(f"beside-{uuid7()}"),
    ]
    while not enough(len(times)):
        answer = await kinds[len(times) % len(kinds)]()
        times.append(answer.seconds)
        if answer.status not in (200, 201):
            said.append(f"the others were answered {answer.status} {answer.code}")
            break
    return Times(times or [0.0, 0.0])


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
