"""The views `courses` and `course`: what can be learnt, where seats are left, and, for those who
run a course, who has one."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import CURSOR, LIMIT, Cursor
from services.gateway.views.rows import Reader, rows
from shared.calendar import today
from shared.for_whom import SIGNED_IN
from shared.messages import UNIT
from shared.rights import Actor


class CoursesAsked(ViewAsked):
    """What of the courses is wanted. All filters hold together."""

    zh = "查看培训"
    for_whom = SIGNED_IN

    unit: UNIT | None = Field(default=None, description="held by this unit or one below it")
    when: Literal["coming", "begun"] | None = None
    free: bool | None = Field(default=None, description="with seats left, or without")
    limit: LIMIT = 50
    cursor: CURSOR | None = None


class CourseSeen(BaseModel):
    """A course as everyone signed in may see it: how many seats are taken, not by whom."""

    id: UUID
    title: str
    unit: str
    unit_name: str
    starts_on: date
    seats: int
    enrolled: int
    open_to: str


class CoursesSeen(BaseModel):
    """Latest announced first. `cursor` asks for what follows; null at the end."""

    items: list[CourseSeen]
    cursor: str | None


class SeatSeen(BaseModel):
    """Who has a seat; `result` is null until it is entered."""

    employee: str
    result: str | None
    completed_on: date | None


class CourseWhole(CourseSeen):
    """`people` is null for those who do not run the course; `mine` is one's own seat."""

    path: str
    people: list[SeatSeen] | None
    mine: SeatSeen | None


_COLUMNS = """
    SELECT course.id, course.title, unit.code AS unit, unit.name AS unit_name, course.starts_on,
        course.seats, course.enrolled, course.open_to, unit.path
"""
_CONDITIONS = {
    "unit": "(unit.path = above.path OR starts_with(unit.path, above.path || '/'))",
    "when": "(course.starts_on >= :today) = (:when = 'coming')",
    "free": "(course.enrolled < course.seats) = :free",
    "cursor": "course.id < :cursor",
    "for_path": """(course.open_to = 'company' OR :for_path = unit.path
        OR starts_with(:for_path, unit.path || '/'))""",
}
_ONE = f"""
    {_COLUMNS}, (
        SELECT coalesce(json_agg(json_build_object('employee', person.employee,
            'result', result, 'completed_on', completed_on) ORDER BY person.employee), '[]')
        FROM enrolment JOIN person ON person.id = enrolment.person
        WHERE enrolment.course = course.id
    ) AS people, (
        SELECT person.employee FROM person WHERE person.id = :person
    ) AS oneself
    FROM course JOIN unit ON unit.id = course.unit WHERE course.id = :course
"""
SEEN = TypeAdapter(list[CourseSeen])


async def courses(
    asked: CoursesAsked, reader: Reader, *, for_path: Annotated[str | None, "a unit's path"] = None
) -> CoursesSeen:
    """One statement; `for_path`: only those that people of that unit may take."""
    given: dict[str, Any] = {
        "unit": asked.unit,
        "when": asked.when,
        "free": asked.free,
        "cursor": asked.cursor and asked.cursor.id,
        "for_path": for_path,
    }
    given = {name: value for name, value in given.items() if value is not None}
    where = " AND ".join(_CONDITIONS[name] for name in given) or "true"
    above = "JOIN unit AS above ON above.code = :unit" if asked.unit else ""
    found = await rows(
        reader,
        f"""
            {_COLUMNS} FROM course JOIN unit ON unit.id = course.unit {above}
            WHERE {where} ORDER BY course.id DESC LIMIT :limit
        """,
        given | {"today": today(), "limit": asked.limit + 1},
    )
    items = SEEN.validate_python([dict(row) for row in found])
    more = len(items) > asked.limit
    items = items[: asked.limit]
    return CoursesSeen(items=items, cursor=str(Cursor(id=items[-1].id)) if more else None)


async def course_page(course: UUID, actor: Actor, reader: Reader) -> CourseWhole:
    """One statement. Everyone sees the course; its people are for officers and leaders of its
    unit. Raises `Problem` (404)."""
    found = await rows(reader, _ONE, {"course": course, "person": actor.person})
    if not found:
        raise Problem(404, "unknown-course", f"there is no course with the id {course}")
    row = dict(found[0])
    people = [SeatSeen.model_validate(seat) for seat in row.pop("people")]
    oneself = row.pop("oneself")
    runs = actor.is_any("officer", "leader", at=row["path"])
    mine = next((seat for seat in people if oneself and seat.employee == oneself), None)
    return CourseWhole(**row, people=people if runs else None, mine=mine)
