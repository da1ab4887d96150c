"""One storm: load, kills, healing, quiet, judgement."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.local.home import SERVICES
from tests.faults.checker import look, quiet, violations
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.nemesis import kill_at_random
from tests.running import client_of, running_site, tokens


@dataclass(frozen=True)
class Outcome:
    ledger: Ledger
    killed: Counter[str]
    facts: int
    settled: int
    violations: list[str]

    def report(self) -> str:
        lines = [
            f"killed: {self.killed.total()} ({dict(self.killed)})",
            self.ledger.summary(),
            f"settled with the same key: {self.settled}",
            f"facts in the stream: {self.facts}",
            f"lost, doubled, out of order or unequal: {len(self.violations)}",
        ]
        return "\n".join(lines + self.violations[:20])


async def storm(
    path: Path,
    *,
    kills: int,
    seed: int,
    among: tuple[str, ...] = SERVICES,
    pause: tuple[float, float] = (0.5, 3.0),
    workers: int = 8,
) -> Outcome:
    """Runs a fresh site under load while its processes are killed, then judges it."""
    ledger = Ledger()
    async with running_site(path) as home, AsyncExitStack() as stack:
        found = await tokens(home)
        clients = {
            who: await stack.enter_async_context(client_of(home, found[who]))
            for who in ("worker", "officer", "manager")
        }
        load = Load(clients, ledger, seed)
        working = asyncio.create_task(load.run(workers))
        killed = await kill_at_random(home, kills=kills, seed=seed, among=among, pause=pause)
        load.stop.set()
        await working
        await quiet(home)
        settled, _ = await load.settle()
        await quiet(home)
        seen = await look(home)
        return Outcome(
            ledger,
            killed,
            sum(len(facts) for facts in seen.stream.values()),
            settled,
            violations(ledger, seen),
        )
