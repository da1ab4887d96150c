"""`tongxin rebuild`: the views filled anew from the first fact, beside the live ones, and compared.

The new ones are filled in a schema of their own by the gateway's own reactions. When they have
nearly caught up, the gateway's ear waits at a lock for as long as the rest, the comparison and the
writing of what differs take. Readers see one moment or the next and wait for nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

import asyncpg
from nats.aio.client import Client
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.local import postgres
from deploy.local.dead import REBUILDING
from deploy.local.errors import SiteError
from deploy.local.gateway import gateway_settings
from deploy.local.home import Home
from deploy.local.rebuild.difference import LIVE, NEW, Difference, Table, compare, mend, tables
from deploy.local.rebuild.scratch import ear_waits, scratch
from deploy.local.rebuild.stream import Again, Placed
from deploy.postgres.walls import SCHEMAS
from services.gateway.site import Site
from shared.broker import connect, durables
from shared.database import Session
from shared.facts import Heard
from shared.hearing import Ear

NEAR = 500
"""So few facts that the live views may wait for them."""
MOST_AHEAD = 20_000
"""Facts kept in memory that the live views have not heard of yet."""
PATIENCE = 60.0
"""Seconds that the live views may stand still, far behind the stream, before we give up."""

STRAGGLING = 5.0
"""Seconds that what the views took ahead of the stream may take to come there."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Rebuilt:
    """`facts` were read in `seconds`, with a pause of `paused` seconds for the live ear. Empty
    `differences`: the live views were what their facts amount to. `mended`: they are now."""

    facts: int
    seconds: float
    paused: float
    rows: int
    differences: list[Difference]
    mended: bool

    @property
    def differing(self) -> int:
        return sum(each.rows for each in self.differences)


async def rebuild(
    home: Home, *, check: bool = False, progress: Progress = lambda done, total: None
) -> Rebuilt:
    """Fills, compares and, unless `check`, mends. `progress` is told how many facts of how many.

    Raises `SiteError` when another one is at work, when the stream lacks facts that the views have
    heard, or when a server falls silent; then the live views are as they were.
    """
    admin = await postgres.connect(home)
    try:
        if not await admin.fetchval(f"SELECT pg_try_advisory_lock({REBUILDING})"):
            raise SiteError("A rebuild is at work already, or a skip; wait until it is done.")
        async with _provisioner(home) as client, scratch(home, admin) as (connection, skipped):
            return await Work(home, client, admin, connection, skipped).done(check, progress)
    finally:
        await admin.close()


@dataclass
class Work:
    """One rebuild. `admin` looks at the live views, `connection` fills the new ones."""

    home: Home
    client: Client
    admin: asyncpg.Connection
    connection: AsyncConnection
    skipped: frozenset[tuple[str, str, int]]
    ahead: list[Placed] = field(default_factory=list)
    """What the live views have not heard yet."""
    facts: int = 0

    def __post_init__(self) -> None:
        site = Site(gateway_settings(self.home))
        self.ear: Ear = replace(
            site.ear, engine=self.connection.engine, applied=lambda _: None, react=self._react
        )
        self.views = site.views
        [durable] = [
            each
            for each in durables(self.home.site)
            if (each.stream, each.name) == (site.ear.stream, site.ear.durable)
        ]
        self.stream = Again(self.client, durable, site.ear.open)

    async def done(self, check: bool, progress: Progress) -> Rebuilt:
        begun = time.monotonic()
        total = await self.stream.total()

        def went_on() -> None:
            progress(self.facts, max(total, self.facts))

        await self._nearly(went_on)
        async with ear_waits(self.admin):
            waiting_since = time.monotonic()
            await self._rest(went_on)
            every = await tables(self.admin)
            found = [await compare(self.admin, table) for table in every]
            if not check:
                for table in (t for t, d in zip(every, found, strict=True) if d.rows):
                    await mend(self.admin, table)
        ended = time.monotonic()
        return Rebuilt(
            facts=self.facts,
            seconds=ended - begun,
            paused=ended - waiting_since,
            rows=await self._rows(every),
            differences=[each for each in found if each.rows],
            mended=not check,
        )

    async def _react(self, batch: Sequence[Heard], session: Session) -> None:
        """As live, which never took what an operator skipped."""
        taken = [one for one in batch if _place(one) not in self.skipped]
        await self.views(taken, session)

    async def _nearly(self, went_on: Callable[[], None]) -> None:
        """Round after round until little is left."""
        patient_until = time.monotonic() + PATIENCE
        while True:
            before = len(self.ahead), self.facts
            read = await self._round(went_on)
            if read <= NEAR and len(self.ahead) <= NEAR:
                return
            if (len(self.ahead), self.facts) != before:
                patient_until = time.monotonic() + PATIENCE
            elif time.monotonic() > patient_until:
                raise SiteError(
                    f"The views are {len(self.ahead)} facts or more behind and stand still; "
                    "see tongxin status."
                )
            if read <= NEAR:
                await asyncio.sleep(0.2)

    async def _round(self, went_on: Callable[[], None]) -> int:
        """What the live views have heard by now and the new ones not; returns how many messages
        were read."""
        floor = await self.stream.acknowledged()
        earlier, self.ahead = self.ahead, []
        await self._hear(earlier, floor)
        read = 0
        if len(self.ahead) >= MOST_AHEAD:
            return read
        async with aclosing(self.stream.batches()) as batches:
            coming: asyncio.Future[list[Placed] | None] | None
            coming = asyncio.ensure_future(anext(batches, None))
            try:
                while coming and (placed := await coming):
                    read += len(placed)
                    # The next ones are read while PostgreSQL works on these.
                    roomy = len(self.ahead) + len(placed) < MOST_AHEAD
                    coming = asyncio.ensure_future(anext(batches, None)) if roomy else None
                    await self._hear(placed, floor)
                    went_on()
            finally:
                if coming:
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
        return read

    async def _hear(self, placed: Sequence[Placed], floor: int) -> None:
        """Those that the live views have heard; the others wait in `ahead`."""
        heard_live = await self._heard_live([one for place, one in placed if place > floor])
        batch = []
        for place, one in placed:
            if place <= floor or heard_live(one):
                batch.append(one)
            else:
                self.ahead.append((place, one))
        if batch:
            await self.ear.hear(batch, self.connection)
            await self.ear.try_held(self.connection)
            self.facts += len(batch)

    async def _heard_live(self, facts: Sequence[Heard]) -> Callable[[Heard], bool]:
        """By position, or because they are held."""
        if not facts:
            return lambda _: False
        names = list({str(one.aggregate) for one in facts})
        numbered = list({one.aggregate for one in facts if one.numbered})
        last = {
            (row["owner"], row["aggregate"]): row["last"]
            for row in await self.admin.fetch(
                f"SELECT owner, aggregate, last FROM {LIVE}.position WHERE aggregate = ANY($1)",  # noqa: S608
                numbered,
            )
        }
        held = {
            tuple(row)
            for row in await self.admin.fetch(
                f"SELECT aggregate, owner, sequence FROM {LIVE}.held WHERE aggregate = ANY($1)",  # noqa: S608
                names,
            )
        }
        return lambda one: (
            (
                one.numbered
                and one.sequence <= max(last.get(one.history, 0), last.get(("", one.aggregate), 0))
            )
            or _place(one) in held
        )

    async def _last_tries(self) -> None:
        """Whatever could not be taken on the way has one more chance."""
        await self.connection.execute(text("UPDATE held SET next_at = now(), dead_at = NULL"))
        await self.ear.try_held(self.connection)

    async def _rest(self, went_on: Callable[[], None]) -> None:
        """All that the live views have heard; what they took ahead of the stream is still coming
        there. Raises `SiteError` when it does not come."""
        patient_until = time.monotonic() + STRAGGLING
        while True:
            await self._round(went_on)
            await self._last_tries()
            behind = await self._behind()
            if not behind:
                return
            if all(row["error"] for row in behind) or time.monotonic() > patient_until:
                break
            await asyncio.sleep(0.05)
        some = "; ".join(
            f"{row['aggregate']} ({row['error'] or 'not in the stream'})" for row in behind[:5]
        )
        raise SiteError(
            f"The rebuild lacks facts that the views have taken, of {len(behind)} things: {some}. "
            "The views are as they were."
        )

    async def _behind(self) -> list[asyncpg.Record]:
        """The things of which the new views lack facts that the live ones took; `error` if held."""
        counters = [
            f"SELECT '{service}' AS owner, id, last FROM {schemas[0]}.aggregate"  # noqa: S608
            for service, schemas in SCHEMAS.items()
            if await self.admin.fetchval("SELECT to_regclass($1)", f"{schemas[0]}.aggregate")
        ]
        found: list[asyncpg.Record] = await self.admin.fetch(f"""
            SELECT live.aggregate, held.error
            FROM {LIVE}.position AS live
            JOIN ({" UNION ALL ".join(counters)}) AS stated
                ON stated.id = live.aggregate AND live.owner IN (stated.owner, '')
            LEFT JOIN {NEW}.position AS new
                ON new.aggregate = live.aggregate AND new.owner = stated.owner
            LEFT JOIN LATERAL (
                SELECT error FROM {NEW}.held
                WHERE held.aggregate = live.aggregate::text AND held.owner = stated.owner
                ORDER BY sequence LIMIT 1
            ) AS held ON true
            WHERE coalesce(new.last, 0) < least(live.last, stated.last)
        """)  # noqa: S608
        return found

    async def _rows(self, every: Sequence[Table]) -> int:
        counts = [
            await self.admin.fetchval(f"SELECT count(*) FROM {NEW}.{table.name}")  # noqa: S608
            for table in every
        ]
        return sum(counts)


@asynccontextmanager
async def _provisioner(home: Home) -> AsyncIterator[Client]:
    password = home.secret("provisioner", "nats_password")
    client = await connect(home.nats_url, "provisioner", password)
    try:
        yield client
    finally:
        await client.close()


def _place(one: Heard) -> tuple[str, str, int]:
    """As in the tables of what is held and what was skipped."""
    return str(one.aggregate), one.owner, one.sequence
