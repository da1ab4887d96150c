"""Welfare's rules and handlers on the real database, as its own role; nothing of it stays."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from deploy.local.home import Home
from services.welfare.clock import visit_is_overdue
from services.welfare.notes import visit_note, visit_readings
from services.welfare.reactions import owe_visits, withdraw_visit
from services.welfare.visits import VISIT_DUE, Owed, Visit, log_visit, occasion_of
from shared import roll
from shared.calendar import midnight, today
from shared.contracts.membership import (
    LeaveStarted,
    LeaveWithdrawn,
    PersonPlaced,
    Spell,
    Stay,
    UnitPlaced,
)
from shared.contracts.welfare import LogVisit, VisitNote, VisitNoteOf, VisitReadings
from shared.database import ReadSession, Session
from shared.messages import Fact, uuid7
from shared.rights import Actor, Grant, RuleBroken
from shared.sealing import decrypt
from tests.conftest import rolled_back

OFFICER = Actor("w-officer", uuid7(), (Grant("officer", "company/w-plant"),))
COMPANY = Actor("w-company", uuid7(), (Grant("officer", "company"),))
STRANGER = Actor("w-stranger", uuid7(), (Grant("officer", "company/w-other"),))
SECRET = "胃癌住院，家里缺钱"


@dataclass
class Care:
    session: Session
    unit: UUID

    async def person(self) -> tuple[UUID, str]:
        person, since = uuid7(), today() - timedelta(days=900)
        number = f"W{person.hex[-12:]}"
        await roll.keep_people(
            [
                PersonPlaced(
                    person=person,
                    employee=number,
                    employed=[Spell(since=since)],
                    stays=[Stay(since=since, unit=self.unit)],
                )
            ],
            self.session,
        )
        return person, number

    async def leave(self, person: UUID, **more: Any) -> UUID:
        told: dict[str, Any] = {"leave": uuid7(), "kind": "sick", "since": today(), "until": None}
        fact = LeaveStarted.model_validate(told | more | {"person": person})
        await owe_visits([fact], self.session)
        return fact.leave

    async def visit_for(self, leave: UUID) -> Visit | None:
        found: Visit | None = await self.session.scalar(select(Visit).where(Visit.leave == leave))
        return found

    async def log(self, employee: str, actor: Actor = OFFICER, **more: Any) -> UUID:
        _, visitor = await self.person()
        told = {
            "employee": employee,
            "occasion": "hospital",
            "on": today(),
            "visitors": [visitor],
            "note": SECRET,
        }
        command = LogVisit.model_validate(told | more)
        return (await log_visit(command, actor, self.session)).id

    async def read(self, visit: UUID, actor: Actor = OFFICER) -> VisitNoteOf:
        return await visit_note(VisitNote(visit=visit), actor, self.session)

    def stated(self) -> list[Fact]:
        facts: list[Fact] = self.session.info.get("stated", [])
        return facts

    async def due_at(self, visit: UUID) -> datetime | None:
        """When the visit falls due, written already or about to be."""
        waiting: datetime | None = self.session.info.get("due", {}).get((VISIT_DUE, str(visit)))
        if waiting:
            return waiting
        found: datetime | None = await self.session.scalar(
            text("SELECT at FROM due WHERE what = :what AND key = :key"),
            {"what": VISIT_DUE, "key": str(visit)},
        )
        return found


@pytest.fixture
async def care(home: Home) -> AsyncIterator[Care]:
    async with rolled_back(home, "welfare") as session:
        unit = uuid7()
        await roll.keep_unit(
            UnitPlaced(
                unit=unit,
                code=f"w-{unit.hex[-8:]}",
                name="一班",
                kind="team",
                parent=uuid7(),
                path="company/w-plant/w-team",
                plant="company/w-plant",
            ),
            session,
        )
        yield Care(session, unit)


def code_of(broken: pytest.ExceptionInfo[RuleBroken]) -> tuple[int, str]:
    return broken.value.answer.status, broken.value.answer.code


# ---------------------------------------------------------------------------------- rules


def test_three_working_days_skip_weekends_and_holidays() -> None:
    friday = date(2026, 3, 6)
    owed = Owed.of(since=friday, until=None, heard_on=friday)
    assert owed is not None
    assert owed.on == date(2026, 3, 11)
    spring_festival = Owed.of(since=date(2026, 2, 13), until=None, heard_on=date(2026, 2, 13))
    assert spring_festival is not None
    # 14 February is a make-up working day, 15 to 23 are off.
    assert spring_festival.on == date(2026, 2, 25)


def test_the_verdict_does_not_say_the_kind() -> None:
    owed = Owed.of(since=today(), until=None, heard_on=today())
    assert owed is not None
    assert set(owed.verdict.inputs) == {"since", "working_days", "province"}


@given(st.integers(0, 200), st.integers(0, 200))
def test_only_what_was_over_for_long_when_it_was_heard_lapses(length: int, late: int) -> None:
    since = date(2025, 1, 1)
    until = since + timedelta(days=length)
    owed = Owed.of(since=since, until=until, heard_on=until + timedelta(days=late))
    assert (owed is None) == (late > 30)
    assert Owed.of(since=since, until=None, heard_on=until + timedelta(days=late)) is not None


def test_each_kind_of_care_has_its_occasion() -> None:
    assert occasion_of("sick", on=today()) == occasion_of("work-injury", on=today()) == "hospital"
    assert occasion_of("maternity", on=today()) == "birth"
    assert occasion_of("bereavement", on=today()) == "bereavement"


# ------------------------------------------------------------------------------- handlers


async def test_a_leave_makes_a_visit_due_and_a_visit_settles_it(care: Care) -> None:
    person, number = await care.person()
    leave = await care.leave(person)
    visit = await care.visit_for(leave)
    assert visit is not None
    assert visit.due_on is not None
    assert await care.due_at(visit.id) == midnight(visit.due_on + timedelta(days=1))
    assert await care.log(number) == visit.id
    assert (visit.state, visit.visited_on) == ("logged", today())
    assert await care.due_at(visit.id) is None
    assert [type(fact).__name__ for fact in care.stated()] == ["VisitDue", "VisitLogged"]


async def test_another_occasion_settles_nothing(care: Care) -> None:
    person, number = await care.person()
    visit = await care.visit_for(await care.leave(person, kind="maternity"))
    assert visit is not None
    assert await care.log(number, occasion="festival") != visit.id
    assert await care.log(number, occasion="hospital") != visit.id
    assert visit.state == "due"
    assert await care.log(number, occasion="birth") == visit.id


async def test_a_visit_before_the_leave_settles_nothing(care: Care) -> None:
    person, number = await care.person()
    visit = await care.visit_for(await care.leave(person, since=today() - timedelta(days=5)))
    assert visit is not None
    assert await care.log(number, on=today() - timedelta(days=6)) != visit.id
    assert await care.log(number, on=today() - timedelta(days=4)) == visit.id


async def test_the_oldest_that_is_due_is_settled_first(care: Care) -> None:
    person, number = await care.person()
    younger = await care.visit_for(await care.leave(person, kind="work-injury"))
    older = await care.visit_for(await care.leave(person, since=today() - timedelta(days=9)))
    assert older
    assert younger
    assert await care.log(number) == older.id
    assert await care.log(number) == younger.id


async def test_a_leave_taken_back_drops_what_is_due_but_no_visit_that_was_made(care: Care) -> None:
    person, number = await care.person()
    made, dropped = await care.leave(person), await care.leave(person, kind="bereavement")
    await care.log(number)
    for leave in (made, dropped):
        await withdraw_visit(LeaveWithdrawn(leave=leave, person=person), care.session)
    first, second = await care.visit_for(made), await care.visit_for(dropped)
    assert first
    assert second
    assert (first.state, second.state) == ("logged", "dropped")
    assert await care.due_at(second.id) is None


async def test_what_comes_again_is_owed_again(care: Care) -> None:
    person, _ = await care.person()
    leave = await care.leave(person)
    await withdraw_visit(LeaveWithdrawn(leave=leave, person=person), care.session)
    await care.leave(person, leave=leave)
    visit = await care.visit_for(leave)
    assert visit is not None
    assert visit.state == "due"
    names = [type(fact).__name__ for fact in care.stated()]
    assert names == ["VisitDue", "VisitDropped", "VisitDue"]


async def test_an_end_that_becomes_known_late_drops_what_had_lapsed(care: Care) -> None:
    person, _ = await care.person()
    since = today() - timedelta(days=400)
    leave = await care.leave(person, since=since)
    await care.leave(person, leave=leave, since=since, until=since + timedelta(days=9))
    visit = await care.visit_for(leave)
    assert visit is not None
    assert visit.state == "dropped"


async def test_history_makes_nothing_due(care: Care) -> None:
    person, _ = await care.person()
    leave = await care.leave(person, since=date(1991, 3, 1), until=date(1991, 3, 8))
    assert await care.visit_for(leave) is None
    assert care.stated() == []


async def test_a_day_that_passes_marks_it_overdue_once(care: Care) -> None:
    person, number = await care.person()
    visit = await care.visit_for(await care.leave(person))
    assert visit is not None
    await visit_is_overdue(str(visit.id), care.session)
    await visit_is_overdue(str(visit.id), care.session)
    names = [type(fact).__name__ for fact in care.stated()]
    assert names == ["VisitDue", "VisitOverdue"]
    await care.log(number)
    assert visit.overdue, "the mark stays"


async def test_what_cannot_be_is_refused(care: Care) -> None:
    _, number = await care.person()
    for more, code in (
        ({"on": today() + timedelta(days=1)}, "not-yet"),
        ({"visitors": [number]}, "visits-oneself"),
        ({"visitors": ["nobody"]}, "unknown-employee"),
        ({"employee": "nobody"}, "unknown-employee"),
    ):
        with pytest.raises(RuleBroken) as broken:
            await care.log(**({"employee": number} | more), actor=COMPANY)
        assert code_of(broken) == (409, code)


async def test_officers_of_other_places_and_everyone_else_are_turned_away(care: Care) -> None:
    _, number = await care.person()
    visit = await care.log(number)
    manager = Actor("w-manager", uuid7(), (Grant("manager", "company"), Grant("chair", "company")))
    for actor in (STRANGER, manager, Actor("w-worker", uuid7())):
        for attempt in (
            care.log(number, actor),
            care.read(visit, actor),
            care.read(uuid7(), actor),
            visit_readings(VisitReadings(visit=visit), actor, ReadSession(care.session)),
        ):
            with pytest.raises(RuleBroken) as broken:
                await attempt
            assert code_of(broken) == (403, "forbidden")


async def test_a_note_is_read_on_record(care: Care) -> None:
    person, number = await care.person()
    await care.leave(person, since=today() - timedelta(days=1))
    visit = await care.log(number)
    told = await care.read(visit)
    assert (told.kind, told.occasion, told.note) == ("sick", "hospital", SECRET)
    assert (told.employee, len(told.visitors)) == (number, 1)
    asked = VisitReadings(visit=visit)
    read = await visit_readings(asked, OFFICER, ReadSession(care.session))
    assert [reading.account for reading in read.readings] == [OFFICER.signature]
    assert read.readings[0].at <= datetime.now(UTC)


async def test_what_is_sensitive_is_encrypted_and_bound_to_its_row(care: Care) -> None:
    person, number = await care.person()
    await care.leave(person)
    visit = await care.session.get(Visit, await care.log(number))
    assert visit is not None
    assert visit.note is not None
    for column in (visit.kind, visit.occasion, visit.note):
        assert column is not None
        for words in (SECRET, "sick", "hospital"):
            assert words.encode() not in column
    with pytest.raises(InvalidTag):
        decrypt(care.session, visit.note, "visit", "note", uuid7())
    with pytest.raises(InvalidTag):
        decrypt(care.session, visit.note, "visit", "kind", visit.id)
