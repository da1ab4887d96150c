"""The views `courses` and `course`: what can be learnt, where seats are left, and, for those who
run a course, who has one."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import CURSOR, LIMIT, Order
from services.gateway.views.people import CALLED, ONE_PERSON
from services.gateway.views.rows import Reader, rows
from services.gateway.views.search import TYPED, Searched, found_in, rank_of, searched
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
    q: TYPED | None = Field(default=None, description="words in the title")
    sort: Literal["best", "newest", "soonest", "title"] | None = Field(
        default=None,
        description="what fits `q` best first, latest announced first, what begins next first, "
        "or by title; when none is given the best with `q`, else the newest",
    )
    limit: LIMIT = 50
    cursor: CURSOR | None = None

    @property
    def words(self) -> Searched | None:
        """None when there is nothing in `q` that can be searched for."""
        return searched(self.q) if self.q else None

    @property
    def order(self) -> Order:
        best = BEST if self.words else NEWEST
        return best if self.sort in (None, "best") else ORDERS[self.sort]


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
    """In the order that was asked for. `cursor` asks for what follows; null at the end."""

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
_BEGINS = "{0}.starts_on < :today, abs({0}.starts_on - CAST(:today AS date)), {0}.id"
# No collation of PostgreSQL's build knows Chinese; the bytes of GB 18030 are in the order of pinyin
# for what is written every day, and by radicals after that.
_TITLE = "convert_to({0}.title, 'GB18030'), {0}.id"
NEWEST = Order("course.id DESC", "course.id < :cursor")
BEST = Order("rank DESC, id DESC", "(rank, id) < (CAST(:key AS real), :cursor)", "rank")


def _by(places: str) -> Order:
    """Neither days nor titles move, so the id of the last row says where the page ended."""
    last = f"SELECT {places.format('last')} FROM course AS last WHERE last.id = :cursor"
    return Order(places.format("course"), f"({places.format('course')}) > ({last})")


ORDERS = {"newest": NEWEST, "soonest": _by(_BEGINS), "title": _by(_TITLE)}
_CONDITIONS = {
    "unit": "(unit.path = above.path OR starts_with(unit.path, above.path || '/'))",
    "when": "(course.starts_on >= :today) = (:when = 'coming')",
    "free": "(course.enrolled < course.seats) = :free",
    "for_path": """(course.open_to = 'company' OR :for_path = unit.path
        OR starts_with(:for_path, unit.path || '/'))""",
}
_ONE = f"""
    {_COLUMNS}, (
        SELECT coalesce(json_agg(json_build_object('employee', {CALLED}, 'result', result,
            'completed_on', completed_on) ORDER BY {CALLED}), '[]')
        FROM enrolment JOIN person ON person.id = enrolment.person {ONE_PERSON}
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
    """One statement, none when there is no word in what is searched for; `for_path`: only those
    that people of that unit may take. Raises `Problem` (404) for a cursor of another order."""
    if asked.q and not asked.words:
        return CoursesSeen(items=[], cursor=None)
    given: dict[str, Any] = {
        "unit": asked.unit,
        "when": asked.when,
        "free": asked.free,
        "for_path": for_path,
    }
    given = {name: value for name, value in given.items() if value is not None}
    where = " AND ".join(_CONDITIONS[name] for name in given) or "true"
    order, after = asked.order, "true"
    if asked.cursor:
        after = order.after
        given |= order.following(asked.cursor)
    if asked.words:
        given |= asked.words.given()
    above = "JOIN unit AS above ON above.code = :unit" if asked.unit else ""
    source = f"""
        FROM {found_in("course") if asked.words else "course"}
        JOIN unit ON unit.id = course.unit {above}
    """
    if order is BEST:
        judged = f"{_COLUMNS}, {rank_of('course')} AS rank {source} WHERE {where}"
        statement = f"SELECT * FROM ({judged}) AS judged WHERE {after}"
    else:
        statement = f"{_COLUMNS} {source} WHERE {where} AND {after}"
    statement += f" ORDER BY {order.by} LIMIT :limit"
    found = await rows(reader, statement, given | {"today": today(), "limit": asked.limit + 1})
    items, cursor = order.page(found, asked.limit)
    return CoursesSeen(items=SEEN.validate_python(items), cursor=cursor)


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
