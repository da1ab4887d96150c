"""What SCIM says in HR's language, folded as membership folds it, ends where the directory is."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.scim.saying import Said, Standing, Told, tell
from services.membership.hr import name_of
from services.membership.timeline import timeline
from shared.contracts.hr import HrEvent, parse

FIRST = date(2026, 3, 2)
UNITS = ("a", "b", "c")

standings = st.builds(
    Standing.of,
    employed=st.booleans(),
    unit=st.sampled_from((None, *UNITS)),
    post=st.sampled_from((None, "操作工", "班长")),
)
changes = st.lists(st.tuples(st.integers(0, 2), standings, st.sampled_from("甲乙")), max_size=8)


def event(said: Said, place: int) -> HrEvent:
    type_, data = said
    return parse(
        {
            "specversion": "1.0",
            "id": f"r.{place}",
            "source": "/scim",
            "time": (datetime(2026, 3, 2, 8) + timedelta(seconds=place)).isoformat() + "+08:00",
            "type": type_,
            "data": data,
        }
    )


def at_the_end(events: list[HrEvent]) -> Standing:
    days = timeline(events, UNITS)
    employed = bool(days.employed) and days.employed[-1].until is None
    stay = days.stays[-1] if days.stays and days.stays[-1].until is None else None
    return Standing(
        employed=employed, unit=stay.unit if stay else None, post=stay.post if stay else None
    )


@given(changes, st.randoms())
def test_whatever_changes_on_whatever_days_ends_where_the_directory_is(
    changed: list[tuple[int, Standing, str]], random: Random
) -> None:
    told, day, events = Told(), FIRST, list[HrEvent]()
    to, name = Standing(), ""
    for days, to, name in changed:
        day += timedelta(days)
        said, told = tell(told, "E1", name, to, day)
        events += [event(each, len(events) + n) for n, each in enumerate(said)]
    random.shuffle(events)
    assert at_the_end(events) == to
    # Who comes back under another name may be somebody else: that stays for a person to settle.
    assert {each.reason for each in timeline(events, UNITS).unfit} <= {"identity-changed"}
    if to.employed:
        assert name_of(events) == name
    again, same = tell(told, "E1", name, to, day)
    assert (again, same) == ([], told)


A, B = Standing(employed=True, unit="a"), Standing(employed=True, unit="b")


@pytest.mark.parametrize(
    ("steps", "types"),
    [
        ([A], ["employee-hired", "employee-assigned"]),
        ([A, B], ["employee-hired", "employee-assigned", "employee-transferred"]),
        ([A, Standing()], ["employee-hired", "employee-assigned", "employee-left"]),
        ([Standing(employed=True)], ["employee-hired"]),
        (
            [Standing(employed=True), A, Standing(employed=True)],
            ["employee-hired", "employee-assigned", "employee-unassigned"],
        ),
        (
            [A, Standing(employed=True, unit="a", post="班长")],
            ["employee-hired", "employee-assigned", "employee-retitled"],
        ),
        ([Standing()], []),
    ],
)
def test_each_change_has_its_event(steps: list[Standing], types: list[str]) -> None:
    told, found = Told(), list[str]()
    for step in steps:
        said, told = tell(told, "E1", "某", step, FIRST)
        found += [type_.removeprefix("hr.") for type_, _ in said]
    assert found == types


def test_what_the_day_can_carry_holds_today_and_what_it_cannot_holds_tomorrow() -> None:
    told, days = Told(), list[str]()
    for step in (A, B, Standing(), A):
        said, told = tell(told, "E1", "某", step, FIRST)
        days += [f"{type_} {data['on']}" for type_, data in said]
    assert days == [
        "hr.employee-hired 2026-03-02",
        "hr.employee-assigned 2026-03-02",
        "hr.employee-transferred 2026-03-02",
        "hr.employee-left 2026-03-02",
        "hr.employee-hired 2026-03-03",
        "hr.employee-assigned 2026-03-03",
    ]


def test_whom_another_door_has_told_of_is_not_hired_again() -> None:
    said, _ = tell(Told(now=A), "E1", "某", B, FIRST)
    assert [type_ for type_, _ in said] == ["hr.employee-transferred"]
    assert tell(Told(now=A), "E1", "某", A, FIRST)[0] == []
