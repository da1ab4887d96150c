"""HR's feed: from the first event sent until every service has heard what followed."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median

from deploy.local.feed import Feed
from deploy.local.home import Home
from deploy.local.supervise import Supervisor
from shared.contracts.hr import HrEvent
from tests.bench import hr
from tests.bench.figures import Figure
from tests.bench.inserts import LEFT_BEHIND, insert_again
from tests.bench.memory import pss
from tests.bench.rig import Rig
from tests.running import client_of

BATCH = 1000
BETWEEN = 0.1
"""Seconds between an answer and the next question: who reads a page reads it for longer."""
WATCHED = ("membership", "gateway")


@dataclass
class Watch:
    """The memory of the processes that a feed passes through, in MB: at first and at most. It is
    looked at whenever another `BATCH` of events was sent or taken."""

    home: Home
    first: dict[str, float] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    _went_on: asyncio.Event = field(default_factory=asyncio.Event)
    _batches_ahead: int = 0

    def look(self) -> None:
        for program in Supervisor(self.home).programs():
            if program.name in WATCHED:
                size = pss(program.pid)
                self.first.setdefault(program.name, size)
                self.largest[program.name] = max(size, self.largest.get(program.name, 0.0))

    def sent(self) -> None:
        self._went_on.set()

    def ahead(self, pending: int) -> None:
        """Told again and again how many events are left."""
        if pending // BATCH != self._batches_ahead:
            self._batches_ahead = pending // BATCH
            self._went_on.set()

    async def run(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            await self._went_on.wait()
            self._went_on.clear()

    def said(self) -> str:
        return ", ".join(
            f"{name} {self.first[name]:.0f} → {self.largest[name]:.0f} MB" for name in self.largest
        )


@asynccontextmanager
async def watched(home: Home) -> AsyncIterator[Watch]:
    watch = Watch(home)
    if sys.platform != "linux":
        yield watch
        return
    looking = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def measure(rig: Rig) -> list[Figure]:
    """Each run feeds other people than the last."""
    ours, roll, all_of_it, notes = [], [], [], []
    for number in range(1, rig.rounds + 1):
        prefix = f"bench{number}x"
        events = hr.feed(prefix, rig.events, seed=number)
        async with watched(rig.home) as watch, asking(rig, "while it was taken") as meanwhile:
            taken = await _fed(rig.home, events, watch)
        async with asking(rig, "afterwards") as after:
            await asyncio.sleep(rig.seconds)
        ours.append(len(events) / taken)
        seconds, rows = await insert_again(rig.home, prefix)
        roll.append(len(events) / seconds)
        seconds, rows_left = await insert_again(rig.home, prefix, LEFT_BEHIND)
        all_of_it.append(len(events) / seconds)
        notes += [
            f"{len(events)} events left {rows} rows in the roll and its views, {rows_left} in all; "
            f"largest PSS: {watch.said()}",
            f"whoever asked for heads and for a person {meanwhile.said()}; {after.said()}",
        ]
    what = f"HR's feed of {rig.events} events, heard by all"
    return [
        Figure(
            what,
            "the same rows of members and views by multi-row INSERT",
            "events/s",
            ours,
            roll,
            least=0.25,
            notes=notes,
        ),
        Figure(
            what,
            "all rows that it leaves with anybody by multi-row INSERT",
            "events/s",
            ours,
            all_of_it,
            least=0.25,
        ),
    ]


@dataclass
class Asked:
    """How long somebody waited who asked, one question after the other, in ms."""

    when: str
    took: list[float] = field(default_factory=list)

    def said(self) -> str:
        took = sorted(self.took)
        most = took[int(len(took) * 0.99)]
        return f"{self.when} {len(took)} times: median {median(took):.0f} ms, p99 {most:.0f} ms"


@asynccontextmanager
async def asking(rig: Rig, when: str) -> AsyncIterator[Asked]:
    """An officer who looks at the roll all the time, and at its views."""
    asked = Asked(when)
    questions = (
        "/api/v1/membership/heads?on=2020-01-01",
        "/api/v1/views/person?employee=D0046",
    )

    async def ask() -> None:
        async with client_of(rig.home, rig.tokens["officer"]) as client:
            for question in cycle(questions):
                begun = time.perf_counter()
                (await client.get(question)).raise_for_status()
                asked.took.append((time.perf_counter() - begun) * 1000)
                await asyncio.sleep(BETWEEN)

    at_it = asyncio.create_task(ask())
    try:
        yield asked
    finally:
        at_it.cancel()
        [error] = await asyncio.gather(at_it, return_exceptions=True)
        if isinstance(error, Exception):
            raise error


async def _fed(home: Home, events: list[HrEvent], watch: Watch) -> float:
    feed = Feed(home)
    begun = time.perf_counter()
    for start in range(0, len(events), BATCH):
        await feed.send(events[start : start + BATCH])
        watch.sent()
    await feed.settled(watch.ahead)
    return time.perf_counter() - begun
