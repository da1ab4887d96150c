"""Contradictions of units on the real database: listed, settled, and settled no more."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership import clock
from services.membership.desk.settling import take_back_ruling
from services.membership.desk.unit_cases import unit_case
from services.membership.desk.unit_settling import settle_unit
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import (
    SettleUnit,
    TakeBackRuling,
    UnitCase,
    UnitCaseOf,
    UnitChoice,
    UnitDays,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, RuleBroken
from tests.conftest import rolled_back
from tests.membership.desk_made import HR, ONE, WHOLE, case, listed, placed, roll_of, settle
from tests.membership.test_hr_events import event, take

HIRED = {"name": "甲", "birth_date": "1990-02-03", "on": "2024-01-01"}


def unit(code: str, parent: str = "company", **more: Any) -> dict[str, Any]:
    kind = "plant" if parent == "company" else "team"
    return event("unit-created", unit=code, name=code, kind=kind, parent=parent, **more)


def story() -> list[dict[str, Any]]:
    """su-shut closes while V1 is in it (V2 is placed elsewhere that day); su-lost hangs below one
    that nobody knows; su-early is renamed before it exists; su-loop is moved below itself; su-gone
    is merged into one that nobody knows; su-twin was created twice."""
    return [
        *(unit(code) for code in ("su-one", "su-shut", "su-loop", "su-gone")),
        unit("su-leaf", "su-loop"),
        unit("su-lost", "su-nowhere"),
        unit("su-early", on="2024-06-01"),
        unit("su-twin"),
        unit("su-twin", "su-one", on="2024-02-01"),
        event("unit-renamed", unit="su-early", name="新名", on="2024-05-01"),
        event("unit-moved", unit="su-loop", parent="su-leaf", on="2024-05-01"),
        event("unit-merged", unit="su-gone", into="su-nowhere", on="2024-05-01"),
        event("unit-closed", unit="su-shut", on="2024-05-01"),
        *(event("employee-hired", employee=who, **HIRED) for who in ("V1", "V2", "su-lost")),
        *(
            event("employee-assigned", employee=who, unit="su-shut", on="2024-01-01")
            for who in ("V1", "V2")
        ),
        event("employee-assigned", employee="V2", unit="su-one", on="2024-05-01"),
    ]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session, batch=40)
        session.info["stated"] = []
        yield session


UNFIT = {
    "su-shut": "people-left-in-it",
    "su-lost": "unknown-parent",
    "su-early": "not-yet-created",
    "su-loop": "below-itself",
    "su-gone": "unknown-parent",
    "su-twin": "created-twice",
}


async def of_units(session: Session, actor: Actor = WHOLE) -> dict[str, str]:
    found = (await listed(session, actor, limit=200)).events
    return {each.about: each.reason for each in found if each.of_unit and each.about[:3] == "su-"}


async def unit_of(session: Session, code: str, **asked: Any) -> UnitCaseOf:
    return await unit_case(UnitCase(unit=code, **asked), WHOLE, ReadSession(session))


async def decide(session: Session, code: str, choice: UnitChoice) -> TakeBackRuling:
    """Returns what takes it back."""
    told = choice.model_dump(exclude={"then", "settles"}) | {"unit": code, "reason": "核实"}
    made = await settle_unit(SettleUnit.model_validate(told), WHOLE, session)
    return TakeBackRuling(ruling=made.id, reason="弄错了")


async def test_what_contradicts_itself_of_units_is_listed_to_the_whole_company(
    session: Session,
) -> None:
    assert await of_units(session) == UNFIT
    assert await of_units(session, ONE) == {}
    gone = next(each for each in (await listed(session)).events if each.about == "su-gone")
    assert (gone.employee, gone.other, gone.on) == (None, "su-nowhere", date(2024, 5, 1))


async def test_a_number_and_a_code_that_are_equal_do_not_clear_each_others_reports(
    session: Session,
) -> None:
    async def open_ones() -> set[tuple[bool, str]]:
        found = (await listed(session, limit=200)).events
        return {(each.of_unit, each.reason) for each in found if each.about == "su-lost"}

    both = {(True, "unknown-parent"), (False, "already-employed")}
    await take(
        [event("employee-hired", employee="su-lost", **HIRED | {"on": "2024-02-01"})], session
    )
    assert await open_ones() == both, "what is heard of the person leaves the unit's report"
    await take([unit("su-new")], session)
    assert await open_ones() == both, "what is heard of a unit leaves the person's report"
    told = {
        each.of_unit: each.type
        for each in (await listed(session)).events
        if each.about == "su-lost"
    }
    assert told == {True: "hr.unit-created", False: "hr.employee-hired"}
    await settle(session, "su-lost", (await case(session, "su-lost")).choices[-1])
    assert await open_ones() == {(True, "unknown-parent")}


async def test_who_is_left_in_a_closed_unit_is_counted_and_a_word_of_hr_settles_it(
    session: Session,
) -> None:
    shut = await unit_of(session, "su-shut")
    assert (shut.now.people_left, shut.now.ended_on) == (1, date(2024, 5, 1))
    [closed] = [each for each in shut.said if each.type == "hr.unit-closed"]
    assert (closed.standing, closed.reason) == ("counts", "people-left-in-it")
    await take([event("employee-assigned", employee="V1", unit="su-one", on="2024-05-01")], session)
    assert "su-shut" not in await of_units(session)
    assert (await unit_of(session, "su-shut")).choices == []


async def test_who_leaves_with_the_unit_is_left_nowhere(session: Session) -> None:
    await take([event("employee-left", employee="V1", on="2024-05-01")], session)
    assert "su-shut" not in await of_units(session)


async def test_a_unit_that_closes_on_a_day_to_come_is_reported_when_that_comes(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = today() + timedelta(days=1)
    who = {"employee": "V3"}
    await take(
        [
            unit("su-soon"),
            event("employee-hired", **who, **HIRED),
            event("employee-assigned", **who, unit="su-soon", on="2024-01-01"),
            event("unit-closed", unit="su-soon", on=str(tomorrow)),
        ],
        session,
    )
    assert "su-soon" not in await of_units(session)
    for module in ("desk.closings", "units"):
        monkeypatch.setattr(f"services.membership.{module}.today", lambda: tomorrow)
    await clock.the_tree_changes("", session)
    assert (await of_units(session))["su-soon"] == "people-left-in-it"


async def test_the_people_go_where_the_ruling_says_that_the_unit_went(session: Session) -> None:
    found = (await unit_of(session, "su-shut")).choices
    assert [(each.ruling, each.other) for each in found][:2] == [
        ("stands", None),
        ("corrected", "company"),
    ]
    closing = found[0].event
    tried = (await unit_of(session, "su-shut", event=closing, other="su-one")).choices[0]
    assert (tried.settles, tried.then.merged_into, tried.then.people_left) == (True, "su-one", 0)
    before = await roll_of(session, "V1")
    back = await decide(session, "su-shut", tried)
    assert await roll_of(session, "V1") == [*before, ("su-one", "[2024-05-01,)")]
    assert [each.employee for each in placed(session)] == ["V1"]
    await take_back_ruling(back, WHOLE, session)
    assert await roll_of(session, "V1") == before
    assert await of_units(session) == UNFIT


@pytest.mark.parametrize("code", UNFIT)
async def test_every_choice_settles_and_taken_back_all_is_as_before(
    session: Session, code: str
) -> None:
    before = await unit_of(session, code)
    assert before.choices
    for choice in before.choices:
        assert choice.settles
        back = await decide(session, code, choice)
        after = await unit_of(session, code)
        assert after.now.unfit < before.now.unfit
        assert alone(after.now) == alone(choice.then)
        await take_back_ruling(back, WHOLE, session)
        again = await unit_of(session, code)
        assert (again.said, again.now, again.choices) == (before.said, before.now, before.choices)
        assert await of_units(session) == UNFIT
    assert len((await unit_of(session, code)).rulings) == len(before.choices)


def alone(told: UnitDays) -> tuple[object, ...]:
    """Where the unit stands."""
    return told.stands, told.ended_on, told.merged_into


async def test_a_unit_below_one_that_nobody_knows_is_hung_where_it_was_meant(
    session: Session,
) -> None:
    created = (await unit_of(session, "su-lost")).said[0].event
    tried = (await unit_of(session, "su-lost", event=created, other="su-one")).choices[0]
    await decide(session, "su-lost", tried)
    path = await session.scalar(text("SELECT path FROM unit WHERE code = 'su-lost'"))
    assert path == "company/su-one/su-lost"
    # What HR says later goes on from there.
    await take([event("unit-moved", unit="su-lost", parent="su-twin", on="2024-07-01")], session)
    path = await session.scalar(text("SELECT path FROM unit WHERE code = 'su-lost'"))
    assert path == "company/su-twin/su-lost"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ruling": "counts"}, "over-missing"),
        ({"over": "0" * 32}, "not-of-this-ruling"),
        ({"other": "su-one"}, "not-of-this-ruling"),
        ({"ruling": "corrected"}, "correction-missing"),
        ({"ruling": "corrected", "other": "su-none"}, "unknown-unit"),
        ({"ruling": "corrected", "on": "2024-05-02"}, "settles-nothing"),
        ({"ruling": "stands"}, "settles-nothing"),
        ({"event": "0" * 32}, "unknown-event"),
    ],
)
async def test_what_settles_nothing_is_refused_and_nothing_is_kept(
    session: Session, changed: dict[str, str], code: str
) -> None:
    moved = next(e for e in (await unit_of(session, "su-loop")).said if e.standing == "unfit")
    whole = {"unit": "su-loop", "ruling": "set-aside", "event": moved.event, "reason": "核实"}
    with pytest.raises(RuleBroken, match=code):
        await settle_unit(SettleUnit.model_validate(whole | changed), WHOLE, session)
    made = text("SELECT count(*) FROM ruling WHERE about_unit LIKE 'su-%'")
    assert await session.scalar(made) == 0


async def test_only_an_officer_of_the_whole_company_settles_units(session: Session) -> None:
    choice = (await unit_of(session, "su-loop")).choices[0]
    told = choice.model_dump(exclude={"then", "settles"}) | {"unit": "su-loop", "reason": "核实"}
    nobody = Actor("m", uuid7(), ())
    for who in (ONE, HR, nobody):
        with pytest.raises(RuleBroken, match="forbidden"):
            await settle_unit(SettleUnit.model_validate(told), who, session)
        with pytest.raises(RuleBroken, match="forbidden"):
            await unit_case(UnitCase(unit="su-loop"), who, ReadSession(session))
    back = await decide(session, "su-loop", choice)
    for who in (ONE, HR, nobody):
        with pytest.raises(RuleBroken, match="forbidden"):
            await take_back_ruling(back, who, session)
    with pytest.raises(RuleBroken, match="unknown-unit"):
        await unit_of(session, "su-none")
