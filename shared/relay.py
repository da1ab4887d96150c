"""How facts leave: one relay a service sends what the outbox holds, and marks it.

It takes rows that are not marked as sent, in the order of their ids, under an advisory lock.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database import driver_of
from shared.locks import hold_lock
from shared.publishing import Outgoing, Publisher
from shared.telemetry import fault
from shared.tracing import leaving

log = structlog.get_logger(__name__)

BATCH = 500
POLL = 0.25
BUSY, LINGER = 0.1, 0.02
"""Seconds. While one batch follows another within `BUSY`, the next may gather for `LINGER`: every
batch costs the disk of NATS and each hearer's transaction the same, however small it is. Whoever
asked does not wait for it: the answer brought the facts (`shared.early`)."""
RELAY_LOCK = "relay"

_UNSENT = """
    SELECT id, fact, subject, aggregate, payload FROM outbox
    WHERE sent_at IS NULL AND id NOT IN (SELECT unnest(CAST($2 AS bigint[]))) ORDER BY id LIMIT $1
"""
# What was put in other words while it was under way is sent anew, and deleted where it came to.
_SENT = """
    WITH told AS (
        SELECT * FROM unnest(CAST($1 AS bigint[]), CAST($2 AS bigint[]), CAST($3 AS uuid[]),
            CAST($4 AS text[])) AS sent (id, sequence, fact, subject)
    ), marked AS (
        UPDATE outbox SET sent_at = now(), stream_sequence = told.sequence
        FROM told WHERE outbox.id = told.id AND outbox.fact = told.fact
        RETURNING outbox.id
    )
    INSERT INTO redacted (subject, stream_sequence)
    SELECT subject, sequence FROM told WHERE id NOT IN (SELECT id FROM marked)
"""


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
        sent: tuple[Sequence[asyncpg.Record], list[int]] = ([], [])
        rows = await driver.fetch(_UNSENT, BATCH, [])
        while rows:
            ids = [row["id"] for row in rows]
            publishing = asyncio.create_task(self._publish(rows))
            try:
                await self._mark(driver, *sent)
                # What was committed meanwhile may have a lower id than what is under way.
                more = await driver.fetch(_UNSENT, BATCH, ids) if len(rows) == BATCH else []
                sent = rows, await publishing
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

    async def _mark(
        self, driver: asyncpg.Connection, rows: Sequence[asyncpg.Record], places: list[int]
    ) -> None:
        if rows:
            columns = [[row[name] for row in rows] for name in ("id", "fact", "subject")]
            await driver.execute(_SENT, columns[0], places, *columns[1:])
            self.sent(len(rows))
