"""The view `person`: post, membership, courses, visits and open-name proposals of one employee."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.courses import CourseTaken, courses_of
from services.gateway.views.paging import CURSOR, LIMIT
from services.gateway.views.people import EITHER
from services.gateway.views.proposals import ProposalsAsked, ProposalSeen, proposals
from services.gateway.views.rows import Reader, rows
from services.gateway.views.visits import visit_days
from shared.calendar import today
from shared.for_whom import COMPANY, oneself_or_there
from shared.messages import EMPLOYEE
from shared.rights import Actor


class PersonAsked(ViewAsked):
    """Whose page: an employee number."""

    zh = "查看个人情况"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )

    employee: EMPLOYEE
    limit: LIMIT = 50
    cursor: CURSOR | None = None


class PostHeld(BaseModel):
    role: str
    unit: str


class PersonSeen(BaseModel):
    """As of today. `name` comes from the roll itself and is null while membership is away.
    `proposals` are those under an open name; a hidden name is on no page."""

    person: UUID
    employee: str
    name: str | None = None
    employed: bool
    unit: str | None
    unit_name: str | None
    post: str | None
    member_since: date | None
    kept_since: date | None = Field(description="since when a member without a vote")
    posts: list[PostHeld]
    courses: list[CourseTaken]
    visits: list[date] = Field(description="days on which the union came to see them")
    proposals: list[ProposalSeen]
    cursor: Annotated[str | None, Field(description="asks for older proposals")]


_PERSON = """
    SELECT person.id AS person, person.employee,
        person.employed @> CAST(:today AS date) AS employed,
        person.member_since, person.kept_since,
        unit.code AS unit, unit.name AS unit_name, unit.path, stay.post
    FROM person
    LEFT JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
    LEFT JOIN unit ON unit.id = stay.unit
    WHERE person.id = (
        SELECT coalesce(same_as, id) FROM person AS called WHERE called.employee = :employee)
"""
_POSTS = f"""
    SELECT post.role, unit.code AS unit FROM post JOIN unit ON unit.id = post.unit
    WHERE post.person = ANY({EITHER}) AND post.during @> CAST(:today AS date)
    ORDER BY unit.path, post.role
"""


async def person_page(asked: PersonAsked, actor: Actor, reader: Reader) -> PersonSeen:
    """Raises `RuleBroken` (403), `Problem` (404)."""
    given: dict[str, Any] = {"today": today(), "employee": asked.employee}
    found = await rows(reader, _PERSON, given)
    row = dict(found[0]) if found else None
    whose = row["person"] if row else None
    asked.for_whom.must_include(actor, at=(row and row["path"]) or COMPANY, whose=whose)
    if row is None:
        raise Problem(404, "unknown-employee", f"nobody has the number {asked.employee}")
    posts = await rows(reader, _POSTS, {"person": row["person"], "today": today()})
    theirs = await proposals(
        ProposalsAsked(limit=asked.limit, cursor=asked.cursor), reader, author=row["person"]
    )
    return PersonSeen(
        **{key: row[key] for key in row if key != "path"},
        posts=[PostHeld(role=post["role"], unit=post["unit"]) for post in posts],
        courses=await courses_of(row["person"], reader),
        visits=await visit_days(row["person"], reader),
        proposals=theirs.items,
        cursor=theirs.cursor,
    )
