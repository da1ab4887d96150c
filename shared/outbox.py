"""How facts leave: stated inside the transaction, sent afterwards by one relay a service.

The id of an outbox row is a bigint identity taken while the aggregate's counter row is locked, so
the order of ids within an aggregate is the order of commits. The relay sends rows that are not
marked as sent, in the order of ids, under an advisory lock. Rows stay after they were sent: a
stream that lost its disk is filled again from here.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database import Session
from shared.messages import Accepted, Fact, uuid7
from shared.publishing import Outgoing, Publisher
from shared.telemetry import fault, traceparent

log = structlog.get_logger(__name__)

BATCH = 500
POLL = 0.25
RELAY_LOCK = "relay"
SILENCE = 30
"""Seconds without a statement after which PostgreSQL takes the lock from its holder."""

# The counter rows are locked in the order of their ids, so that two batches never wait for each
# other. A fact can only be joined to a counter row that is locked, and takes its id after that.
_STATED = """
    WITH counted AS (
        INSERT INTO aggregate AS a (id, last)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS bigint[])) ORDER BY 1
        ON CONFLICT (id) DO UPDATE SET last = a.last + excluded.last
        RETURNING id, last
    ), kept AS (
        INSERT INTO outbox (fact, subject, aggregate, sequence, payload)
        SELECT fact, subject, counted.id, counted.last - behind,
            convert_to(head || lpad((counted.last - behind)::text, 12, '0') || tail, 'UTF8')
        FROM unnest(CAST(:facts AS uuid[]), CAST(:subjects AS text[]),
            CAST(:aggregates AS uuid[]), CAST(:behind AS bigint[]), CAST(:heads AS text[]),
            CAST(:tails AS text[]))
            WITH ORDINALITY AS stated (fact, subject, aggregate, behind, head, tail, place)
        JOIN counted ON counted.id = stated.aggregate
        ORDER BY place
    )
"""
_KEEP = text(_STATED + "SELECT id, last FROM counted")  # noqa: S608 - all of it is ours
_CLOSE = text(
    _STATED  # noqa: S608 - all of it is ours
    + """
    INSERT INTO command (digest, body, answer)
    SELECT :digest, :body, :before || coalesce((
        SELECT string_agg(format('{"aggregate":"%s","sequence":%s}', id, last), ',') FROM counted
    ), '') || :after
    ON CONFLICT DO NOTHING RETURNING answer
"""
)
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


async def keep_stated(session: Session, site: str) -> None:
    """Writes what was stated into the outbox, in one statement; called by the edge just before it
    commits."""
    facts: list[Fact] = session.info.pop("stated", [])
    if facts:
        await session.execute(_KEEP, _columns(facts, site))


async def close_command(
    session: Session, site: str, *, digest: bytes, body: bytes, accepted: Accepted
) -> str | None:
    """Writes what was stated, and the command with its answer, in one statement.

    Returns the answer as it is stored: JSON of `accepted` with the places of the facts. None when
    the command is known already; then the transaction is to be rolled back.
    """
    facts: list[Fact] = session.info.pop("stated", [])
    before, after = accepted.model_dump_json().split('"facts":[')
    given = {"digest": digest, "body": body, "before": before + '"facts":[', "after": after}
    stored: str | None = await session.scalar(_CLOSE, _columns(facts, site) | given)
    return stored


def _columns(facts: Sequence[Fact], site: str) -> dict[str, Any]:
    """The facts as arrays, a column each. `behind` is how many of the same aggregate follow, so
    that a fact's sequence is what the counter reaches less that."""
    counts = Counter(fact.aggregate for fact in facts)
    left = dict(counts)
    behind = []
    for fact in facts:
        left[fact.aggregate] -= 1
        behind.append(left[fact.aggregate])
    parent = traceparent()
    ids = [uuid7() for _ in facts]
    frames = [
        fact.frame(id=id, site=site, traceparent=parent)
        for fact, id in zip(facts, ids, strict=True)
    ]
    return {
        "ids": list(counts),
        "counts": list(counts.values()),
        "facts": ids,
        "subjects": [fact.address(site) for fact in facts],
        "aggregates": [fact.aggregate for fact in facts],
        "behind": behind,
        "heads": [head for head, _ in frames],
        "tails": [tail for _, tail in frames],
    }


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
                    # Each statement for itself: reading and marking need no transaction.
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
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
        if not rows:
            return 0
        places = await self.publisher.publish(
            [Outgoing(subject=r.subject, id=str(r.fact), payload=r.payload) for r in rows]
        )
        await connection.execute(_SENT, {"ids": [r.id for r in rows], "sequences": places})
        return len(rows)


async def hold_lock(connection: AsyncConnection, name: str) -> None:
    """Waits for the lock, at most a second longer than its holder lives."""
    while not await try_lock(connection, name):  # noqa: ASYNC110 - held by another process
        await asyncio.sleep(1)


async def try_lock(connection: AsyncConnection, name: str) -> bool:
    """A lock of this schema that lives as long as the connection; not the pool's any more then."""
    taken = await connection.scalar(
        text("SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext(:name))"),
        {"name": name},
    )
    if taken:
        # A process that was stopped keeps its connection, and would keep all others waiting.
        await connection.execute(text(f"SET idle_session_timeout TO '{SILENCE}s'"))
    await connection.commit()
    return bool(taken)
