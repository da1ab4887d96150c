"""Does the faults, from outside the processes, at random but repeatably."""

import asyncio
import signal
import time
import xmlrpc.client
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from typing import Literal

import psutil

from deploy.local.home import Home
from deploy.local.leftovers import processes
from deploy.local.supervise import Supervisor
from tests.faults.disk import Ballast

Kind = Literal["kill", "pause", "restart", "full disk"]
WEIGHTS: dict[Kind, int] = {"kill": 8, "pause": 3, "restart": 1, "full disk": 0}
"""How often each comes among the others; the disk is filled every so often."""
SERVERS = ("postgres", "nats")
GONE = (OSError, HTTPException, xmlrpc.client.Error)
"""What asking a supervisor raises that was killed or is stopping."""
SUPERVISOR = "supervisor"
SUPERVISOR_SHARE = 0.05
"""Of the kills: each takes the whole site down with it, which then starts again."""
GAP = (0.5, 3.0)
LONGEST_PAUSE = 60.0
LONGEST_FULL = 15.0
FULL_EVERY = 120.0


@dataclass(frozen=True)
class Strike:
    """One fault: `at` seconds after the start, `seconds` long where it has a length."""

    at: float
    kind: Kind
    target: str
    seconds: float = 0.0


def plan(
    seed: int, seconds: float, targets: Sequence[str], kinds: Collection[str] = tuple(WEIGHTS)
) -> list[Strike]:
    """The strikes of a run, in order. Each of the kinds comes at least once, every target is
    killed and both servers are restarted, when there is time for it; all is over by the end."""
    chance = Random(seed)
    must: list[tuple[Kind, str]] = [("pause", chance.choice(targets))]
    must += [("restart", server) for server in SERVERS]
    must += [("kill", target) for target in targets]
    must = [each for each in must if each[0] in kinds]
    chance.shuffle(must)
    often: dict[Kind, int] = {kind: n for kind, n in WEIGHTS.items() if n and kind in kinds}
    strikes = []
    at = chance.uniform(*GAP)
    while often and at < seconds * 0.9:
        if must:
            kind, target = must.pop()
        else:
            kind = chance.choices(list(often), list(often.values()))[0]
            target = chance.choice(SERVERS if kind == "restart" else targets)
            if kind == "kill" and chance.random() < SUPERVISOR_SHARE:
                target = SUPERVISOR
        length = 0.0
        if kind == "pause":
            length = min(chance.uniform(1, min(LONGEST_PAUSE, seconds / 5)), seconds - at)
        strikes.append(Strike(at, kind, target, length))
        at += chance.uniform(*GAP)
    if "full disk" in kinds:
        times = max(1, round(seconds / FULL_EVERY))
        for number in range(times):
            begin = seconds * (number + chance.uniform(0.2, 0.5)) / times
            length = chance.uniform(4, min(LONGEST_FULL, max(5.0, seconds / 6)))
            strikes.append(Strike(begin, "full disk", "disk", length))
    return sorted(strikes, key=lambda strike: strike.at)


@dataclass
class Nemesis:
    """Carries out a plan; `done` counts by kind and target, `dark` are the times in which the
    gateway itself may have been unable to answer."""

    home: Home
    ballast: Ballast | None = None
    done: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    dark: list[tuple[float, float]] = field(default_factory=list)

    async def run(self, strikes: Sequence[Strike]) -> None:
        """Returns when the last fault is over; cancelled, it ends what it has begun."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for strike in strikes:
                await asyncio.sleep(max(0.0, begun + strike.at - time.monotonic()))
                group.create_task(self._strike(strike))

    async def _strike(self, strike: Strike) -> None:
        begun = time.monotonic()
        if strike.kind == "full disk":
            done = await self._fill(strike.seconds)
        elif strike.kind == "restart":
            done = await self._restart(strike.target)
        elif strike.kind == "pause":
            done = await self._pause(strike.target, strike.seconds)
        else:
            done = await self._kill(strike.target)
        if done:
            self.done[strike.kind, strike.target] += 1
        if strike.target in {"gateway", SUPERVISOR}:
            self.dark.append((begun, time.monotonic()))

    async def _found(self, name: str) -> psutil.Process | None:
        """None while it is between two lives."""
        with suppress(*GONE, psutil.Error):
            if name == SUPERVISOR:
                found = await asyncio.to_thread(processes, self.home)
                return next(iter(found["supervisor"]), None)
            for program in await asyncio.to_thread(Supervisor(self.home).programs):
                if program.name == name and program.pid:
                    return psutil.Process(program.pid)
        return None

    async def _kill(self, name: str) -> bool:
        process = await self._found(name)
        with suppress(psutil.Error):
            if process:
                process.kill()
                return True
        return False

    async def _restart(self, name: str) -> bool:
        with suppress(*GONE):
            await asyncio.to_thread(Supervisor(self.home).restart, name)
            return True
        return False

    async def _pause(self, name: str, seconds: float) -> bool:
        """The process with all its children: PostgreSQL is many."""
        process = await self._found(name)
        stopped: list[psutil.Process] = []
        try:
            with suppress(psutil.Error):
                if process:
                    process.send_signal(signal.SIGSTOP)  # first, so that it has no more children
                    stopped.append(process)
                    for child in process.children(recursive=True):
                        child.send_signal(signal.SIGSTOP)
                        stopped.append(child)
            if stopped:
                await asyncio.sleep(seconds)
        finally:
            for each in stopped:
                with suppress(psutil.Error):
                    each.send_signal(signal.SIGCONT)
        return bool(stopped)

    async def _fill(self, seconds: float) -> bool:
        if self.ballast is None:
            return False
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                await asyncio.to_thread(self.ballast.fill)
                await asyncio.sleep(0.1)
        finally:
            self.ballast.drop()
        return True
