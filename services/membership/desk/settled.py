"""The list of what was settled: from it a decision is found, and taken back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership import hr
from services.membership.desk.unit_choices import other_of
from services.membership.histories import events_about
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.timeline.rulings import fingerprint
from services.membership.units import known_unit
from services.membership.whereabouts import LAST, WITHIN
from services.membership.whose import WHOSE
from shared.calendar import today
from shared.contracts.hr import HrEvent
from shared.contracts.membership import Ruled, RulingListed, Rulings, RulingsOf
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

_MADE = f"""
    FROM ruling AS made
    LEFT JOIN LATERAL (
        SELECT id, decided_by, decided_at, reason FROM ruling
        WHERE takes_back = made.id OFFSET 0
    ) AS back ON true
    LEFT JOIN LATERAL (
        SELECT id FROM person WHERE id = ({WHOSE.format(number="made.employee")}) OFFSET 0
    ) AS person ON true
    LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE made.kind IS NOT NULL AND {WITHIN}
        AND (CAST(:employee AS text) IS NULL OR made.employee = :employee)
"""  # noqa: S608 - all of it is ours
COUNT = f"""
    SELECT count(*) FILTER (WHERE back.id IS NULL) AS standing, count(back.id) AS taken_back {_MADE}
"""
# Whom it is about is looked up row by row; rulings are counted in thousands.
PAGE = f"""
    SELECT made.id AS ruling, made.kind, made.employee, made.about_unit, made.event, made.over,
        made."on", made.unit, made.from_unit, made.reason, made.decided_at AS at,
        (SELECT maker.employee FROM person AS maker WHERE maker.id = made.decided_by) AS by,
        back.decided_at AS taken_back_at, back.reason AS taken_back_why,
        (SELECT taker.employee FROM person AS taker WHERE taker.id = back.decided_by)
            AS taken_back_by,
        last.code AS place, last.name AS place_name
    {_MADE}
        AND (CAST(:kind AS text) IS NULL OR made.kind = :kind)
        AND (CAST(:ruling AS uuid) IS NULL OR made.id = :ruling)
        AND (CAST(:state AS text) IS NULL OR (back.id IS NULL) = (:state = 'standing'))
        AND (CAST(:at AS timestamptz) IS NULL OR (made.decided_at, made.id) < (:at, :after))
    ORDER BY made.decided_at DESC, made.id DESC LIMIT :limit
"""  # noqa: S608


@asked(Rulings)
async def rulings(query: Rulings, actor: Actor, session: ReadSession) -> RulingsOf:
    """Within the reach of who asks, each with what HR said."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    there = {"reach": reach, "path": path, "employee": query.employee, "today": today()}
    counted = (await session.execute(text(COUNT), there)).one()
    at, after = _place(place_in(query.cursor, 2))
    asked_for = query.model_dump(include={"kind", "state", "ruling"}) | {
        "at": at,
        "after": after,
        "limit": query.limit + 1,
    }
    rows = (await session.execute(text(PAGE), there | asked_for)).all()
    shown = rows[: query.limit]
    said = await _said(shown, session)
    last = shown[-1] if len(rows) > query.limit else None
    return RulingsOf(
        items=[_listed(row, said) for row in shown],
        standing=counted.standing,
        taken_back=counted.taken_back,
        cursor=last and cursor_after(last.at.isoformat(), str(last.ruling)),
    )


def _place(told: list[str] | list[None]) -> tuple[datetime | None, UUID | None]:
    """In a cursor. Raises `RuleBroken` (404)."""
    at, after = told
    if at is None or after is None:
        return None, None
    try:
        moment, ruling = datetime.fromisoformat(at), UUID(after)
    except ValueError:
        raise unknown_cursor() from None
    if moment.tzinfo is None:
        raise unknown_cursor()
    return moment, ruling


async def _said(rows: Iterable[Any], session: ReadSession) -> dict[str, HrEvent]:
    """What HR said of whom these rulings are about, by fingerprint."""
    rows = list(rows)
    people = {row.employee for row in rows if row.employee}
    units = {row.about_unit for row in rows if row.about_unit}
    events = [event for each in (await events_about(people, session)).values() for event in each]
    if units:
        events += (await hr.history_of_units(session))[0]
    return {fingerprint(event): event for event in events}


def _listed(row: Any, said: Mapping[str, HrEvent]) -> RulingListed:
    told = {"said": _ruled(said.get(row.event)), "instead": _ruled(said.get(row.over or ""))}
    return RulingListed.model_validate(dict(row._mapping) | told)


def _ruled(event: HrEvent | None) -> Ruled | None:
    if event is None:
        return None
    named: dict[str, Any] = {
        name: getattr(event.data, name, None) for name in ("on", "unit", "from_unit")
    }
    return Ruled(type=event.type, other=other_of(event), **named)
