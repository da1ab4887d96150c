"""How facts arrive: in order, once, and with patience.

One durable a stream and service, read by the one process that holds a lock. A batch is one
transaction; a batch that fails is taken again in halves, down to one. What fails alone is held: it
is kept in the table `held` with its error and acknowledged, later facts of the same aggregate queue
behind it and all others go on. A timer tries again, ever later; after `Patience.tries` it is dead
until an operator replays or skips it. There are no naks.

The inbox is one row an aggregate and owner (the service that states its facts), the last `sequence`
applied: a repeat is at or below it, a fact that came too early is held until the one before it has
come.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import positions
from shared.broker import AT_ONCE, BATCH
from shared.database import Session, Sessions, driver_of, is_away, raw
from shared.early import Early
from shared.facts import Heard, Opener
from shared.held import Held, Patience
from shared.locks import hold_lock, try_lock
from shared.outbox import keep_stated
from shared.pulling import Pull
from shared.reacting import React
from shared.telemetry import fault
from shared.tracing import message_name, span

log = structlog.get_logger(__name__)

RETRY_EVERY = 0.5
REST, FEW = 0.1, 100
"""Seconds in which facts may gather after fewer than `FEW` about which there was nothing to do:
nobody waits for these to be noted, and many are noted as cheaply as one."""


@dataclass
class Ear:
    """One durable, one reader. `open` makes sense of a message, `react` acts on an ordered batch.

    `applied` is told the places that were reached, after they were committed.
    """

    stream: str
    durable: str
    site: str
    engine: AsyncEngine
    open: Opener
    react: React
    committed: Callable[[], None] = field(default=lambda: None)
    applied: Callable[[Sequence[Heard]], None] = field(default=lambda _: None)
    wanted: Callable[[Heard], bool] = field(default=lambda _: True)
    """Whether `react` does anything about it."""
    patience: Patience = field(default_factory=Patience)
    seal_key: bytes = field(default=b"", repr=False)
    listening: bool = False
    _try_at: float = 0.0
    _untaken: list[Msg] = field(default_factory=list)
    _batches: AsyncGenerator[list[Msg]] | None = None
    _coming: asyncio.Future[list[Msg]] | None = None
    _early: Early = field(default_factory=Early)

    def __post_init__(self) -> None:
        self.held = Held(self.stream, self.patience)
        self.sessions = Sessions(self.engine, self.seal_key)

    def bring(self, facts: Sequence[Heard]) -> None:
        """Facts that came with an answer: taken at once where that can be, else left to the stream,
        by which they come in any case."""
        if self.listening:
            self._early.bring(facts)

    async def run(self, client: Client) -> None:
        """Until cancelled. Whatever goes wrong is logged and begun again."""
        try:
            while True:
                try:
                    async with self.engine.connect() as connection:
                        try:
                            await self._listen(client, connection)
                        finally:
                            self.listening = False
                            # A pooled connection would carry the lock back into the pool.
                            await connection.invalidate()
                except Exception as error:
                    log.warning("hearing interrupted", stream=self.stream, **fault(error))
                    await asyncio.sleep(0.5)
        finally:
            await self._let_go()

    async def _listen(self, client: Client, connection: AsyncConnection) -> None:
        """Lock and work use one connection: who loses the lock loses the work too.

        What was pulled outlives a lost connection, else it would come back only after `ack_wait`.
        """
        if not await try_lock(connection, f"hear {self.stream}"):
            await self._let_go()
            await hold_lock(connection, f"hear {self.stream}")
        self.listening = True
        while True:
            if not self._untaken:
                self._untaken = await self._next_batch(client)
            if self._untaken:
                batch = await self.take(self._untaken, connection)
                self._untaken = []
                if batch and len(batch) < FEW and not any(map(self.wanted, batch)):
                    await asyncio.sleep(REST)
            await self._take_early(connection)
            if time.monotonic() >= self._try_at:
                await self.try_held(connection)
                self._try_at = time.monotonic() + RETRY_EVERY

    async def _next_batch(self, client: Client) -> list[Msg]:
        """What came meanwhile; empty when something came early, or when it is time to look after
        the held ones."""
        if self._batches is None:
            most = AT_ONCE.get(self.stream, BATCH)
            self._batches = Pull(client, self.stream, self.durable, most).batches()
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._batches))
        early: asyncio.Future[Any] = asyncio.ensure_future(self._early.arrived.wait())
        either: set[asyncio.Future[Any]] = {self._coming, early}
        try:
            await asyncio.wait(either, timeout=RETRY_EVERY, return_when=asyncio.FIRST_COMPLETED)
        finally:
            early.cancel()
        if not self._coming.done():
            return []
        coming, self._coming = self._coming, None
        try:
            return coming.result()
        except Exception:
            self._batches = None
            raise

    async def _let_go(self) -> None:
        """Another reader works now: what we hold unacknowledged comes to it."""
        self._untaken = []
        if self._coming is not None:
            self._coming.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._coming
            self._coming = None
        if self._batches is not None:
            await self._batches.aclose()
            self._batches = None

    async def take(self, messages: Sequence[Msg], connection: AsyncConnection) -> Sequence[Heard]:
        """Takes one ordered batch and acknowledges it. Raises only when PostgreSQL is away; then
        nothing was acknowledged and the server sends it again."""
        batch = [self.open(message) for message in messages if not self._early.has_taken(message)]
        if batch:
            await self.hear(batch, connection)
        try:
            for message in messages:
                await message.ack()
        except Exception as error:
            # They come again and are dropped by their position.
            log.info("not acknowledged", stream=self.stream, **fault(error))
        return batch

    async def hear(self, batch: Sequence[Heard], connection: AsyncConnection) -> None:
        """Takes one ordered batch, wherever it was read: whole in one transaction, or its halves
        one after the other when that fails, so that what fails alone is found in few steps. Raises
        only when PostgreSQL is away."""
        if len(batch) == 1:
            await self._alone(batch[0], connection)
            return
        try:
            await self._together(batch, connection)
        except Exception as error:
            if is_away(error):
                raise
            half = len(batch) // 2
            await self.hear(batch[:half], connection)
            await self.hear(batch[half:], connection)

    async def _together(self, batch: Sequence[Heard], connection: AsyncConnection) -> None:
        now_due = batch
        if not await self._as_usual(batch, connection):
            async with self.sessions.on(connection) as session:
                now_due = await self._sort(batch, session)
                await self._apply(now_due, session)
                await session.commit()
        self.committed()
        self.applied(now_due)

    async def _take_early(self, connection: AsyncConnection) -> None:
        batch = self._early.drain()
        if not batch:
            return
        try:
            taken = await self._as_usual(batch, connection)
        except Exception as error:
            if is_away(error):
                raise
            log.info("left to the stream", stream=self.stream, size=len(batch), **fault(error))
            return
        if taken:
            self._early.note(batch)
            self.committed()
            self.applied(batch)

    async def _as_usual(self, batch: Sequence[Heard], connection: AsyncConnection) -> bool:
        """Every fact follows the one before it, and nothing waits. False when not; then nothing
        was done. What nobody here reacts to is one statement."""
        taken = positions.steps(batch)
        if taken is None:
            return False
        if not any(map(self.wanted, batch)):
            return await positions.claim(await driver_of(connection), self.stream, taken)
        async with self.sessions.on(connection) as session:
            if not await positions.claim(raw(session), self.stream, taken):
                return False
            await self.react(batch, session)
            await keep_stated(session, self.site)
            await session.commit()
        return True

    async def _alone(self, one: Heard, connection: AsyncConnection) -> None:
        try:
            await self._together([one], connection)
        except Exception as error:
            if is_away(error):
                raise
            with span(f"hold {message_name(one.subject)}", parent=one.traceparent):
                log.error("held", stream=self.stream, type=one.type, **fault(error))
                async with self.sessions.on(connection) as session:
                    await self.held.keep(one, _said(error), session, tries=1)
                    await session.commit()

    async def _sort(self, batch: Sequence[Heard], session: Session) -> list[Heard]:
        """What is to be applied now. Repeats are dropped, the unreadable and the early are held."""
        histories = {one.history for one in batch}
        last, waiting = await positions.known(raw(session), self.stream, histories)
        due = []
        for one in batch:
            history = one.history
            if one.problem:
                await self.held.keep(one, one.problem, session, tries=1)
            elif one.numbered and one.sequence <= last.get(history, 0):
                continue
            elif history in waiting:
                self._try_at = 0.0  # it may be the one that the others wait for
                await self.held.keep(one, "waits behind a held one", session)
            elif one.numbered and one.sequence > last.get(history, 0) + 1:
                await self.held.keep(one, "came before the one that precedes it", session)
                waiting.add(history)
            else:
                last[history] = one.sequence
                due.append(one)
        return due

    async def _apply(self, due: Sequence[Heard], session: Session) -> None:
        if not due:
            return
        await self.react(due, session)
        await positions.move(raw(session), due)
        await keep_stated(session, self.site)

    async def try_held(self, connection: AsyncConnection) -> None:
        """Tries the first held fact of each aggregate whose time has come, and what follows."""
        while True:
            async with self.sessions.on(connection) as session:
                head = await self.held.next(session)
                if head is None:
                    return
                one = self.open.again(head.subject, head.raw, head.sequence)
                try:
                    if one.problem:
                        raise Unreadable(one.problem)
                    await self._apply([one], session)
                    await self.held.remove(head, session)
                    await session.commit()
                except Exception as error:
                    if is_away(error):
                        raise
                    await session.rollback()
                    await self.held.failed(head, _said(error), session)
                    await session.commit()
                    continue
            log.info("held one taken", stream=self.stream, type=one.type)
            self.committed()
            self.applied([one])


class Unreadable(Exception):  # noqa: N818
    """Bytes that are no message of ours."""


def _said(error: Exception) -> str:
    """The reason kept with a held fact: no words of the database, which quotes rows."""
    if isinstance(error, Unreadable):
        return str(error)
    return " ".join(f"{key}={value}" for key, value in fault(error).items())
