"""When people are away: days for all, the kind for those who care, and corrections."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.home import Home
from services.membership.absences import days_away
from services.membership.hr import take
from services.membership.timeline import Absence
from shared.contracts.hr import parse
from shared.contracts.membership import AbsenceChanged, LeaveStarted, LeaveWithdrawn, Spell
from shared.database import Session
from shared.facts import Heard
from shared.messages import Fact
from tests.conftest import rolled_back

FIRST = date(2025, 1, 1)
DAYS = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))
ABSENCES = st.lists(
    st.builds(
        lambda kind, since, length: Absence(
            kind, since, None if length is None else since + timedelta(days=length)
        ),
        st.sampled_from(["seconded", "leave"]),
        DAYS,
        st.none() | st.integers(1, 20),
    ),
    max_size=6,
)


@given(ABSENCES)
def test_days_away_are_those_of_all_absences_and_say_nothing_more(absences: list[Absence]) -> None:
    spells = days_away(absences)
    for n in range(100):
        day = FIRST + timedelta(days=n)
        away = any(a.since <= day and (a.until is None or day < a.until) for a in absences)
        assert away == any(spell.holds(day) for spell in spells)
    for earlier, later in pairwise(spells):
        assert earlier.until is not None
        assert earlier.until < later.since, "what meets is one"


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        yield session


def leave(session: Session, *told: tuple[str, str, str, str]) -> list[Heard]:
    """(id, what, kind, on) → the events as heard."""
    events = [
        parse(
            {
                "specversion": "1.0",
                "id": id,
                "source": "/absences",
                "type": f"hr.{what}",
                "data": {"employee": "A1", "on": on}
                | ({"name": "甲"} if what == "employee-hired" else {"kind": kind}),
            }
        )
        for id, what, kind, on in told
    ]
    return [
        Heard(
            aggregate="hr A1",
            sequence=n,
            message=event,
            subject="events.hq.hr",
            raw=b"",
            numbered=False,
        )
        for n, event in enumerate(events)
    ]


HIRED = ("1", "employee-hired", "", "2024-01-01")


def stated(session: Session) -> list[Fact]:
    facts: list[Fact] = session.info.pop("stated", [])
    return [f for f in facts if isinstance(f, AbsenceChanged | LeaveStarted | LeaveWithdrawn)]


async def test_a_leave_is_told_as_days_to_all_and_with_its_kind_to_welfare(
    session: Session,
) -> None:
    await take(leave(session, HIRED, ("2", "leave-started", "sick", "2024-03-01")), session)
    changed, started = stated(session)
    assert isinstance(changed, AbsenceChanged)
    assert changed.absences == [Spell(since=date(2024, 3, 1))]
    assert "sick" not in changed.model_dump_json()
    assert changed.address("hq") == "events.hq.membership.absence-changed"
    assert isinstance(started, LeaveStarted)
    assert (started.kind, started.since, started.until) == ("sick", date(2024, 3, 1), None)
    assert started.address("hq") == "care.hq.leave-started"


async def test_its_end_is_told_under_the_same_id(session: Session) -> None:
    await take(leave(session, HIRED, ("2", "leave-started", "sick", "2024-03-01")), session)
    _, first = stated(session)
    await take(leave(session, ("3", "leave-ended", "sick", "2024-03-09")), session)
    _, again = stated(session)
    assert isinstance(first, LeaveStarted)
    assert isinstance(again, LeaveStarted)
    assert again.leave == first.leave
    assert again.until == date(2024, 3, 9)


async def test_an_end_heard_before_the_start_comes_out_the_same(session: Session) -> None:
    await take(leave(session, HIRED, ("3", "leave-ended", "sick", "2024-03-09")), session)
    assert [fact for fact in stated(session) if not isinstance(fact, AbsenceChanged)] == []
    await take(leave(session, ("2", "leave-started", "sick", "2024-03-01")), session)
    facts = stated(session)
    assert isinstance(facts[-1], LeaveStarted)
    assert facts[-1].until == date(2024, 3, 9)


async def test_a_leave_that_does_not_stand_any_more_is_withdrawn(session: Session) -> None:
    await take(leave(session, HIRED, ("2", "leave-started", "sick", "2024-03-01")), session)
    stated(session)
    # The person had left before: what HR said of a leave cannot be.
    left = leave(session, ("4", "employee-left", "", "2024-02-01"))
    await take(left, session)
    changed, withdrawn = stated(session)
    assert isinstance(changed, AbsenceChanged)
    assert changed.absences == []
    assert isinstance(withdrawn, LeaveWithdrawn)


async def test_other_kinds_are_told_to_nobody(session: Session) -> None:
    await take(leave(session, HIRED, ("2", "leave-started", "marriage", "2024-03-01")), session)
    (changed,) = stated(session)
    assert isinstance(changed, AbsenceChanged)


async def test_a_repeat_states_nothing(session: Session) -> None:
    told = leave(session, HIRED, ("2", "leave-started", "sick", "2024-03-01"))
    await take(told, session)
    stated(session)
    await take(told, session)
    assert stated(session) == []
