"""What is told of a number that two human beings had, and of a human being with two numbers: to
each what is theirs, all of it, and nothing of anybody else."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.numbering import rule_another_human, rule_same_person
from services.membership.drift import drift, note_drift
from services.membership.drift_lines import drift_case, settle_drift
from services.membership.erasure.doing import erase
from services.membership.on_paper import admit_member
from services.membership.own_data import own_data
from services.membership.placed import placed_on
from services.membership.units import open_root
from shared.contracts.membership import (
    AdmitMember,
    Drift,
    DriftCase,
    DriftLine,
    NoteDrift,
    OwnData,
    PlacedOn,
    Placement,
    RuleAnotherHuman,
    RuleSamePerson,
    SettleDrift,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.desk_made import WHOLE, case, settle
from tests.membership.test_hr_events import event, take

GIVEN = date(2024, 6, 1)
"""The day from which HA is somebody else's."""
Story = list[dict[str, Any]]


def story() -> Story:
    """HA was 旧's, who was ill and left, and is 新's, who was hired under it and is on maternity
    leave. HB left, and was hired again as HC."""

    def hired(number: str, on: str, name: str) -> Story:
        who = {"employee": number, "on": on}
        born = f"19{len(number) + len(name) + 70}-02-03"
        return [
            event("employee-hired", name=name, birth_date=born, **who),
            event("employee-assigned", unit="h-one", **who),
        ]

    return [
        event("unit-created", unit="h-one", name="一厂", kind="plant", parent="company"),
        event("unit-created", unit="h-two", name="二厂", kind="plant", parent="company"),
        *hired("HA", "2024-01-01", "郑旧"),
        event("leave-started", employee="HA", kind="sick", on="2024-02-01"),
        event("leave-ended", employee="HA", kind="sick", on="2024-02-20"),
        event("employee-assigned", employee="HA", unit="h-two", on="2024-03-01"),
        event("employee-left", employee="HA", reason="dismissed", on="2024-05-01"),
        *hired("HA", str(GIVEN), "王新"),
        event("leave-started", employee="HA", kind="maternity", on="2024-07-01"),
        event("employee-assigned", employee="HA", unit="h-two", on="2024-08-01"),
        *hired("HB", "2024-01-01", "孙同"),
        event("leave-started", employee="HB", kind="work-injury", on="2024-02-01"),
        event("employee-left", employee="HB", on="2024-05-01"),
        *hired("HC", "2024-05-01", "孙同"),
    ]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session, batch=40)
        session.info["stated"] = []
        yield session


async def parted(session: Session) -> UUID:
    """Who had HA first; by now found by `HA~1`."""
    first: UUID = await session.scalar(text("SELECT id FROM person WHERE employee = 'HA'"))
    told = RuleAnotherHuman(employee="HA", on=GIVEN, reason="另一人：原为郑旧")
    await rule_another_human(told, WHOLE, session)
    return first


async def joined(session: Session) -> None:
    told = RuleSamePerson(employee="HC", other="HB", reason="同一人")
    await rule_same_person(told, WHOLE, session)


async def admitted(session: Session, employee: str, on: str) -> None:
    told = AdmitMember(employee=employee, on=date.fromisoformat(on), reference="1")
    await admit_member(told, WHOLE, session)


async def held(session: Session, employee: str) -> dict[str, list[dict[str, Any]]]:
    told = await own_data(OwnData(employee=employee), WHOLE, session)
    return {table.table: table.rows for table in told.tables}


def said(told: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    return sorted((row["said"]["on"], row["type"]) for row in told["hr_event"])


async def drifted(session: Session, *lines: tuple[str, str]) -> None:
    """Number and day of the list."""
    for number, on in lines:
        await session.execute(
            text("""
                INSERT INTO drift (id, comparison, found_on, kind, employee, name, unit, path,
                    plant)
                VALUES (uuidv7(), uuidv7(), :on, 'moved', :number, :name, 'h-one',
                    'company/h-one', 'company/h-one')
            """),
            {"on": date.fromisoformat(on), "number": number, "name": f"{number} {on}"},
        )


# ----------------------------------------------------------------------------- the own data


async def test_who_has_a_number_is_told_nothing_of_who_had_it(session: Session) -> None:
    earlier = (await case(session, "HA")).choices
    await settle(session, "HA", next(one for one in earlier if one.ruling == "set-aside"))
    await drifted(session, ("HA", "2024-03-31"), ("HA", "2024-09-30"))
    await parted(session)
    now, before = await held(session, "HA"), await held(session, "HA~1")
    assert "郑旧" not in str(now)
    assert "sick" not in str(now)
    assert "dismissed" not in str(now)
    assert "王新" not in str(before)
    assert "maternity" not in str(before)
    assert [on for on, _ in said(now)] == ["2024-06-01", "2024-06-01", "2024-07-01", "2024-08-01"]
    assert [on for on, _ in said(before)] == [
        "2024-01-01",
        "2024-01-01",
        "2024-02-01",
        "2024-02-20",
        "2024-03-01",
        "2024-05-01",
    ]
    assert [row["name"] for row in now["drift"]] == ["HA 2024-09-30"]
    assert [row["name"] for row in before["drift"]] == ["HA 2024-03-31"]
    assert [len(each["unfit"]) for each in (now, before)] == [1, 0], "one of two is settled"
    assert [[row["kind"] for row in each["ruling"]] for each in (now, before)] == [
        ["another-human"],
        ["set-aside"],
    ]


async def test_who_has_two_numbers_is_told_what_is_held_under_both(session: Session) -> None:
    await admitted(session, "HB", "2024-02-01")
    await drifted(session, ("HB", "2024-03-31"), ("HC", "2024-09-30"))
    await joined(session)
    for number in ("HB", "HC"):
        told = await held(session, number)
        assert len(told["hr_event"]) == 6
        assert [row["given_on"] for row in told["consent"]] == ["2024-02-01"]
        assert len(told["member"]) == 1
        assert {row["name"] for row in told["drift"]} == {"HB 2024-03-31", "HC 2024-09-30"}
        assert {row["employee"] for row in told["person"]} == {"HB", "HC"}
        assert {row["number"] for row in told["number_held"]} == {"HB", "HC"}
        assert [row["kind"] for row in told["ruling"]] == ["same-person"]


async def leaves(session: Session) -> set[tuple[str, bool]]:
    rows = await session.execute(text("SELECT kind, stands FROM leave WHERE since > '2024-01-31'"))
    return {(row.kind, row.stands) for row in rows}


async def test_a_leave_that_was_taken_for_anothers_is_told_to_whose_it_is(session: Session) -> None:
    first = await parted(session)
    assert {("sick", True), ("maternity", False), ("maternity", True)} < await leaves(session)
    now, before = await held(session, "HA"), await held(session, "HA~1")
    assert {row["kind"] for row in now["leave"]} == {"maternity"}
    assert {row["kind"] for row in before["leave"]} == {"sick"}
    assert not {row["since"] for row in before["stay_before"]} & {str(GIVEN), "2024-08-01"}
    second: UUID = await session.scalar(text("SELECT id FROM person WHERE employee = 'HA'"))
    await erase(second, date(2026, 1, 1), session)
    kept = await session.execute(
        text("SELECT kind FROM leave WHERE person = ANY(:both)"), {"both": [first, second]}
    )
    assert {row.kind for row in kept} == {"sick"}


# ----------------------------------------------------------------------------- HR's lists

HR = Actor("hr", None, (Grant("hr", "company"),))
MARCH, SUMMER = date(2024, 3, 31), date(2024, 8, 31)


async def placed(session: Session, **asked: Any) -> dict[str, Placement]:
    told = await placed_on(PlacedOn(**asked), HR, ReadSession(session))
    return {each.employee: each for each in told.items if each.employee[0] == "H"}


async def test_a_list_of_a_day_is_compared_with_who_had_the_numbers_then(session: Session) -> None:
    await parted(session)
    await joined(session)
    then = await placed(session, on=MARCH, employees="HA HB HC")
    assert {number: each.name for number, each in then.items()} == {
        "HA": "郑旧",
        "HB": "孙同",
        "HC": "孙同",
    }
    now = await placed(session, on=SUMMER, employees="HA HB HC")
    assert (now["HA"].name, now["HB"]) == ("王新", now["HC"].model_copy(update={"employee": "HB"}))
    for unit in ("company", "h-one"):
        there = await placed(session, on=MARCH, unit=unit)
        assert {number: (each.name, each.numbers) for number, each in there.items()} == {
            "HA": ("郑旧", ["HA"]),
            "HB": ("孙同", ["HB", "HC"]),
        }, "by the numbers of the day"
    assert set(await placed(session, on=SUMMER, unit="company")) == {"HA", "HC"}


async def test_a_difference_is_of_whose_the_number_was_on_the_day_of_the_list(
    session: Session,
) -> None:
    await parted(session)
    await joined(session)
    said = [
        DriftLine(kind="moved", employee=number, name=None, hr_unit="h-one", our_unit="h-two")
        for number in ("HA", "HB")
    ]
    told = NoteDrift(comparison=uuid7(), unit="company", on=MARCH, lines=said, last=True)
    await note_drift(told, HR, session)
    listed = await drift(Drift(unit="h-two"), HR, ReadSession(session))
    assert [(each.employee, each.name) for each in listed.items] == [("HA", "郑旧"), ("HB", "孙同")]
    for each in listed.items:
        case = await drift_case(DriftCase(drift=each.drift), HR, ReadSession(session))
        assert case.name == each.name
        await settle_drift(SettleDrift(drift=each.drift), HR, session)
