"""The view `work`: everything that waits for a person in their posts, by the day it is due."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter

from services.gateway.views.people import CALLED, ONE_PERSON, placed
from services.gateway.views.rows import Reader, rows
from services.gateway.views.within import everything, units
from shared.calendar import today
from shared.rights import Actor, Role

Kind = Literal["answer", "visit", "result", "election"]
Sort = Literal["due", "kind"]


class WorkAsked(BaseModel):
    """In which order: what has a day first, by its day; or kind by kind, each by its day."""

    model_config = ConfigDict(extra="forbid")

    sort: Sort = "due"


class Waiting(BaseModel):
    """`answer`: a proposal without one; `visit`: a person whom the union owes a visit; `result`: a
    course that has begun, `count` of whose people have no result yet, for which nobody has set a
    day; `election`: of a union body whose term ends, `id` is the body's. `about` is a title, the
    number of the person, or the kind of the body."""

    kind: Kind
    id: UUID
    about: str
    unit: str | None
    unit_name: str | None
    since: date
    due_on: date
    overdue: bool
    count: int


_ANSWER = """
    SELECT 'answer' AS kind, proposal.id, title AS about, unit.code AS unit,
        unit.name AS unit_name, submitted_on AS since, due_on, due_on < :today AS overdue,
        1 AS count
"""
_VISIT = f"""
    SELECT 'visit', visit.id, {CALLED}, unit.code, unit.name, visit.since, visit.due_on,
        visit.due_on < :today, 1
"""
_OPEN, _DUE = "state = 'open'", "state = 'due'"
_FIRST = "ORDER BY due_on, id LIMIT :limit"
_ALL_ANSWERS = f"""
    {_ANSWER} FROM (SELECT * FROM proposal WHERE {_OPEN} {_FIRST}) AS proposal
    JOIN unit ON unit.id = proposal.unit
"""
_ANSWERS = f"""
    {_ANSWER} FROM answers AS unit CROSS JOIN LATERAL (
        SELECT id, title, submitted_on, due_on FROM proposal
        WHERE proposal.unit = unit.id AND {_OPEN} OFFSET 0
    ) AS proposal
"""
_ALL_VISITS = f"""
    {_VISIT} FROM (SELECT * FROM visit WHERE {_DUE} {_FIRST}) AS visit
    JOIN person ON person.id = visit.person {ONE_PERSON}
    LEFT JOIN LATERAL (
        SELECT unit FROM stay WHERE stay.person = coalesce(person.same_as, person.id)
            AND during @> CAST(:today AS date) OFFSET 0
    ) AS placed ON true
    LEFT JOIN unit ON unit.id = placed.unit
"""
_VISITS = f"""
    {_VISIT} FROM visits AS unit CROSS JOIN LATERAL {placed("unit", "today")} AS placed
    CROSS JOIN LATERAL (
        SELECT id, person, since, due_on FROM visit
        WHERE visit.person = placed.person AND {_DUE} OFFSET 0
    ) AS visit JOIN person ON person.id = visit.person {ONE_PERSON}
"""
_RESULTS = """
    SELECT 'result', course.id, course.title, unit.code, unit.name, course.starts_on,
        course.starts_on, false, count(*)
    FROM course JOIN {units} AS unit ON unit.id = course.unit
    JOIN enrolment ON enrolment.course = course.id
    WHERE course.starts_on <= :today AND enrolment.result IS NULL
    GROUP BY course.id, unit.code, unit.name
"""
_ELECTION = """
    SELECT 'election', election.body, election.kind, unit.code, unit.name, election.since,
        election.due_on, election.due_on < :today, 1
"""
_ALL_ELECTIONS = f"""
    {_ELECTION} FROM (SELECT * FROM election ORDER BY due_on, body LIMIT :limit) AS election
    JOIN unit ON unit.id = election.unit
"""
_ELECTIONS = f"""
    {_ELECTION} FROM elections AS unit CROSS JOIN LATERAL (
        SELECT * FROM election WHERE election.unit = unit.id OFFSET 0
    ) AS election
"""
_ORDERS = {"due": "kind = 'result', due_on, kind, id", "kind": "kind, due_on, id"}
MOST = 10_000
SEEN = TypeAdapter(list[Waiting])


def waits_for(actor: Actor) -> bool:
    """Has a post for which something can wait."""
    return bool(set(actor.roles()) & {"manager", "director", "officer", "leader", "chair"})


async def work(
    actor: Actor, reader: Reader, *, sort: Sort = "due", limit: int = MOST
) -> list[Waiting]:
    """One statement, within what the posts of who asks reach; nothing for who has none. What has a
    day comes first, by its day."""
    if not waits_for(actor):
        return []

    given = {
        "answers": _reach(actor, "manager", "director"),
        "visits": _reach(actor, "officer"),
        "results": _reach(actor, "officer", "leader"),
        "elections": _reach(actor, "officer", "chair"),
    }
    found = await rows(reader, waiting(given, sort), given | {"today": today(), "limit": limit})
    return SEEN.validate_python([dict(row) for row in found])


def _reach(actor: Actor, *roles: Role) -> list[str]:
    return [grant.at for grant in actor.grants if grant.role in roles]


def waiting(reach: Mapping[str, Collection[str]], sort: Sort = "due") -> str:
    """The statement: of answers, visits, results and elections those that lie within a reach."""
    parts = {
        "answers": _ALL_ANSWERS if everything(reach["answers"]) else _ANSWERS,
        "visits": _ALL_VISITS if everything(reach["visits"]) else _VISITS,
        "results": _RESULTS.format(units="unit" if everything(reach["results"]) else "results"),
        "elections": _ALL_ELECTIONS if everything(reach["elections"]) else _ELECTIONS,
    }
    asked = [part for part in parts if reach[part]]
    return f"""
        WITH {", ".join(units(part) for part in parts)}
        SELECT * FROM ({" UNION ALL ".join(parts[part] for part in asked)})
            AS waiting (kind, id, about, unit, unit_name, since, due_on, overdue, count)
        ORDER BY {_ORDERS[sort]} LIMIT :limit
    """
