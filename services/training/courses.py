"""培训: courses, from being announced to being completed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.training.tables import Table
from shared import roll
from shared.calendar import today
from shared.contracts.training import (
    CompleteCourse,
    CourseCompleted,
    CourseEnrolled,
    CourseOpened,
    Enrol,
    OpenCourse,
)
from shared.database import Session, locked
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.outbox import state
from shared.rights import Actor, RuleBroken

# ---------------------------------------------------------------------------------- tables


class Course(Table):
    """A course; `enrolled` counts its enrolments and never passes `seats`."""

    __tablename__ = "course"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit: Mapped[UUID]
    title: Mapped[str]
    starts_on: Mapped[date]
    seats: Mapped[int]
    open_to: Mapped[str]
    enrolled: Mapped[int]
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def take_a_seat(self, person: roll.Placed, *, unit_path: str) -> None:
        """Raises `RuleBroken` (409) when the person may not, or nothing is left."""
        if not person.employed:
            raise RuleBroken(
                "not-employed", "this person was not employed at that time", field="employee"
            )
        below = f"{person.path}/".startswith(f"{unit_path}/")
        if self.open_to == "unit" and not below:
            raise RuleBroken(
                "not-open-to-them", "this course is for people of its own unit", field="employee"
            )
        if self.enrolled >= self.seats:
            raise RuleBroken(
                "full", f"all {self.seats} seats are taken; open a further course", field="course"
            )
        self.enrolled += 1

    def must_have_begun(self, on: date) -> None:
        if on < self.starts_on:
            raise RuleBroken(
                "not-begun", f"this course begins on {self.starts_on}, after {on}", field="on"
            )


# ---------------------------------------------------------------------------------- commands


@asked(OpenCourse)
async def open_course(command: OpenCourse, actor: Actor, session: Session) -> Accepted:
    """A course is announced: people can be given seats from here on."""
    unit = await roll.unit_coded(command.unit, session)
    command.for_whom.must_include(actor, at=unit.path)
    told: dict[str, Any] = command.model_dump(include={"title", "starts_on", "seats", "open_to"})
    course = Course(id=uuid7(), unit=unit.id, enrolled=0, **told)
    session.add(course)
    await session.flush()
    state(session, CourseOpened(course=course.id, unit=unit.id, **told))
    return Accepted(id=course.id)


@asked(Enrol)
async def enrol(command: Enrol, actor: Actor, session: Session) -> Accepted:
    """A person gets a seat. Who was there counts on the first day, for courses of the past too."""
    course = await locked(session, Course, command.course)
    first_day = min(course.starts_on, today())
    person = await roll.employee(command.employee, session, on=first_day)
    command.for_whom.must_include(actor, at=person.place())
    if await _enrolment(course.id, person.person, session):
        raise RuleBroken("already-enrolled", "this person has a seat already", field="employee")
    course.take_a_seat(person, unit_path=await roll.unit_path(session, course.unit))
    await session.execute(
        text("INSERT INTO enrolment (course, person) VALUES (:course, :person)"),
        {"course": course.id, "person": person.person},
    )
    state(session, CourseEnrolled(course=course.id, person=person.person, enrolled=course.enrolled))
    return Accepted(id=course.id)


@asked(CompleteCourse)
async def complete_course(command: CompleteCourse, actor: Actor, session: Session) -> Accepted:
    """How a person ended the course is entered, once. The score stays here."""
    course = await locked(session, Course, command.course)
    command.for_whom.must_include(actor, at=await roll.unit_path(session, course.unit))
    on = command.on or today()
    if on > today():
        raise RuleBroken("not-yet", "a result is entered on its day or later", field="on")
    course.must_have_begun(on)
    person = await roll.employee(command.employee, session, on=on)
    seat = await _enrolment(course.id, person.person, session)
    if seat is None:
        raise RuleBroken("not-enrolled", "this person has no seat; enrol them first")
    if seat.result is not None:
        raise RuleBroken(
            "already-completed", f"this person has {seat.result} it on {seat.completed_on}"
        )
    await session.execute(
        text("""
            UPDATE enrolment SET result = :result, score = :score, completed_on = :on
            WHERE course = :course AND person = :person
        """),
        {
            "course": course.id,
            "person": seat.person,
            "result": command.result,
            "score": command.score,
            "on": on,
        },
    )
    state(
        session,
        CourseCompleted(course=course.id, person=seat.person, result=command.result, on=on),
    )
    return Accepted(id=course.id)


async def _enrolment(course: UUID, person: UUID, session: Session) -> Any:
    """The seat, under whichever of their ids it was given."""
    found = await session.execute(
        text("""
            SELECT person, result, completed_on FROM enrolment
            WHERE course = :course AND person = ANY(:ids)
            ORDER BY result IS NOT NULL, person = :person DESC LIMIT 1
        """),
        {"course": course, "person": person, "ids": await roll.ids_of(person, session)},
    )
    return found.one_or_none()
