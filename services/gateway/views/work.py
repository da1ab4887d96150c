"""The view `work`: everything that waits for a person in their posts, by the day it is due."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from services.gateway.views.rows import Reader, rows
from shared.calendar import today
from shared.rights import Actor, Role

Kind = Literal["answer", "visit", "result"]


class Waiting(BaseModel):
    """`answer`: a proposal without one; `visit`: a person whom the union owes a visit; `result`: a
    course that has begun, `count` of whose people have no result yet, for which nobody has set a
    day. `about` is a title, or the number of the person."""

    kind: Kind
    id: UUID
    about: str
    unit: str | None
    unit_name: str | None
    since: date
    due_on: date
    overdue: bool
    count: int


_WITHIN = """
    EXISTS (SELECT FROM unnest(CAST(:{reach} AS text[])) AS above (path)
            WHERE {path} = above.path OR starts_with({path}, above.path || '/'))
"""
WAITING = f"""
    SELECT * FROM (
        SELECT 'answer' AS kind, proposal.id, title AS about, unit.code AS unit,
            unit.name AS unit_name, submitted_on AS since, due_on, due_on < :today AS overdue,
            1 AS count
        FROM proposal JOIN unit ON unit.id = proposal.unit
        WHERE state = 'open' AND {_WITHIN.format(reach="answers", path="unit.path")}
        UNION ALL
        SELECT 'visit', visit.id, person.employee, unit.code, unit.name, visit.since, visit.due_on,
            visit.due_on < :today, 1
        FROM visit JOIN person ON person.id = visit.person
        LEFT JOIN stay ON stay.person = visit.person AND stay.during @> CAST(:today AS date)
        LEFT JOIN unit ON unit.id = stay.unit
        WHERE state = 'due'
            AND {_WITHIN.format(reach="visits", path="coalesce(unit.path, 'company')")}
        UNION ALL
        SELECT 'result', course.id, course.title, unit.code, unit.name, course.starts_on,
            course.starts_on, false, count(*)
        FROM course JOIN unit ON unit.id = course.unit
        JOIN enrolment ON enrolment.course = course.id
        WHERE course.starts_on <= :today AND enrolment.result IS NULL
            AND {_WITHIN.format(reach="results", path="unit.path")}
        GROUP BY course.id, unit.id
    ) AS waiting ORDER BY kind = 'result', due_on, kind, id LIMIT :limit
"""  # noqa: S608 - all of it is ours
MOST = 10_000
SEEN = TypeAdapter(list[Waiting])


def waits_for(actor: Actor) -> bool:
    """Has a post for which something can wait."""
    return bool(set(actor.roles()) & {"manager", "director", "officer", "leader"})


async def work(actor: Actor, reader: Reader, *, limit: int = MOST) -> list[Waiting]:
    """One statement, within what the posts of who asks reach; nothing for who has none. What has a
    day comes first, by its day."""
    if not waits_for(actor):
        return []

    def reach(*roles: Role) -> list[str]:
        return [grant.at for grant in actor.grants if grant.role in roles]

    found = await rows(
        reader,
        WAITING,
        {
            "today": today(),
            "answers": reach("manager", "director"),
            "visits": reach("officer"),
            "results": reach("officer", "leader"),
            "limit": limit,
        },
    )
    return SEEN.validate_python([dict(row) for row in found])
