"""What falls due: a row each, taken away in the transaction of its handler.

    fall_due(session, "proposal-answer", key=str(proposal.id), at=moment)

    @due("proposal-answer")
    async def mark_overdue(key: str, session: Session) -> None: ...

A row is claimed by its row lock, so any number of tickers may run and each row is ticked once. The
clock that counts is PostgreSQL's; days of downtime or a jump only make rows late. What may fall due
by the hundred is ticked together (`at_once`), in one transaction; when one of them fails, each by
itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import asyncpg
import structlog

from shared.database import Session, Sessions, is_away, raw
from shared.outbox import keep_stated
from shared.telemetry import fault
from shared.tracing import failed, span

log = structlog.get_logger(__name__)

DueHandler = Callable[[str, Session], Awaitable[None]]
H = TypeVar("H", bound=DueHandler)
POLL = 1.0
LONGEST_PAUSE = 3600.0

_UNSET = "DELETE FROM due WHERE what = $1 AND key = $2"
_UNSET_ALL = "DELETE FROM due WHERE what = $1 AND key = ANY($2)"
_CLAIM = """
    SELECT what, key, tries FROM due WHERE at <= now() AND what = ANY($1)
    ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_LATER = """
    UPDATE due SET tries = tries + 1, error = $3, at = now() + make_interval(secs => $4)
    WHERE what = $1 AND key = $2
"""


def due(what: str, *, at_once: int = 1) -> Callable[[H], H]:
    """Marks the handler of what falls due under this name; so many rows of it are one transaction.
    More than one is for handlers that lock nothing but the aggregate that their row is about."""

    def mark(handler: H) -> H:
        handler.__due__, handler.__at_once__ = what, at_once  # type: ignore[attr-defined]
        return handler

    return mark


def fall_due(session: Session, what: str, *, key: str, at: datetime) -> None:
    """Sets, or moves, the moment (aware) at which something falls due. It is written together
    with what is stated."""
    session.info.setdefault("due", {})[what, key] = at


async def no_longer_due(session: Session, what: str, *, key: str) -> None:
    session.info.get("due", {}).pop((what, key), None)
    await raw(session).execute(_UNSET, what, key)


@dataclass
class Ticker:
    """Runs the handlers of one service when their rows fall due."""

    handlers: Sequence[DueHandler]
    sessions: Sessions
    site: str
    committed: Callable[[], None] = field(default=lambda: None)
    ticked: Callable[[str, str], None] = field(default=lambda *_: None)
    _alone: int = 0
    """So many are still to be taken one by one, because one of them fails."""

    async def run(self) -> None:
        """Until cancelled. A handler that fails is tried again ever later, its error kept."""
        while True:
            try:
                while await self.tick():
                    pass
            except Exception as error:
                log.warning("ticker interrupted", **fault(error))
            await asyncio.sleep(POLL)

    async def tick(self) -> bool:
        """Takes one row that is due, or several that may be taken together; False when there is
        none."""
        known = {handler.__due__: handler for handler in self.handlers}  # type: ignore[attr-defined]
        async with self.sessions() as session:
            row = await raw(session).fetchrow(_CLAIM, list(known), 1)
            if row is None:
                return False
            what, handler = row["what"], known[row["what"]]
            most: int = handler.__at_once__  # type: ignore[attr-defined]
            if most > 1 and not self._alone and await self._together(what, most, handler, session):
                return True
            self._alone = max(0, self._alone - 1)
            with span(what):
                outcome = await self._try(row, handler, session)
            await session.commit()
        self.committed()
        self.ticked(what, outcome)
        return True

    async def _together(self, what: str, most: int, handler: DueHandler, session: Session) -> bool:
        """All of one kind, the one that is claimed by this transaction among them. False when one
        of them fails; then nothing was done, and each is taken by itself."""
        rows: list[asyncpg.Record] = []
        try:
            async with raw(session).transaction():  # a savepoint
                rows = await raw(session).fetch(_CLAIM, [what], most)
                await raw(session).execute(_UNSET_ALL, what, [row["key"] for row in rows])
                for row in rows:
                    with span(what):
                        await handler(row["key"], session)
                await session.flush()
                await keep_stated(session, self.site)
        except Exception as error:
            if is_away(error):
                raise
            _forget(session)
            self._alone = len(rows)
            return False
        await session.commit()
        self.committed()
        for _ in rows:
            self.ticked(what, "done")
        return True

    async def _try(self, row: asyncpg.Record, handler: DueHandler, session: Session) -> str:
        """Says `done`, or `failed` when the row was put off."""
        what, key = row["what"], row["key"]
        try:
            async with raw(session).transaction():  # a savepoint
                await no_longer_due(session, what, key=key)
                await handler(key, session)
                await session.flush()
                await keep_stated(session, self.site)
        except Exception as error:
            failed(error)
            _forget(session)
            log.error("due handler failed", what=what, **fault(error))
            pause = min(2.0 ** row["tries"], LONGEST_PAUSE)
            await raw(session).execute(_LATER, what, key, str(fault(error)), pause)
            return "failed"
        return "done"


def _forget(session: Session) -> None:
    """What was to be done in a savepoint that was rolled back."""
    session.expunge_all()
    session.info.pop("stated", None)
    session.info.pop("due", None)
    session.info.pop("put off", None)
