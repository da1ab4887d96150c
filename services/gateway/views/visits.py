"""The view `visits`: who is to be visited, and until when, from welfare's facts. Nothing here
says why."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from services.gateway.audit import Entry
from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import CURSOR, LIMIT, Order
from services.gateway.views.people import CALLED, EITHER, ONE_PERSON, placed
from services.gateway.views.rows import Reader, rows, unit_path
from services.gateway.views.within import everything, narrowed, units
from shared.calendar import today
from shared.contracts.welfare import VisitDropped, VisitDue, VisitLogged, VisitOverdue
from shared.database import Session, sql
from shared.for_whom import reaching
from shared.messages import UNIT
from shared.reacting import heard
from shared.rights import Actor
from shared.rulebook import Basis


@heard(VisitDue)
async def keep_due(fact: VisitDue, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO visit (id, person, state, since, due_on, due_by, overdue)
            VALUES (:visit, :person, 'due', :since, :due_on, :due_by, false)
            ON CONFLICT (id) DO UPDATE SET state = 'due', since = excluded.since,
                due_on = excluded.due_on, due_by = excluded.due_by, overdue = false
        """),
        fact.model_dump() | {"due_by": fact.due_by and fact.due_by.model_dump_json()},
    )


@heard(VisitDropped)
async def drop(fact: VisitDropped, session: Session) -> None:
    await session.execute(sql("DELETE FROM visit WHERE id = :visit"), {"visit": fact.visit})


@heard(VisitOverdue)
async def mark_overdue(fact: VisitOverdue, session: Session) -> None:
    await session.execute(
        sql("UPDATE visit SET overdue = true WHERE id = :visit"), {"visit": fact.visit}
    )


@heard(VisitLogged)
async def keep_made(fact: VisitLogged, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO visit (id, person, state, overdue, visited_on)
            VALUES (:visit, :person, 'made', false, :on)
            ON CONFLICT (id) DO UPDATE SET state = 'made', visited_on = excluded.visited_on
        """),
        fact.model_dump(),
    )


class VisitsAsked(ViewAsked):
    """Visits within the reach of an officer. All filters hold together."""

    zh = "查看慰问"
    for_whom = reaching("officer")

    def read_by(self, actor: Actor) -> list[Entry]:
        """To be put on record before anything is told, for that somebody is to be visited hints at
        why: by the unit that is asked for, else by those from which who asks reaches downwards."""
        units = (
            [self.unit]
            if self.unit
            else [at.rpartition("/")[2] for at in sorted(set(self.for_whom.reach(actor)))]
        )
        return [Entry.by(actor, "read", "views.visits", about=unit) for unit in units]

    unit: UNIT | None = Field(default=None, description="this unit and all below it")
    state: Literal["due", "made"] | None = Field(
        default="due", description="due unless told otherwise; `made` were logged"
    )
    overdue: bool | None = None
    sort: Literal["newest", "due"] = Field(
        default="newest", description="newest first, or due first; what nothing called for last"
    )
    limit: LIMIT = 50
    cursor: CURSOR | None = None

    @property
    def order(self) -> Order:
        if self.sort == "newest":
            return NEWEST
        return DUE if self.state == "due" else ONCE_DUE


class VisitSeen(BaseModel):
    """A visit, and where the person is today. What it is about is asked of welfare
    (`visit-note`), which puts on record who asked."""

    id: UUID
    employee: str
    unit: str | None
    unit_name: str | None
    state: str
    since: date | None
    due_on: date | None
    overdue: bool
    on: date | None


class VisitOwed(BaseModel):
    """By when a visit was or is owed, and by which rule; all null for one that nothing called
    for."""

    since: date | None
    due_on: date | None
    due_by: Basis | None
    on: date | None


class VisitsSeen(BaseModel):
    """Newest first, unless asked otherwise. `cursor` asks for what follows; null at the end."""

    items: list[VisitSeen]
    cursor: str | None


class VisitCounts(BaseModel):
    """Visits of people placed in the unit or below on that day: due on it and not yet made,
    `overdue` of these, and made up to it."""

    due: int
    overdue: int
    made: int


_SEEN = f"""
    SELECT visit.id, {CALLED} AS employee, unit.code AS unit, unit.name AS unit_name,
        visit.state, visit.since, visit.due_on, visit.overdue, visit.visited_on AS on
"""


def _by_day(day: str) -> Order:
    """Days move, and what is due no longer is gone, so the cursor knows the day."""
    after = f"({day}, visit.id) > (CAST(:key AS date), :cursor)"
    return Order(f"{day}, visit.id", after, "day")


NEWEST = Order("visit.id DESC", "visit.id < :cursor")
DUE = _by_day("visit.due_on")
ONCE_DUE = _by_day("coalesce(visit.due_on, date 'infinity')")
"""Nothing called for some of those that were made. asyncpg reads and writes infinity as the last
day of Python's calendar, so that no other day may stand for it."""
_CONDITIONS = {
    "state": "visit.state = :state",
    "overdue": "(visit.overdue AND visit.state = 'due') = :overdue",
}
_ALL = f"""
    FROM (SELECT * FROM visit WHERE {{where}} ORDER BY {{by}} LIMIT :limit) AS visit
    JOIN person ON person.id = visit.person {ONE_PERSON}
    LEFT JOIN LATERAL (
        SELECT unit FROM stay WHERE stay.person = coalesce(person.same_as, person.id)
            AND during @> CAST(:on AS date) OFFSET 0
    ) AS placed ON true
    LEFT JOIN unit ON unit.id = placed.unit
"""
_WITHIN = f"""
    FROM within AS unit CROSS JOIN LATERAL {placed("unit", "on")} AS placed CROSS JOIN LATERAL (
        SELECT * FROM visit WHERE visit.person = placed.person AND {{where}} OFFSET 0
    ) AS visit JOIN person ON person.id = visit.person {ONE_PERSON}
"""
# Unit by unit and person by person, for the reason said in `plant.py`.
VISIT_COUNTS = f"""
    SELECT count(*) FILTER (WHERE owed) AS due,
        count(*) FILTER (WHERE owed AND due_on < :on) AS overdue,
        count(*) FILTER (WHERE visited_on <= :on) AS made
    FROM (
        SELECT due_on, visited_on,
            since <= :on AND (visited_on IS NULL OR visited_on > :on) AS owed
        FROM below CROSS JOIN LATERAL {placed("below", "on")} AS placed CROSS JOIN LATERAL (
            SELECT since, due_on, visited_on FROM visit WHERE visit.person = placed.person OFFSET 0
        ) AS theirs
    ) AS known
"""
"""`VisitCounts` of the units in `below`, as of the day `:on`."""
_OWED = "SELECT since, due_on, due_by, visited_on AS on FROM visit WHERE id = :visit"
_DAYS = f"""
    SELECT visited_on FROM visit WHERE person = ANY({EITHER}) AND state = 'made'
    ORDER BY visited_on DESC, id DESC LIMIT 200
"""
SEEN = TypeAdapter(list[VisitSeen])


async def visits(asked: VisitsAsked, actor: Actor, reader: Reader) -> VisitsSeen:
    """Of people within reach. Raises `RuleBroken` (403), `Problem` (404, also for a cursor of
    another order)."""
    reach = asked.for_whom.reach(actor)
    if asked.unit:
        path = await unit_path(asked.unit, reader)
        if path is None:
            raise Problem(404, "unknown-unit", f"there is no unit with the code {asked.unit}")
        reach = narrowed(reach, path)
    given: dict[str, Any] = {
        "state": asked.state,
        "overdue": asked.overdue,
    }
    given = {name: value for name, value in given.items() if value is not None}
    conditions = [_CONDITIONS[name] for name in given]
    order = asked.order
    if asked.cursor:
        conditions.append(order.after)
        given |= order.following(asked.cursor)
    where = " AND ".join(conditions) or "true"
    below = "" if everything(reach) else f"WITH {units('within')}"
    source = (_ALL if everything(reach) else _WITHIN).format(where=where, by=order.by)
    found = await rows(
        reader,
        f"""
            {below} {_SEEN}, coalesce(visit.due_on, date 'infinity') AS day {source}
            ORDER BY {order.by} LIMIT :limit
        """,
        given | {"on": today(), "within": reach, "limit": asked.limit + 1},
    )
    items, cursor = order.page(found, asked.limit)
    return VisitsSeen(items=SEEN.validate_python(items), cursor=cursor)


async def visit_owed(visit: UUID, reader: Reader) -> VisitOwed | None:
    """None while the view does not know it. Whoever calls has asked its owner for the right."""
    for row in await rows(reader, _OWED, {"visit": visit}):
        return VisitOwed.model_validate(dict(row))
    return None


async def visit_days(person: UUID, reader: Reader) -> list[date]:
    """On which days a person was visited, newest first; that it happened, not why."""
    return [row["visited_on"] for row in await rows(reader, _DAYS, {"person": person})]
