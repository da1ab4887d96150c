"""The dead: facts that a service could not take, and what an operator does about them.

They are the rows of each service's table `held` with `dead_at` set. A dead one blocks what follows
of its aggregate, so each wants a decision: replay it once its cause is mended, or skip it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from deploy.local import postgres
from deploy.local.errors import SiteError
from deploy.local.home import Home
from deploy.local.record import operator
from deploy.postgres.walls import SCHEMAS

WAIT_SECONDS = 30.0
_LOOK_AGAIN = 0.1

_ROWS = """
    SELECT stream, aggregate, owner, sequence, numbered, subject, error, tries,
        next_at, held_at, dead_at,
        (SELECT count(*) FROM held AS later WHERE later.stream = held.stream
            AND later.aggregate = held.aggregate AND later.owner = held.owner
            AND later.sequence > held.sequence) AS behind
    FROM held ORDER BY held_at, stream, aggregate, owner, sequence
"""
_KEY = "stream = $1 AND aggregate = $2 AND owner = $3 AND sequence = $4"
_REVIVE = f"""
    UPDATE held SET tries = 0, dead_at = NULL, next_at = now()
    WHERE {_KEY} AND dead_at IS NOT NULL
"""  # noqa: S608
_RECORD = f"""
    INSERT INTO skipped (stream, aggregate, owner, sequence, numbered, subject, raw, error, tries,
        held_at, skipped_by, reason)
    SELECT stream, aggregate, owner, sequence, numbered, subject, raw, error, tries, held_at, $5, $6
    FROM held WHERE {_KEY}
"""  # noqa: S608
_LAST = """
    SELECT coalesce(max(last), 0) FROM position WHERE aggregate = $1::uuid AND owner IN ($2, '')
"""
_MOVE = """
    INSERT INTO position (aggregate, owner, last) VALUES ($1::uuid, $2, $3)
    ON CONFLICT (aggregate, owner) DO UPDATE SET last = excluded.last
"""


@dataclass(frozen=True)
class HeldFact:
    """A row of `held` without its body. `name` is short and stays the same; `behind` is how many
    facts of the same aggregate wait for this one. Dead when `dead_at` is set."""

    name: str
    service: str
    stream: str
    aggregate: str
    owner: str
    sequence: int
    numbered: bool
    subject: str
    error: str
    tries: int
    next_at: datetime
    held_at: datetime
    dead_at: datetime | None
    behind: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.stream, self.aggregate, self.owner, self.sequence


@dataclass(frozen=True)
class Outcome:
    """What became of a replayed one. `error` is the new reason when it failed again."""

    fact: HeldFact
    taken: bool
    error: str | None = None


@dataclass(frozen=True)
class Desk:
    """The operator's desk at the dead of all services. `schemas` are those of each service."""

    home: Home
    schemas: Mapping[str, Sequence[str]]

    @asynccontextmanager
    async def _at(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """A transaction of the admin in which names mean that service's tables."""
        admin = await postgres.connect(self.home)
        try:
            async with admin.transaction():
                path = ", ".join((*self.schemas[service], "public"))
                await admin.execute("SELECT set_config('search_path', $1, true)", path)
                yield admin
        finally:
            await admin.close()

    async def facts(self, service: str | None = None, *, held: bool = False) -> list[HeldFact]:
        """The dead, oldest first; with `held` also those that will be tried by themselves.

        Raises `SiteError` for a service that there is not.
        """
        if service is not None and service not in self.schemas:
            raise SiteError(f"There is no service {service!r}; there are {_names(self.schemas)}.")
        found = []
        for each in [service] if service else self.schemas:
            async with self._at(each) as admin:
                found += [_held_fact(each, row) for row in await admin.fetch(_ROWS)]
        return [fact for fact in found if held or fact.dead_at]

    async def find(self, name: str) -> HeldFact:
        """By its name or the beginning of it. Raises `SiteError` when that is none, or several."""
        found = [fact for fact in await self.facts(held=True) if fact.name.startswith(name)]
        if not found or not name:
            raise SiteError(f"Nothing held is named {name!r}; see tongxin dead list.")
        if len(found) > 1:
            raise SiteError(f"{name!r} may be {_names(fact.name for fact in found)}; say more.")
        return found[0]

    async def find_dead(self, name: str) -> HeldFact:
        """The same, and raises `SiteError` for one that is still being tried."""
        fact = await self.find(name)
        if fact.dead_at is None:
            raise _not_dead(fact)
        return fact

    async def body(self, fact: HeldFact) -> bytes:
        async with self._at(fact.service) as admin:
            raw = await admin.fetchval(f"SELECT raw FROM held WHERE {_KEY}", *fact.key)  # noqa: S608
        if raw is None:
            raise _gone(fact)
        return bytes(raw)

    async def replay(self, fact: HeldFact) -> None:
        """The running service takes it as if it had never failed. Raises `SiteError` when it is
        not dead any more."""
        async with self._at(fact.service) as admin:
            if await admin.execute(_REVIVE, *fact.key) == "UPDATE 0":
                raise _not_dead(fact)

    async def outcomes(
        self,
        facts: Sequence[HeldFact],
        *,
        seconds: float = WAIT_SECONDS,
        progress: Callable[[int], None] = lambda _: None,
    ) -> list[Outcome]:
        """What became of those replayed, waiting at most so long; `progress` is told how many are
        known. One that nobody has tried by then is not taken and has no new error."""
        known: dict[HeldFact, Outcome] = {}
        end = asyncio.get_running_loop().time() + seconds
        while True:
            for service in {fact.service for fact in facts if fact not in known}:
                async with self._at(service) as admin:
                    now = {_key(row): row for row in await admin.fetch(_ROWS)}
                for fact in facts:
                    if fact.service != service or fact in known:
                        continue
                    row = now.get(fact.key)
                    if row is None:
                        known[fact] = Outcome(fact, taken=True)
                    elif row["tries"] > 0:
                        known[fact] = Outcome(fact, taken=False, error=row["error"])
            progress(len(known))
            if len(known) == len(facts) or asyncio.get_running_loop().time() > end:
                return [known.get(fact) or Outcome(fact, taken=False) for fact in facts]
            await asyncio.sleep(_LOOK_AGAIN)

    async def skip(self, fact: HeldFact, reason: str) -> None:
        """Takes a dead one away for good, with a record in `skipped`; what waits behind goes on.

        Raises `SiteError` when it is not dead any more or a rebuild is at work.
        """
        async with self._at(fact.service) as admin:
            if not await admin.fetchval(SHARE_WITH_REBUILD):
                raise SiteError("A rebuild of the views is at work; skip when it is done.")
            dead = f"SELECT FROM held WHERE {_KEY} AND dead_at IS NOT NULL FOR UPDATE"
            if not await admin.fetch(dead, *fact.key):
                raise _not_dead(fact)
            if fact.numbered:
                await self._step_over(fact, admin)
            await admin.execute(_RECORD, *fact.key, operator(), reason)
            await admin.execute(f"DELETE FROM held WHERE {_KEY}", *fact.key)  # noqa: S608

    @staticmethod
    async def _step_over(fact: HeldFact, admin: asyncpg.Connection) -> None:
        """The inbox counts it as heard. While it is dead nobody else moves its aggregate."""
        last = await admin.fetchval(_LAST, fact.aggregate, fact.owner)
        if last < fact.sequence - 1:
            raise SiteError(
                f"{fact.name} is not the next of its aggregate: what comes before it has not been "
                "heard. Nothing was changed; see tongxin dead list --held."
            )
        if last < fact.sequence:
            await admin.execute(_MOVE, fact.aggregate, fact.owner, fact.sequence)


REBUILDING = "hashtext('tongxin'), hashtext('rebuild')"
"""The advisory lock of a rebuild: it must see which facts were skipped, and none more meanwhile."""
SHARE_WITH_REBUILD = f"SELECT pg_try_advisory_xact_lock_shared({REBUILDING})"


def desk(home: Home) -> Desk:
    """The one of a site."""
    return Desk(home, SCHEMAS)


def _held_fact(service: str, row: asyncpg.Record) -> HeldFact:
    told: dict[str, Any] = dict(row)
    place = "\0".join((service, *map(str, _key(row))))
    name = hashlib.blake2b(place.encode(), digest_size=4).hexdigest()
    return HeldFact(name=name, service=service, **told)


def _key(row: asyncpg.Record) -> tuple[str, str, str, int]:
    return row["stream"], row["aggregate"], row["owner"], row["sequence"]


def _names(names: Any) -> str:
    return ", ".join(sorted(names))


def _not_dead(fact: HeldFact) -> SiteError:
    return SiteError(
        f"{fact.name} is not dead: it waits for one before it, is being tried, or was taken; "
        "see tongxin dead list --held."
    )


def _gone(fact: HeldFact) -> SiteError:
    return SiteError(f"{fact.name} is not held any more: it was taken meanwhile, or skipped.")
