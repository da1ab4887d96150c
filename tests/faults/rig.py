"""One storm: poison, load, faults, healing, quiet, judgement."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from deploy.local import postgres
from deploy.local.home import SERVICES, Home
from deploy.postgres.walls import SCHEMAS
from shared.testing import eventually
from tests.faults.checker import Violation, violations
from tests.faults.disk import Ballast
from tests.faults.ledger import Hang, Ledger
from tests.faults.load import Load
from tests.faults.nemesis import SERVERS, WEIGHTS, Nemesis, plan
from tests.faults.poison import expected, plant, poison
from tests.faults.seen import digest, look
from tests.running import client_of, running_site, tokens

LONGEST_UNTIL_QUIET = 120.0
SLOW_AFTER = 15.0
"""Seconds after a gateway came back in which its callers may still meet the gap."""


@dataclass
class Outcome:
    """What became of a storm."""

    ledger: Ledger
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    disk_left_out: bool = False
    seconds_to_quiet: float | None = None
    settled: int = 0
    facts: int = 0
    repeats: int = 0
    violations: list[Violation] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(number for (each, _), number in self.done.items() if each == kind)

    def report(self) -> str:
        by_kind = Counter(violation.kind for violation in self.violations)
        other = len(self.violations) - sum(by_kind[kind] for kind in ("lost", "doubled", "order"))
        quiet = self.seconds_to_quiet
        asked = Counter((each.outcome, each.act) for each in self.ledger.asked.values())

        def told(outcome: str) -> str:
            acts = {act: number for (each, act), number in sorted(asked.items()) if each == outcome}
            return f"{outcome} {sum(acts.values())} {acts or ''}".rstrip()

        lines = [
            *(
                f"{word} {self.count(kind)} {self._targets(kind)}".rstrip()
                for word, kind in (
                    ("kills", "kill"),
                    ("pauses", "pause"),
                    ("restarts", "restart"),
                )
            ),
            "disk full: left out, nothing can be mounted here"
            if self.disk_left_out
            else f"disk full {self.count('full disk')}",
            f"commands {len(self.ledger.asked)}: {told('accepted')}; {told('refused')}; "
            f"{told('unknown')}; settled with the same key {self.settled}",
            f"answers by status {dict(sorted(self.ledger.answers.items()))} (0: no connection); "
            f"without an answer in time {len(self.ledger.hangs)}",
            f"facts {self.facts}, repeats of them in the stream {self.repeats}",
            f"lost {by_kind['lost']}, doubled {by_kind['doubled']}, "
            f"out of order {by_kind['order']}, other violations {other}",
            f"quiet after {quiet:.1f} s" if quiet is not None else "never quiet",
        ]
        shown = [f"VIOLATION {each.kind}: {each.said}" for each in self.violations[:30]]
        return "\n".join(lines + shown)

    def _targets(self, kind: str) -> str:
        found = {target: n for (each, target), n in sorted(self.done.items()) if each == kind}
        return str(found or "")


async def storm(
    path: Path,
    *,
    seconds: float,
    seed: int,
    disk: Path | None = None,
    workers: int = 8,
    kinds: Collection[str] = tuple(WEIGHTS),
) -> Outcome:
    """Runs a fresh site in `path` under load while things break for so many seconds, then judges
    it. `disk` is the small disk that `path` lies on, when there is one."""
    outcome = Outcome(Ledger(), disk_left_out=disk is None)
    log = (disk or path).parent / "up.log"
    async with running_site(path, log=log) as home, AsyncExitStack() as stack:
        found = await tokens(home)
        clients = {
            who: await stack.enter_async_context(client_of(home, found[who]))
            for who in ("worker", "officer", "manager", "hr")
        }
        planted = poison(home.site)
        await plant(home, planted)
        load = Load(clients, outcome.ledger, seed)
        nemesis = Nemesis(home, Ballast(disk) if disk else None)
        possible = [kind for kind in kinds if disk or kind != "full disk"]
        strikes = plan(seed, seconds, (*SERVICES, *SERVERS), possible)
        working, begun = asyncio.create_task(load.run(workers)), time.monotonic()
        try:
            await nemesis.run(strikes)
        finally:
            load.stopping.set()
        healed = time.monotonic()
        await asyncio.wait_for(working, 90)
        outcome.done = Counter(nemesis.done)
        letters = expected(home.site, planted)
        digests = {letter.digest for letter in letters}
        try:
            await _quiet(home, digests)
            outcome.seconds_to_quiet = time.monotonic() - healed
            outcome.settled = await load.settle()
            await _quiet(home, digests)
            await _bury(home)
        except (AssertionError, TimeoutError) as error:
            outcome.violations.append(Violation("unfinished", f"never quiet: {error}"))
        outcome.violations += hanging(outcome.ledger.hangs, nemesis.dark, begun)
        try:
            seen = await look(home, digests)
        except Exception as error:
            outcome.violations.append(Violation("unfinished", f"cannot be judged: {error!r}"))
            return outcome
        outcome.facts = len(seen.outbox)
        outcome.repeats = len(seen.stream) - len({fact.id for fact in seen.stream})
        outcome.violations += violations(outcome.ledger, seen, letters)
    return outcome


def hanging(
    hangs: list[Hang], dark: list[tuple[float, float]], begun: float = 0.0
) -> list[Violation]:
    """Whoever asks a gateway that lives gets an answer in time, whatever else is away. `begun` is
    when the storm did, on the monotonic clock."""
    return [
        Violation(
            "answer",
            f"no answer in {hang.ended - hang.begun:.0f} s: {hang.act}, "
            f"asked {hang.begun - begun:.0f} s into the storm",
        )
        for hang in hangs
        if not any(hang.begun < end + SLOW_AFTER and begin < hang.ended for begin, end in dark)
    ]


async def _quiet(home: Home, planted: set[str]) -> None:
    """Until all is ready, sent and heard, and nothing is held but poison."""
    async with httpx.AsyncClient(base_url=home.url, timeout=10, trust_env=False) as client:

        async def still() -> bool:
            answer = await client.get("/health")
            health = answer.json()
            return (
                answer.status_code == 200
                and not health["oldest_unsent_seconds"]
                and not any(d["pending"] + d["unacknowledged"] for d in health["durables"])
                and await _held(home) <= planted
            )

        await eventually(still, seconds=LONGEST_UNTIL_QUIET, every=0.2)


async def _held(home: Home) -> set[str]:
    """Digests of what is held and not dead."""
    admin = await postgres.connect(home)
    try:
        return {
            digest(row["raw"])
            for schema in await _holding(admin)
            for row in await admin.fetch(f"SELECT raw FROM {schema}.held WHERE dead_at IS NULL")
        }
    finally:
        await admin.close()


async def _holding(admin: asyncpg.Connection) -> list[str]:
    return [
        schema
        for schemas in SCHEMAS.values()
        for schema in schemas
        if await admin.fetchval("SELECT to_regclass($1)", f"{schema}.held")
    ]


async def _bury(home: Home) -> None:
    """Moves the clock of what is held forward until nothing waits for its next try: ten tries
    with their pauses would last nine minutes."""
    admin = await postgres.connect(home)
    try:
        schemas = await _holding(admin)

        async def dead() -> bool:
            left = 0
            for schema in schemas:
                done = await admin.execute(
                    f"UPDATE {schema}.held SET next_at = now() WHERE dead_at IS NULL"
                )
                left += int(done.split()[-1])
            return left == 0

        await eventually(dead, seconds=60, every=0.5)
    finally:
        await admin.close()
