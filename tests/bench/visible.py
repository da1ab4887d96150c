"""How long until a command is visible in the view, at half the load that the site can take."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import quantiles

from tests.bench.chain import Chain
from tests.bench.client import Connection, Reply, connections, get, hammer
from tests.bench.commands import submitting
from tests.bench.figures import Figure
from tests.bench.rig import Rig

CONNECTIONS = 48
VIEW = "/api/v1/views/proposals?limit=200"
LOOK_AT = 20
"""Each so-manieth is looked up in the view itself, after its time was taken."""


async def arriving(rate: float, seconds: float, one: Callable[[], Awaitable[None]]) -> list[float]:
    """Calls `one` at even distances whatever the earlier ones do; returns how many milliseconds
    each took, counted from when it was due."""
    taken: list[float] = []
    begun = time.perf_counter()

    async def timed(due: float) -> None:
        await one()
        taken.append((time.perf_counter() - due) * 1000)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(timed(due))
    return taken


class Site:
    """Submits through HTTP. The site's promise is that the view shows it when it answers."""

    def __init__(self, rig: Rig, free: asyncio.Queue[Connection]) -> None:
        self.free, self.token = free, rig.tokens["worker"]
        self.make = submitting(self.token)
        self.submitted = 0
        self.looks: list[str] = []

    async def one(self) -> None:
        connection = await self.free.get()
        try:
            reply = await connection.ask(self.make())
            if reply.status != 201:
                raise RuntimeError(f"not accepted: {reply.status}")
            id: str = json.loads(reply.body)["id"]
            while b"\r\nview: pending" in reply.head and not _shows(
                await connection.ask(get(VIEW, self.token)), id
            ):
                await asyncio.sleep(0.005)
            self.submitted += 1
            if self.submitted % LOOK_AT == 0:
                await self._must_show(connection, id)
        finally:
            self.free.put_nowait(connection)

    async def _must_show(self, connection: Connection, id: str) -> None:
        if not _shows(await connection.ask(get(VIEW, self.token)), id):
            raise RuntimeError(f"answered as visible, and is not: {id}")


def _shows(reply: Reply, id: str) -> bool:
    return id.encode() in reply.body


async def _ours(rig: Rig, rate: float) -> list[float]:
    async with connections(rig.home.port, CONNECTIONS) as opened:
        free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in opened:
            free.put_nowait(connection)
        site = Site(rig, free)
        await arriving(rate, min(1.0, rig.seconds), site.one)
        return await arriving(rate, rig.seconds, site.one)


async def _bare(rig: Rig, rate: float) -> list[float]:
    async with Chain(rig) as chain:
        await arriving(rate, min(1.0, rig.seconds), chain.one)
        return await arriving(rate, rig.seconds, chain.one)


async def measure(rig: Rig) -> list[Figure]:
    """p50 and p99, ours and of the bare chain, which is given the same load."""
    if rig.commands_a_second is None:
        flooding = partial(hammer, rig.home.port, submitting(rig.tokens["worker"]))
        rig.commands_a_second = await flooding(seconds=rig.seconds, expect=201)
    rate = rig.commands_a_second / 2
    ours, bare = [], []
    for _ in range(rig.rounds):
        ours.append(_percentiles(await _ours(rig, rate)))
        bare.append(_percentiles(await _bare(rig, rate)))
    return [
        Figure(
            f"submit → visible, {name}, {rate:.0f}/s",
            "bare chain: commit, publish, fetch, commit",
            "ms",
            [each[place] for each in ours],
            [each[place] for each in bare],
            most=4,
        )
        for place, name in enumerate(("p50", "p99"))
    ]


def _percentiles(taken: list[float]) -> tuple[float, float]:
    hundredths = quantiles(taken, n=100, method="inclusive")
    return hundredths[49], hundredths[98]
