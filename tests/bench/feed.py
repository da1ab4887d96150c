"""HR's feed: from the first event sent until every service has heard what followed."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deploy.local.feed import Feed
from deploy.local.home import Home
from deploy.local.supervise import Supervisor
from shared.contracts.hr import HrEvent
from tests.bench import hr
from tests.bench.figures import Figure
from tests.bench.inserts import insert_again
from tests.bench.memory import pss
from tests.bench.rig import Rig

BATCH = 1000
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
    ours, limit, notes = [], [], []
    for number in range(1, rig.rounds + 1):
        prefix = f"bench{number}x"
        events = hr.feed(prefix, rig.events, seed=number)
        async with watched(rig.home) as watch:
            taken = await _fed(rig.home, events, watch)
        ours.append(len(events) / taken)
        seconds, rows = await insert_again(rig.home, prefix)
        limit.append(len(events) / seconds)
        notes.append(f"{len(events)} events left {rows} rows; largest PSS: {watch.said()}")
    return [
        Figure(
            f"HR's feed of {rig.events} events, heard by all",
            "the same rows by multi-row INSERT",
            "events/s",
            ours,
            limit,
            least=0.25,
            notes=notes,
        )
    ]


async def _fed(home: Home, events: list[HrEvent], watch: Watch) -> float:
    feed = Feed(home)
    begun = time.perf_counter()
    for start in range(0, len(events), BATCH):
        await feed.send(events[start : start + BATCH])
        watch.sent()
    await feed.settled(watch.ahead)
    return time.perf_counter() - begun
