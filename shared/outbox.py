"""How facts leave: stated inside the transaction, sent afterwards by one relay a service.

The id of an outbox row is a bigint identity taken while the aggregate's counter row is locked, so
the order of ids within an aggregate is the order of commits. The relay sends rows that are not
marked as sent, in the order of ids, under an advisory lock. Rows stay after they were sent: a
stream that lost its disk is filled again from here.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database import Session, driver_of, put_through, raw
from shared.messages import Accepted, Fact, uuid7
from shared.publishing import Outgoing, Publisher
from shared.telemetry import fault
from shared.tracing import leaving, traceparent

log = structlog.get_logger(__name__)

BATCH = 500
POLL = 0.25
BUSY, LINGER = 0.02, 0.002
"""Seconds. While one batch follows another within `BUSY`, the next may gather for `LINGER`: every
batch costs the disk of NATS and each hearer's transaction the same, however small it is."""
RELAY_LOCK = "relay"
SILENCE = 30
"""Seconds without a statement after which PostgreSQL takes the lock from its holder."""

# The counter rows are locked in the order of their ids, so that two batches never wait for each
# other. A fact can only be joined to a counter row that is locked, and takes its id after that.
_STATED = """
    WITH counted AS (
        INSERT INTO aggregate AS a (id, last)
        SELECT * FROM unnest(CAST($1 AS uuid[]), CAST($2 AS bigint[])) ORDER BY 1
        ON CONFLICT (id) DO UPDATE SET last = a.last + excluded.last
        RETURNING id, last
    ), stated AS (
        SELECT place, command, fact, subject, aggregate, counted.last - behind AS sequence,
            head, tail
        FROM unnest(CAST($3 AS uuid[]), CAST($4 AS integer[]),
            CAST($5 AS text[]), CAST($6 AS uuid[]), CAST($7 AS bigint[]),
            CAST($8 AS text[]), CAST($9 AS text[]))
            WITH ORDINALITY
            AS told (fact, command, subject, aggregate, behind, head, tail, place)
        JOIN counted ON counted.id = told.aggregate
    ), kept AS (
        INSERT INTO outbox (fact, subject, aggregate, sequence, payload)
        SELECT fact, subject, aggregate, sequence,
            convert_to(head || lpad(sequence::text, 12, '0') || tail, 'UTF8')
        FROM stated ORDER BY place
    ), fallen_due AS (
        INSERT INTO due (what, key, at)
        SELECT * FROM unnest(CAST($10 AS text[]), CAST($11 AS text[]), CAST($12 AS timestamptz[]))
        ON CONFLICT (what, key) DO UPDATE SET at = excluded.at, tries = 0, error = NULL
    )
"""
_KEEP = _STATED + "SELECT FROM counted"
_CLOSE = (
    _STATED  # noqa: S608 - all of it is ours
    + """
    , places AS (
        SELECT command, string_agg(
            format('{"aggregate":"%s","sequence":%s}', aggregate, sequence), ',') AS json
        FROM (SELECT command, aggregate, max(sequence) AS sequence FROM stated GROUP BY 1, 2) AS o
        GROUP BY command
    )
    INSERT INTO command (digest, body, answer)
    SELECT digest, body, before || coalesce(places.json, '') || after
    FROM unnest(CAST($13 AS bytea[]), CAST($14 AS bytea[]), CAST($15 AS text[]),
        CAST($16 AS text[])) WITH ORDINALITY AS closed (digest, body, before, after, number)
    LEFT JOIN places ON places.command = closed.number
    ON CONFLICT DO NOTHING RETURNING digest, answer
"""
)
_UNSENT = """
    SELECT id, fact, subject, aggregate, payload FROM outbox
    WHERE sent_at IS NULL AND id <> ALL(CAST($2 AS bigint[])) ORDER BY id LIMIT $1
"""
_SENT = """
    UPDATE outbox SET sent_at = now(), stream_sequence = sent.sequence
    FROM unnest(CAST($1 AS bigint[]), CAST($2 AS bigint[])) AS sent (id, sequence)
    WHERE outbox.id = sent.id
"""


def state(session: Session, *facts: Fact) -> None:
    """States facts: they leave when, and only when, the session's transaction commits."""
    for fact in facts:
        fact.stated_within(traceparent())
    session.info.setdefault("stated", []).extend(facts)


async def keep_stated(session: Session, site: str) -> None:
    """Writes what was stated into the outbox, and what is to fall due, in one statement; called by
    the edge just before it commits."""
    await put_through(session)
    facts: list[Fact] = session.info.pop("stated", [])
    due = _due_columns(session)
    if facts or due[0]:
        await raw(session).execute(_KEEP, *_columns([(0, fact) for fact in facts], site), *due)


@dataclass(frozen=True, slots=True)
class Closing:
    """A command that was done: by what it is known, its answer, and what it stated."""

    digest: bytes
    body: bytes
    accepted: Accepted
    facts: Sequence[Fact]


async def close_commands(
    session: Session, site: str, closings: Sequence[Closing]
) -> dict[bytes, bytes]:
    """Writes what was stated, what is to fall due, and the commands with their answers, in one
    statement.

    Returns the answers as they are stored, by digest: JSON of each `accepted` with the places of
    its facts. One that is missing is known already; then the transaction is to be rolled back.
    """
    await put_through(session)
    facts = [(n, fact) for n, one in enumerate(closings, start=1) for fact in one.facts]
    answers = [one.accepted.model_dump_json().split('"facts":[') for one in closings]
    rows = await raw(session).fetch(
        _CLOSE,
        *_columns(facts, site),
        *_due_columns(session),
        [one.digest for one in closings],
        [one.body for one in closings],
        [before + '"facts":[' for before, _ in answers],
        [after for _, after in answers],
    )
    return {row["digest"]: row["answer"].encode() for row in rows}


def _due_columns(session: Session) -> list[list[Any]]:
    due: dict[tuple[str, str], datetime] = session.info.pop("due", {})
    return [[what for what, _ in due], [key for _, key in due], list(due.values())]


def _columns(facts: Sequence[tuple[int, Fact]], site: str) -> list[list[Any]]:
    """The parameters of `_STATED`: the facts, each with the number of its command, a column each.
    `behind` is how many of the same aggregate follow, so that a fact's sequence is what the counter
    reaches less that."""
    counts = Counter(fact.aggregate for _, fact in facts)
    left = dict(counts)
    behind = []
    for _, fact in facts:
        left[fact.aggregate] -= 1
        behind.append(left[fact.aggregate])
    ids = [uuid7() for _ in facts]
    frames = [
        fact.frame(id=id, site=site, traceparent=fact.traceparent)
        for (_, fact), id in zip(facts, ids, strict=True)
    ]
    return [
        list(counts),
        list(counts.values()),
        ids,
        [number for number, _ in facts],
        [fact.address(site) for _, fact in facts],
        [fact.aggregate for _, fact in facts],
        behind,
        [head for head, _ in frames],
        [tail for _, tail in frames],
    ]


@dataclass
class Relay:
    """Sends what the outbox holds. Any number may run; the holder of the lock works."""

    engine: AsyncEngine
    publisher: Publisher
    sent: Callable[[int], None] = field(default=lambda _: None)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """A hint that rows were committed; the poll is the truth."""
        self._more.set()

    async def run(self) -> None:
        """Until cancelled. Whatever goes wrong is logged and tried again."""
        while True:
            try:
                async with self.engine.connect() as connection:
                    await self._hold(connection)
            except Exception as error:
                log.warning("relay interrupted", **fault(error))
                await asyncio.sleep(0.5)

    async def _hold(self, connection: AsyncConnection) -> None:
        """Waits for the lock on this connection, then sends until something breaks.

        Lock and rows use one connection: who loses the lock loses the rows too.
        """
        await hold_lock(connection, RELAY_LOCK)
        try:
            # Losing a mark in a crash only repeats a send, so it need not wait for the disk.
            await connection.execute(text("SET synchronous_commit TO off"))
            while True:
                self._more.clear()
                await self.send_all(connection)
                sent_at = time.monotonic()
                try:
                    async with asyncio.timeout(POLL):
                        await self._more.wait()
                except TimeoutError:
                    continue
                if time.monotonic() - sent_at < BUSY:
                    await asyncio.sleep(LINGER)
        finally:
            # A pooled connection would carry the lock back into the pool.
            await connection.invalidate()

    async def send_all(self, connection: AsyncConnection) -> None:
        """Sends and marks what there is. While one batch is published, the last one is marked and
        the next one read. A crash before the mark sends a batch again, which the stream's window
        and every consumer's position drop."""
        driver = await driver_of(connection)
        sent: tuple[list[int], list[int]] = ([], [])
        rows = await driver.fetch(_UNSENT, BATCH, [])
        while rows:
            ids = [row["id"] for row in rows]
            publishing = asyncio.create_task(self._publish(rows))
            try:
                await self._mark(driver, *sent)
                # What was committed meanwhile may have a lower id than what is under way.
                more = await driver.fetch(_UNSENT, BATCH, ids) if len(rows) == BATCH else []
                sent = ids, await publishing
            finally:
                publishing.cancel()
                await asyncio.wait([publishing])
            rows = more
        await self._mark(driver, *sent)

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> list[int]:
        with leaving((row["subject"], row["payload"]) for row in rows):
            return await self.publisher.publish(
                [
                    Outgoing(row["subject"], str(row["fact"]), row["payload"], row["aggregate"])
                    for row in rows
                ]
            )

    async def _mark(self, driver: asyncpg.Connection, ids: list[int], places: list[int]) -> None:
        if ids:
            await driver.execute(_SENT, ids, places)
            self.sent(len(ids))


# PostgreSQL ends a holder that is idle for too long. One may also have been stopped while it read
# more than its socket takes, between preparing a statement and executing it (asyncpg waits for the
# one before it sends the other), or before it set its time-out; it would keep its lock for as long
# as it stands still.
_FREE = text("""
    SELECT pg_terminate_backend(holder.pid)
    FROM pg_locks JOIN pg_stat_activity AS holder USING (pid)
    WHERE locktype = 'advisory' AND objsubid = 2
        AND classid = CAST(CAST(hashtext(current_schema()) AS bigint) & 4294967295 AS oid)
        AND objid = CAST(CAST(hashtext(:name) AS bigint) & 4294967295 AS oid)
        AND holder.datname = current_database()
        AND holder.wait_event IN ('ClientWrite', 'ClientRead')
        AND holder.state_change < now() - make_interval(secs => :silence)
""")


async def hold_lock(connection: AsyncConnection, name: str) -> None:
    """Waits for the lock, at most a second longer than its holder lives."""
    while not await try_lock(connection, name):
        await asyncio.sleep(1)
        await connection.execute(_FREE, {"name": name, "silence": SILENCE})


async def try_lock(connection: AsyncConnection, name: str) -> bool:
    """A lock of this schema that lives as long as the connection; not the pool's any more then."""
    taken = await connection.scalar(
        text("SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext(:name))"),
        {"name": name},
    )
    if taken:
        # A process that was stopped keeps its connection, and would keep all others waiting.
        await connection.execute(text(f"SET idle_session_timeout TO '{SILENCE}s'"))
    return bool(taken)
