"""What the reactions of the views say to the database, put through with as little ado as possible.

They speak SQL through `execute` and look at nothing that comes back, so their statements may wait
for each other: they are kept, in their order, and leave without SQLAlchemy between them and the
socket; one that is said again and again leaves as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, cast

from sqlalchemy import TextClause

from shared.database import Session, raw
from shared.facts import Heard
from shared.reacting import React


@dataclass(frozen=True)
class Spelled:
    """A statement as asyncpg wants it, and its parameters in their order. `tells`: it has rows to
    give."""

    sql: str
    names: tuple[str, ...]
    tells: bool


@dataclass
class Statements:
    """Stands in for the session of a reaction. What tells something is asked of the session, after
    all that was said before it. `known` outlives the session."""

    session: Session
    known: dict[str, Spelled]
    _kept: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    async def execute(self, statement: TextClause, params: Any = None) -> Any:
        spelled = self.known.get(statement.text) or await self._spell(statement)
        if spelled.tells:
            await self.leave()
            return await self.session.execute(statement, params)
        rows = params if isinstance(params, list) else [params or {}]
        self._kept += [(spelled.sql, tuple(row[name] for name in spelled.names)) for row in rows]
        return None

    async def scalar(self, statement: TextClause, params: Any = None) -> Any:
        await self.leave()
        return await self.session.scalar(statement, params)

    async def scalars(self, statement: TextClause, params: Any = None) -> Any:
        await self.leave()
        return await self.session.scalars(statement, params)

    async def leave(self) -> None:
        """Everything that was said is done, in its order, in the session's transaction."""
        kept, self._kept = self._kept, []
        for sql, said in groupby(kept, key=lambda one: one[0]):
            rows = [row for _, row in said]
            if len(rows) == 1:
                await raw(self.session).execute(sql, *rows[0])
            else:
                await raw(self.session).executemany(sql, rows)

    async def _spell(self, statement: TextClause) -> Spelled:
        compiled = statement.compile(dialect=self.session.get_bind().dialect)
        prepared = await raw(self.session).prepare(str(compiled))
        spelled = Spelled(
            str(compiled), tuple(compiled.positiontup or ()), bool(prepared.get_attributes())
        )
        self.known[statement.text] = spelled
        return spelled


def together(react: React) -> React:
    """The same reactions, their statements put through together."""
    known: dict[str, Spelled] = {}

    async def react_together(batch: Sequence[Heard], session: Session) -> None:
        statements = Statements(session, known)
        await react(batch, cast(Session, statements))
        await statements.leave()

    return react_together
