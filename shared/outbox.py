"""How facts leave: stated inside the transaction, sent afterwards by one relay a service.

The id of an outbox row is a bigint identity taken while the aggregate's counter row is locked, so
the order of ids within an aggregate is the order of commits. The relay sends rows that are not
marked as sent, in the order of ids, under an advisory lock. Rows stay after they were sent: a
stream that lost its disk is filled again from here.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database import Session
from shared.messages import Fact, Position, uuid7
from shared.publishing import Outgoing, Publisher
from shared.telemetry import fault, traceparent

log = structlog.get_logger(__name__)

BATCH = 500
POLL = 0.25
RELAY_LOCK = "relay"

_COUNT = text("""
    INSERT INTO aggregate AS a (id, last)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS bigint[])) ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET last = a.last + excluded.last
    RETURNING id, last
""")
_KEEP = text("""
    INSERT INTO outbox (fact, subject, aggregate, sequence, payload)
    SELECT fact, subject, aggregate, sequence, payload
    FROM unnest(CAST(:facts AS uuid[]), CAST(:subjects AS text[]),
        CAST(:aggregates AS uuid[]), CAST(:sequences AS bigint[]), CAST(:payloads AS bytea[]))
        WITH ORDINALITY AS stated (fact, subject, aggregate, sequence, payload, place)
    ORDER BY place
""")
_UNSENT = text("""
    SELECT id, fact, subject, payload FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT :batch
""")
_SENT = text("""
    UPDATE outbox SET sent_at = now(), stream_sequence = sent.sequence
    FROM unnest(CAST(:ids AS bigint[]), CAST(:sequences AS bigint[])) AS sent (id, sequence)
    WHERE outbox.id = sent.id
""")


def state(session: Session, *facts: Fact) -> None:
    """States facts: they leave when, and only when, the session's transaction commits."""
    session.info.setdefault("stated", []).extend(facts)


async def keep_stated(session: Session, site: str) -> list[Position]:
    """Writes what was stated into the outbox; called by the edge just before it commits.

    Two statements whatever the number: the first locks and counts the aggregates in the order of
    their ids (so that two batches never wait for each other), the second writes the rows.
    """
    facts: list[Fact] = session.info.pop("stated", [])
    if not facts:
        return []
    counts: dict[UUID, int] = {}
    for fact in facts:
        counts[fact.aggregate] = counts.get(fact.aggregate, 0) + 1
    rows = await session.execute(
        _COUNT, {"ids": list(counts), "counts": [counts[key] for key in counts]}
    )
    following = {row.id: row.last - counts[row.id] for row in rows}
    parent = traceparent()
    ids = [uuid7() for _ in facts]
    places = []
    for fact in facts:
        following[fact.aggregate] += 1
        places.append(Position(aggregate=fact.aggregate, sequence=following[fact.aggregate]))
    await session.execute(
        _KEEP,
        {
            "facts": ids,
            "subjects": [fact.address(site) for fact in facts],
            "aggregates": [place.aggregate for place in places],
            "sequences": [place.sequence for place in places],
            "payloads": [
                fact.envelope(id=id, site=site, sequence=place.sequence, traceparent=parent)
                for fact, id, place in zip(facts, ids, places, strict=True)
            ],
        },
    )
    last = {place.aggregate: place for place in places}
    return list(last.values())


@dataclass
class Relay:
    """Sends what the outbox holds. Any number may run; the holder of the lock works."""

    engine: AsyncEngine
    publisher: Publisher
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
            while True:
                self._more.clear()
                while await self.send_once(connection) == BATCH:
                    pass
                try:
                    async with asyncio.timeout(POLL):
                        await self._more.wait()
                except TimeoutError:
                    pass
        finally:
            # A pooled connection would carry the lock back into the pool.
            await connection.invalidate()

    async def send_once(self, connection: AsyncConnection) -> int:
        """Sends one batch and marks it; returns how many. A crash in between sends it again,
        which the stream's window and every consumer's position drop."""
        rows = (await connection.execute(_UNSENT, {"batch": BATCH})).all()
        await connection.rollback()
        if not rows:
            return 0
        places = await self.publisher.publish(
            [Outgoing(subject=r.subject, id=str(r.fact), payload=r.payload) for r in rows]
        )
        # Losing this mark in a crash only repeats a send, so it need not wait for the disk.
        await connection.execute(text("SET LOCAL synchronous_commit TO off"))
        await connection.execute(_SENT, {"ids": [r.id for r in rows], "sequences": places})
        await connection.commit()
        return len(rows)


async def hold_lock(connection: AsyncConnection, name: str) -> None:
    """Waits for the lock, at most a second longer than its holder lives."""
    while not await try_lock(connection, name):  # noqa: ASYNC110 - held by another process
        await asyncio.sleep(1)


async def try_lock(connection: AsyncConnection, name: str) -> bool:
    """A lock of this schema that lives as long as the connection."""
    taken = await connection.scalar(
        text("SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext(:name))"),
        {"name": name},
    )
    await connection.commit()
    return bool(taken)
