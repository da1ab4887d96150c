"""How far each history was applied: the inbox, one row an aggregate and owner of its facts.

A row with an empty owner is from before owners were kept; it counts for whoever the owner is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from shared.facts import Heard

History = tuple[str, Any]
"""Owner and aggregate."""

_LAST = """
    SELECT asked.owner, asked.aggregate, heard.last
    FROM unnest(CAST($1 AS text[]), CAST($2 AS uuid[])) AS asked (owner, aggregate)
    CROSS JOIN LATERAL (
        SELECT max(position.last) AS last FROM position
        WHERE position.aggregate = asked.aggregate AND position.owner IN (asked.owner, '')
    ) AS heard
"""
_WAITING = """
    SELECT DISTINCT owner, aggregate FROM held WHERE stream = $1 AND aggregate = ANY($2)
"""
_MOVE = """
    INSERT INTO position (owner, aggregate, last)
    SELECT * FROM unnest(CAST($1 AS text[]), CAST($2 AS uuid[]), CAST($3 AS bigint[])) ORDER BY 2, 1
    ON CONFLICT (aggregate, owner) DO UPDATE SET last = excluded.last
"""
_CLAIM = """
    WITH told AS (
        SELECT * FROM unnest(CAST($2 AS text[]), CAST($3 AS uuid[]), CAST($4 AS bigint[]),
            CAST($5 AS bigint[])) AS told (owner, aggregate, before, last)
    ), ordinary AS (
        SELECT bool_and(told.before = coalesce(heard.last, 0)) AND NOT EXISTS (
            SELECT FROM held JOIN told AS same
                ON held.aggregate = CAST(same.aggregate AS text) AND held.owner = same.owner
            WHERE held.stream = $1
        ) AS all_of_it
        FROM told LEFT JOIN LATERAL (
            SELECT max(position.last) AS last FROM position
            WHERE position.aggregate = told.aggregate AND position.owner IN (told.owner, '')
        ) AS heard ON true
    )
    INSERT INTO position (owner, aggregate, last)
    SELECT owner, aggregate, last FROM told, ordinary WHERE all_of_it ORDER BY 2, 1
    ON CONFLICT (aggregate, owner) DO UPDATE SET last = excluded.last
    RETURNING true
"""


MANY = 50
"""From so many on, a plan for what is there now is worth its making."""


async def _fetch(
    driver: asyncpg.Connection, statement: str, histories: int, *given: Any
) -> list[asyncpg.Record]:
    """A plan that is kept was made for the tables as they were. A flood may come when they were all
    but empty: then the whole of them would be read for each of a thousand histories, until
    PostgreSQL has looked at them again."""
    if histories < MANY:
        return await driver.fetch(statement, *given)
    return await (await driver.prepare(statement)).fetch(*given)


class Step(NamedTuple):
    """A batch takes a history on from `before` to `last`."""

    before: int
    last: int


def steps(batch: Iterable[Heard]) -> Mapping[History, Step] | None:
    """How far the batch takes each history; None when something in it is out of the ordinary."""
    found: dict[History, Step] = {}
    for one in batch:
        if one.problem or not one.numbered:
            return None
        before, last = found.get(one.history, (one.sequence - 1, one.sequence - 1))
        if one.sequence != last + 1:
            return None
        found[one.history] = Step(before, one.sequence)
    return found


async def claim(driver: asyncpg.Connection, stream: str, taken: Mapping[History, Step]) -> bool:
    """Moves all of them at once, if each is where its step begins and nothing of it is held. False
    when not; then none was moved."""
    moved = await _fetch(
        driver,
        _CLAIM,
        len(taken),
        stream,
        [owner for owner, _ in taken],
        [aggregate for _, aggregate in taken],
        [step.before for step in taken.values()],
        [step.last for step in taken.values()],
    )
    return bool(moved)


async def known(
    driver: asyncpg.Connection, stream: str, histories: Collection[History]
) -> tuple[dict[History, int], set[History]]:
    """How far each history was applied, and which of them have something held."""
    names = [str(aggregate) for _, aggregate in histories]
    held = {tuple(row) for row in await driver.fetch(_WAITING, stream, names)}
    waiting = {one for one in histories if (one[0], str(one[1])) in held} if held else set()
    # Of what counts nothing there is no place: it is known by a name of its own.
    counted = [one for one in histories if isinstance(one[1], UUID)]
    if not counted:
        return {}, waiting
    asked = [owner for owner, _ in counted], [aggregate for _, aggregate in counted]
    rows = await _fetch(driver, _LAST, len(counted), *asked)
    last = {(row["owner"], row["aggregate"]): row["last"] or 0 for row in rows}
    return last, waiting


async def move(driver: asyncpg.Connection, applied: Sequence[Heard]) -> None:
    """The last of each history that was applied is where it stands now."""
    moved = {one.history: one.sequence for one in applied if one.numbered}
    if moved:
        await driver.execute(
            _MOVE,
            [owner for owner, _ in moved],
            [aggregate for _, aggregate in moved],
            list(moved.values()),
        )
