"""What of HR's events does not fit, for an officer to settle. Nothing is dropped."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from services.membership.desk.pair_listing import how_many
from services.membership.desk.settled import COUNT as SETTLED
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.units import known_unit
from services.membership.whereabouts import LAST, WITHIN
from services.membership.whose import WHOSE
from shared.calendar import today
from shared.contracts.membership import NumberPairs, Spell, Unfit, UnfitEvent, UnfitEvents
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

# Whom it is about is looked up row by row, newest first, until a piece is full.
_OPEN = f"""
    FROM unfit
    CROSS JOIN LATERAL (
        SELECT type, heard_at, raw -> 'data' AS data FROM hr_event
        WHERE (hr_event.source, hr_event.id, hr_event.about)
            = (unfit.source, unfit.id, unfit.about)
            AND (hr_event.type LIKE 'hr.unit-%') = unfit.of_unit
        ORDER BY heard_at LIMIT 1
    ) AS event
    LEFT JOIN LATERAL (
        SELECT CASE WHEN NOT unfit.of_unit THEN coalesce((
            SELECT held.person FROM number_held AS held WHERE held.number = unfit.about
                AND held.during @> CAST(event.data ->> 'on' AS date)
        ), ({WHOSE.format(number="unfit.about")})) END AS person
    ) AS told_of ON true
    LEFT JOIN LATERAL (
        SELECT id, employee FROM person WHERE id = told_of.person OFFSET 0
    ) AS person ON true
    LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE {WITHIN} AND (CAST(:employee AS text) IS NULL OR person.employee = :employee)
"""  # noqa: S608 - all of it is ours
# What the roll says of the day that the event is about.
_INSTEAD = """
    LEFT JOIN LATERAL (
        SELECT lower(during) AS since, upper(during) AS until FROM employment
        WHERE employment.person = person.id
            AND lower(during) <= CAST(event.data ->> 'on' AS date)
        ORDER BY lower(during) DESC LIMIT 1
    ) AS work ON true
    LEFT JOIN LATERAL (
        SELECT unit.code FROM stay JOIN unit ON unit.id = stay.unit
        WHERE stay.person = person.id AND stay.during @> CAST(event.data ->> 'on' AS date)
    ) AS there ON true
"""
PAGE = f"""
    SELECT unfit.source, unfit.id, event.type, unfit.about, unfit.reason, unfit.detail,
        event.heard_at, unfit.found_at,
        person.employee, last.code AS place, last.name AS place_name,
        CAST(event.data ->> 'on' AS date) AS "on", event.data ->> 'unit' AS unit,
        event.data ->> 'from_unit' AS from_unit, unfit.of_unit,
        CASE WHEN unfit.of_unit THEN coalesce(event.data ->> 'into', event.data ->> 'parent') END
            AS other, work.since, work.until, there.code AS placed
    {_OPEN.replace(f"    WHERE {WITHIN}", f"{_INSTEAD}    WHERE {WITHIN}", 1)}
        AND (CAST(:reason AS text) IS NULL OR unfit.reason = :reason)
        AND (CAST(:found AS timestamptz) IS NULL
            OR unfit.found_at < :found OR unfit.found_at = :found
                AND (unfit.source, unfit.id, unfit.reason, unfit.about, unfit.of_unit)
                    > (:source, :id, :after_reason, :about, CAST(:of_unit AS boolean)))
    ORDER BY unfit.found_at DESC, unfit.source, unfit.id, unfit.reason, unfit.about,
        unfit.of_unit LIMIT :limit
"""
COUNT = f"SELECT unfit.reason, count(*) AS events {_OPEN} GROUP BY unfit.reason ORDER BY 1"


@asked(Unfit)
async def unfit(query: Unfit, actor: Actor, session: ReadSession) -> UnfitEvents:
    """Within the reach of who asks, with both sides in days and units."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    there = {"reach": reach, "path": path, "employee": query.employee, "today": today()}
    counted = {row.reason: row.events for row in await session.execute(text(COUNT), there)}
    settled = (await session.execute(text(SETTLED), there)).one().standing
    found, source, id, reason, about, of_unit = place_in(query.cursor, 6)
    place = {
        "found": _moment(found),
        "source": source,
        "id": id,
        "after_reason": reason,
        "about": about,
        "of_unit": None if of_unit is None else of_unit == "true",
    }
    asked_for = {"reason": query.reason, "limit": query.limit + 1}
    rows = (await session.execute(text(PAGE), there | place | asked_for)).all()
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    return UnfitEvents(
        total=sum(counted.values()),
        by_reason=counted,
        settled=settled,
        pairs=await how_many(
            NumberPairs.for_whom.held(actor), path, session, employee=query.employee
        ),
        events=[_event(row) for row in rows[: query.limit]],
        cursor=last
        and cursor_after(
            last.found_at.isoformat(),
            *last[0:2],
            last.reason,
            last.about,
            str(last.of_unit).lower(),
        ),
    )


def _moment(written: str | None) -> datetime | None:
    """In a cursor. Raises `RuleBroken` (404)."""
    try:
        moment = written and datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if written and not (moment and moment.tzinfo):
        raise unknown_cursor()
    return moment or None


def _event(row: Any) -> UnfitEvent:
    employed = Spell(since=row.since, until=row.until) if row.since else None
    return UnfitEvent.model_validate(dict(row._mapping) | {"employed": employed})
