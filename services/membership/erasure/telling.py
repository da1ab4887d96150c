"""How it stands with erasures: one person's, and those within somebody's reach."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.erasure.obstacles import obstacles
from services.membership.erasure.rules import cited, waits_days
from services.membership.on_paper import must_look_after
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.units import known_unit
from services.membership.whereabouts import LAST
from shared.calendar import today
from shared.contracts.membership import (
    ErasureEntry,
    ErasureOf,
    Erasures,
    ErasureSeen,
    ErasuresOf,
    ErasuresWaiting,
    ErasuresWaitingOf,
)
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor

STATE = """
    CASE WHEN erasure.id IS NULL THEN 'none' WHEN done_on IS NOT NULL THEN 'done'
        WHEN withdrawn_on IS NOT NULL THEN 'withdrawn'
        WHEN granted_on IS NOT NULL THEN 'granted' ELSE 'asked' END
"""
_MAY_GRANT = """
    (granted_on IS NULL AND withdrawn_on IS NULL AND done_on IS NULL AND asked_by <> :signature
        AND erasure.person IS DISTINCT FROM CAST(:oneself AS uuid))
"""
"""As `grant_erasure` has it: neither who asked for it nor whose it is."""
_NEWEST = text(f"""
    SELECT erasure.id AS erasure, {STATE} AS state, by_themselves, asked_on, granted_on, due_on,
        erasure.id IS NOT NULL AND {_MAY_GRANT} AS may_grant
    FROM person LEFT JOIN LATERAL (
        SELECT * FROM erasure WHERE erasure.person = person.id ORDER BY id DESC LIMIT 1
    ) AS erasure ON true
    WHERE person.id = :person
""")  # noqa: S608 - all of it is ours
_WITHIN = f"""
    EXISTS (
        SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
        WHERE coalesce(last.path, '{COMPANY}') = above.path
            OR starts_with(last.path, above.path || '/')
    ) AND (:path = '{COMPANY}' OR last.path = :path OR starts_with(last.path, :path || '/'))
"""
LISTED = f"""
    SELECT erasure.id AS erasure, erasure.person, person.employee, person.name, last.code AS unit,
        {STATE} AS state, by_themselves, asked_on, due_on, done_on, {_MAY_GRANT} AS may_grant,
        coalesce(stopped_for, '{{}}') AS stopped_for
    FROM erasure JOIN person ON person.id = erasure.person
    LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE {_WITHIN}
        AND (CAST(:state AS text) IS NULL OR {STATE} = :state)
        AND (CAST(:after AS uuid) IS NULL OR erasure.id < :after)
    ORDER BY erasure.id DESC LIMIT :limit
"""  # noqa: S608
WAITING = f"""
    SELECT count(*) FROM erasure JOIN person ON person.id = erasure.person
    LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE {_MAY_GRANT} AND {_WITHIN}
"""  # noqa: S608


@asked(ErasureOf)
async def erasure_of(query: ErasureOf, actor: Actor, session: ReadSession) -> ErasureSeen:
    """The newest, and what would be in the way today."""
    person = await must_look_after(query.employee, query.for_whom, actor, session, status=404)
    row = (await session.execute(_NEWEST, {"person": person, **_who(actor)})).one()
    on = today()
    return ErasureSeen(
        person=person,
        employee=query.employee,
        **row._mapping,
        obstacles=await obstacles(person, on, session),
        waits_days=waits_days(on),
        by=cited(on),
    )


@asked(Erasures)
async def erasures(query: Erasures, actor: Actor, session: ReadSession) -> ErasuresOf:
    """Newest first, within the reach of who asks."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    (last,) = place_in(query.cursor, 1)
    after = _erasure(last)
    where = {"reach": reach, "path": path, "today": today(), **_who(actor)}
    piece = {"state": query.state, "after": after, "limit": query.limit + 1}
    rows = (await session.execute(text(LISTED), where | piece)).all()
    found = rows[: query.limit]
    return ErasuresOf(
        waiting=await session.scalar(text(WAITING), where) or 0,
        items=[ErasureEntry.model_validate(row, from_attributes=True) for row in found],
        cursor=cursor_after(str(found[-1].erasure)) if len(rows) > query.limit else None,
    )


@asked(ErasuresWaiting)
async def erasures_waiting(
    query: ErasuresWaiting, actor: Actor, session: ReadSession
) -> ErasuresWaitingOf:
    """For whoever looks at what is to do: nobody is read about by it."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    where = {"reach": reach, "path": path, "today": today(), **_who(actor)}
    return ErasuresWaitingOf(waiting=await session.scalar(text(WAITING), where) or 0)


def _who(actor: Actor) -> dict[str, Any]:
    return {"signature": actor.signature, "oneself": actor.person}


def _erasure(written: str | None) -> UUID | None:
    """In a cursor. Raises `RuleBroken` (404)."""
    try:
        return UUID(written) if written else None
    except ValueError:
        raise unknown_cursor() from None
