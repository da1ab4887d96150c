"""Courses and who took them, from training's facts."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.gateway.views.lexemes import vector
from services.gateway.views.people import EITHER
from services.gateway.views.rows import Reader, rows
from shared.contracts.training import CourseCompleted, CourseEnrolled, CourseOpened
from shared.database import Session, sql
from shared.reacting import heard


@heard(CourseOpened)
async def keep_course(fact: CourseOpened, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO course (id, unit, title, starts_on, seats, open_to, enrolled, opened_at,
                words)
            VALUES (:course, :unit, :title, :starts_on, :seats, :open_to, 0, :at,
                CAST(:words AS tsvector))
        """),
        fact.model_dump() | {"at": fact.time, "words": words_of_course(fact.title)},
    )


def words_of_course(title: str) -> str:
    """What it is found by."""
    return vector((title, "A"))


@heard(CourseEnrolled)
async def keep_seat(fact: CourseEnrolled, session: Session) -> None:
    await session.execute(
        sql("""
            WITH counted AS (UPDATE course SET enrolled = :enrolled WHERE id = :course)
            INSERT INTO enrolment (course, person, enrolled_at) VALUES (:course, :person, :at)
        """),
        fact.model_dump() | {"at": fact.time},
    )


@heard(CourseCompleted)
async def keep_result(fact: CourseCompleted, session: Session) -> None:
    await session.execute(
        sql("""
            UPDATE enrolment SET result = :result, completed_on = :on, completed_at = :at
            WHERE course = :course AND person = :person
        """),
        fact.model_dump() | {"at": fact.time},
    )


class CourseTaken(BaseModel):
    """A course that a person takes or took; `result` is null until it is completed."""

    id: UUID
    title: str
    unit: str
    starts_on: date
    result: str | None
    completed_on: date | None


class CourseCounts(BaseModel):
    """Courses of the unit and below that had begun by the end of the day, seats taken in them,
    and results entered for days up to it."""

    begun: int
    enrolled: int
    completed: int
    passed: int


_TAKEN = f"""
    SELECT course.id, course.title, unit.code AS unit, course.starts_on, result, completed_on
    FROM enrolment JOIN course ON course.id = enrolment.course JOIN unit ON unit.id = course.unit
    WHERE enrolment.person = ANY({EITHER})
    ORDER BY course.starts_on DESC, course.id DESC LIMIT 200
"""
COURSE_COUNTS = """
    SELECT count(DISTINCT course.id) AS begun, count(enrolment.person) AS enrolled,
        count(*) FILTER (WHERE completed_on <= :on) AS completed,
        count(*) FILTER (WHERE completed_on <= :on AND result = 'passed') AS passed
    FROM below CROSS JOIN LATERAL (
        SELECT id FROM course WHERE course.unit = below.id AND course.starts_on <= :on OFFSET 0
    ) AS course
    LEFT JOIN enrolment ON enrolment.course = course.id
"""
"""`CourseCounts` of the units in `below`, as of the day `:on`."""


async def courses_of(person: UUID, reader: Reader) -> list[CourseTaken]:
    """Newest first."""
    found = await rows(reader, _TAKEN, {"person": person})
    return [CourseTaken.model_validate(dict(row)) for row in found]
