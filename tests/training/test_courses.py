"""Training's handlers on the real database, as its own role; nothing of it stays."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from deploy.local.home import Home
from services.training.courses import Course, complete_course, enrol, open_course
from services.training.demands import demands
from services.training.reactions import note_training_demand
from shared import roll
from shared.calendar import today
from shared.contracts.democracy import Category, ProposalSubmitted
from shared.contracts.membership import PersonPlaced, Spell, Stay, UnitPlaced
from shared.contracts.training import CompleteCourse, Demands, Enrol, OpenCourse
from shared.database import ReadSession, Session
from shared.facts import Heard
from shared.messages import Fact, uuid7
from shared.reacting import Reactions
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back

OFFICER = Actor("officer", uuid7(), (Grant("officer", "company"),))
LAST_YEAR = today() - timedelta(days=365)


@dataclass
class School:
    """A plant with a team, and people in both."""

    session: Session
    units: dict[str, UUID] = field(default_factory=dict)

    async def unit(self, name: str, path: str) -> None:
        self.units[name] = uuid7()
        fact = UnitPlaced(
            unit=self.units[name],
            code=f"t-{name}-{self.units[name].hex[-6:]}",
            name=name,
            kind="team",
            parent=uuid7(),
            path=path,
            plant="company/t-plant",
        )
        await roll.keep_unit(fact, self.session)

    async def code(self, name: str) -> str:
        given = {"id": self.units[name]}
        return str(await self.session.scalar(text("SELECT code FROM unit WHERE id = :id"), given))

    async def person(self, unit: str = "team", *, until: date | None = None) -> str:
        person, since = uuid7(), today() - timedelta(days=2000)
        await roll.keep_people(
            [
                PersonPlaced(
                    person=person,
                    employee=f"T{person.hex[-12:]}",
                    employed=[Spell(since=since, until=until)],
                    stays=[Stay(since=since, unit=self.units[unit], until=until)],
                )
            ],
            self.session,
        )
        return f"T{person.hex[-12:]}"

    async def open(self, actor: Actor = OFFICER, unit: str = "team", **more: Any) -> UUID:
        told = {"title": "换膜", "unit": await self.code(unit), "starts_on": today(), "seats": 2}
        return (await open_course(OpenCourse.model_validate(told | more), actor, self.session)).id

    async def enrol(self, course: UUID, employee: str, actor: Actor = OFFICER) -> None:
        await enrol(Enrol(course=course, employee=employee), actor, self.session)

    async def complete(
        self, course: UUID, employee: str, actor: Actor = OFFICER, **more: Any
    ) -> None:
        told = {"course": course, "employee": employee, "result": "passed", "score": 88} | more
        await complete_course(CompleteCourse.model_validate(told), actor, self.session)

    def stated(self) -> list[Fact]:
        facts: list[Fact] = self.session.info.get("stated", [])
        return facts


@pytest.fixture
async def school(home: Home) -> AsyncIterator[School]:
    async with rolled_back(home, "training") as session:
        school = School(session)
        await school.unit("plant", "company/t-plant")
        await school.unit("team", "company/t-plant/t-team")
        await school.unit("other", "company/t-other")
        yield school


def code_of(broken: pytest.ExceptionInfo[RuleBroken]) -> tuple[int, str]:
    return broken.value.answer.status, broken.value.answer.code


async def test_a_course_is_opened_taken_and_completed(school: School) -> None:
    worker = await school.person()
    course = await school.open()
    await school.enrol(course, worker)
    await school.complete(course, worker)
    kinds = [type(fact).__name__ for fact in school.stated()]
    assert kinds == ["CourseOpened", "CourseEnrolled", "CourseCompleted"]
    assert "88" not in school.stated()[-1].model_dump_json(exclude={"person", "course"})
    found = await school.session.execute(
        text("SELECT score, completed_on FROM enrolment WHERE course = :course"), {"course": course}
    )
    row = found.one()
    assert (row.score, row.completed_on) == (88, today())


async def test_days_past_are_accepted_and_judged_as_of_then(school: School) -> None:
    gone = await school.person(until=today() - timedelta(days=30))
    course = await school.open(starts_on=LAST_YEAR)
    await school.enrol(course, gone)
    await school.complete(course, gone, on=LAST_YEAR + timedelta(days=3))
    late = await school.open(starts_on=today() - timedelta(days=2))
    with pytest.raises(RuleBroken) as broken:
        await school.enrol(late, gone)
    assert code_of(broken) == (409, "not-employed")


async def test_no_more_seats_are_given_than_there_are(school: School) -> None:
    course = await school.open(seats=1)
    await school.enrol(course, await school.person())
    with pytest.raises(RuleBroken) as broken:
        await school.enrol(course, await school.person())
    assert code_of(broken) == (409, "full")


async def test_a_seat_is_taken_once(school: School) -> None:
    course, worker = await school.open(), await school.person()
    await school.enrol(course, worker)
    with pytest.raises(RuleBroken) as broken:
        await school.enrol(course, worker)
    assert code_of(broken) == (409, "already-enrolled")


async def test_a_course_of_a_unit_is_for_people_of_it_and_below(school: School) -> None:
    course = await school.open(unit="plant", open_to="unit")
    await school.enrol(course, await school.person("team"))
    with pytest.raises(RuleBroken) as broken:
        await school.enrol(course, await school.person("other"))
    assert code_of(broken) == (409, "not-open-to-them")


async def test_a_result_needs_a_seat_a_begun_course_and_no_earlier_result(school: School) -> None:
    worker = await school.person()
    course = await school.open(starts_on=today())
    attempts: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "not-enrolled"),
        ({"on": today() + timedelta(days=1)}, "not-yet"),
        ({"on": today() - timedelta(days=1)}, "not-begun"),
    )
    for more, code in attempts:
        with pytest.raises(RuleBroken) as broken:
            await school.complete(course, worker, **more)
        assert code_of(broken) == (409, code)
    await school.enrol(course, worker)
    await school.complete(course, worker, result="failed", score=None)
    with pytest.raises(RuleBroken) as broken:
        await school.complete(course, worker)
    assert code_of(broken) == (409, "already-completed")


async def test_a_leader_acts_for_their_own_unit_only(school: School) -> None:
    leader = Actor("leader", uuid7(), (Grant("leader", "company/t-plant/t-team"),))
    worker, stranger = await school.person("team"), await school.person("other")
    mine = await school.open(leader)
    await school.enrol(mine, worker, leader)
    await school.complete(mine, worker, leader)
    whole = await school.open(unit="plant")
    await school.enrol(whole, worker, leader)
    for attempt in (
        school.open(leader, unit="plant"),
        school.enrol(whole, stranger, leader),
        school.complete(whole, worker, leader),
    ):
        with pytest.raises(RuleBroken) as broken:
            await attempt
        assert code_of(broken) == (403, "forbidden")


async def test_what_nobody_knows_is_named(school: School) -> None:
    course = await school.open()
    for attempt, code in (
        (school.enrol(uuid7(), "T1"), "unknown-course"),
        (school.enrol(course, "nobody"), "unknown-employee"),
        (
            open_course(
                OpenCourse(title="x", unit="nowhere", starts_on=today(), seats=1),
                OFFICER,
                school.session,
            ),
            "unknown-unit",
        ),
    ):
        with pytest.raises(RuleBroken) as broken:
            await attempt
        assert code_of(broken) == (409, code)


async def test_a_proposal_that_asks_for_training_becomes_a_demand(school: School) -> None:
    for category in (Category.TRAINING, Category.SAFETY):
        fact = ProposalSubmitted(
            proposal=uuid7(),
            unit=school.units["team"],
            author=None,
            category=category,
            title="先看再练",
            body="说明",
            submitted_on=today(),
            due_on=today(),
        )
        heard = Heard(fact.aggregate, 1, fact, subject="", raw=b"")
        await Reactions([note_training_demand])([heard], school.session)
    here = Actor("officer", uuid7(), (Grant("officer", "company/t-plant"),))
    seen = await demands(Demands(), here, ReadSession(school.session))
    assert [each.title for each in seen.demands] == ["先看再练"]
    elsewhere = Actor("leader", uuid7(), (Grant("leader", "company/t-other"),))
    assert not (await demands(Demands(), elsewhere, ReadSession(school.session))).demands
    with pytest.raises(RuleBroken) as broken:
        await demands(Demands(), Actor("worker", uuid7()), ReadSession(school.session))
    assert code_of(broken) == (403, "forbidden")


@given(st.integers(1, 5), st.integers(0, 12))
def test_seats_are_never_overdrawn(seats: int, askers: int) -> None:
    course = Course(seats=seats, enrolled=0, open_to="company", starts_on=today())
    taken = 0
    for _ in range(askers):
        try:
            course.take_a_seat(roll.Placed(uuid7(), True, None, None), unit_path="company")
            taken += 1
        except RuleBroken:
            assert taken == seats
    assert course.enrolled == taken == min(seats, askers)
