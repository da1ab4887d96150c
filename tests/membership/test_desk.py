"""The desk on the real database: contradictions are listed, settled, and settled no more."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.cases import unfit_case
from services.membership.desk.counting import by_reason
from services.membership.desk.listing import unfit
from services.membership.desk.rulings import rulings_about
from services.membership.desk.settling import settle_unfit, take_back_ruling
from services.membership.timeline.rulings import standing
from services.membership.units import open_root
from shared.contracts.membership import (
    Choice,
    Days,
    HrSaid,
    PersonPlaced,
    SettleUnfit,
    TakeBackRuling,
    Unfit,
    UnfitCase,
    UnfitCaseOf,
    UnfitEvents,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take
from tests.membership.walking import in_pieces


def officer(at: str) -> Actor:
    return Actor("o", uuid7(), (Grant("officer", at),))


WHOLE, ONE, TWO = officer("company"), officer("company/s-one"), officer("company/s-two")
HR = Actor("hr", None, (Grant("hr", "company"),))


def story() -> list[dict[str, Any]]:
    """S1 is in two units at once. S2 left before being hired, and is nowhere. S3 was placed in a
    unit that nobody knows, S4 hired again under another name; S5 is as it should be."""
    hired = {"name": "甲", "birth_date": "1990-02-03", "on": "2024-01-01"}
    again = {"name": "乙", "birth_date": "1990-02-03", "on": "2024-06-01"}
    return [
        event("unit-created", unit="s-one", name="一厂", kind="plant", parent="company"),
        event("unit-created", unit="s-two", name="二厂", kind="plant", parent="company"),
        event("employee-hired", employee="S1", **hired),
        event("employee-assigned", employee="S1", unit="s-one", post="钳工", on="2024-01-01"),
        event("employee-assigned", employee="S1", unit="s-two", post="班长", on="2024-03-01"),
        event("leave-started", employee="S1", kind="sick", on="2024-02-01"),
        event("employee-left", employee="S2", on="2023-12-01"),
        event("employee-hired", employee="S2", **hired),
        event("employee-hired", employee="S3", **hired),
        event("employee-assigned", employee="S3", unit="s-tow", post="钳工", on="2024-01-01"),
        event("employee-hired", employee="S4", **hired),
        event("employee-assigned", employee="S4", unit="s-two", on="2024-01-01"),
        event("employee-left", employee="S4", on="2024-05-01"),
        event("employee-hired", employee="S4", **again),
        event("employee-hired", employee="S5", **hired),
        event("employee-assigned", employee="S5", unit="s-one", on="2024-01-01"),
    ]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session, batch=20)
        session.info["stated"] = []
        yield session


async def listed(session: Session, actor: Actor = WHOLE, **asked: Any) -> UnfitEvents:
    return await unfit(Unfit(**asked), actor, ReadSession(session))


async def case(session: Session, employee: str, actor: Actor = WHOLE, **asked: Any) -> UnfitCaseOf:
    return await unfit_case(UnfitCase(employee=employee, **asked), actor, ReadSession(session))


async def settle(
    session: Session, employee: str, choice: Choice, actor: Actor = WHOLE
) -> TakeBackRuling:
    """Returns what takes it back."""
    asked = choice.model_dump(exclude={"then", "settles"}) | {
        "employee": employee,
        "reason": "核实",
    }
    made = await settle_unfit(SettleUnfit.model_validate(asked), actor, session)
    return TakeBackRuling(ruling=made.id, reason="弄错了")


def about(found: UnfitEvents) -> dict[str | None, str]:
    return {each.employee: each.reason for each in found.events if each.about.startswith("S")}


def days(told: Days) -> list[tuple[str, str, str | None]]:
    return [(s.unit, str(s.since), str(s.until) if s.until else None) for s in told.stays]


def days_alone(told: Days) -> Days:
    return told.model_copy(update={"unfit": 0})


async def roll_of(session: Session, employee: str) -> list[tuple[str, str]]:
    rows = await session.execute(
        text("""
            SELECT code, during::text FROM stay JOIN person ON person.id = stay.person
            JOIN unit ON unit.id = stay.unit WHERE employee = :employee ORDER BY 2
        """),
        {"employee": employee},
    )
    return [(row.code, row.during) for row in rows]


def placed(session: Session) -> list[PersonPlaced]:
    stated = [each for each in session.info["stated"] if isinstance(each, PersonPlaced)]
    session.info["stated"] = []
    return stated


async def test_what_does_not_fit_is_listed_with_both_sides(session: Session) -> None:
    found = await listed(session, unit="s-one")
    [one] = found.events
    assert (one.employee, one.place, one.place_name) == ("S1", "s-one", "一厂")
    assert (one.reason, one.on, one.unit) == ("already-placed", date(2024, 3, 1), "s-two")
    assert one.employed
    assert (one.placed, one.employed.since, one.employed.until) == (
        "s-one",
        date(2024, 1, 1),
        None,
    )
    assert found.by_reason == {"already-placed": 1}
    assert about(await listed(session)) == {
        "S1": "already-placed",
        "S2": "not-employed",
        "S3": "unknown-unit",
        "S4": "identity-changed",
    }


async def test_the_list_comes_in_pieces_and_by_reason_and_employee(session: Session) -> None:
    whole = (await listed(session, limit=200)).events
    pieces = await in_pieces(listed, session, limit=1)
    assert [piece.events for piece in pieces] == [[each] for each in whole]
    assert about(await listed(session, reason="unknown-unit")) == {"S3": "unknown-unit"}
    assert about(await listed(session, employee="S4")) == {"S4": "identity-changed"}
    for broken in ("WyIiXQ", "WyJ4IiwgIiIsICIiLCAiIiwgIiJd"):
        with pytest.raises(RuleBroken, match="unknown-cursor"):
            await listed(session, cursor=broken)


async def test_each_sees_and_settles_what_is_within_reach(session: Session) -> None:
    assert about(await listed(session, ONE)) == {"S1": "already-placed"}
    assert about(await listed(session, TWO)) == {"S4": "identity-changed"}
    assert about(await listed(session, HR)).keys() == {"S1", "S2", "S3", "S4"}
    with pytest.raises(RuleBroken, match="forbidden"):
        await listed(session, Actor("m", uuid7(), (Grant("manager", "company"),)))
    [choice, *_] = (await case(session, "S1", ONE)).choices
    nowhere = (await case(session, "S3")).choices[0]
    for who, whose, what in ((TWO, "S1", choice), (HR, "S1", choice), (ONE, "S3", nowhere)):
        with pytest.raises(RuleBroken, match="forbidden"):
            await case(session, whose, who)
        with pytest.raises(RuleBroken, match="forbidden"):
            await settle(session, whose, what, who)
    aside = (await case(session, "S1", ONE)).choices[-1]
    back = await settle(session, "S1", aside, ONE)
    for who in (TWO, HR):
        with pytest.raises(RuleBroken, match="forbidden"):
            await take_back_ruling(back, who, session)
    await take_back_ruling(back, ONE, session)
    assert choice.then.stays[-1].unit == "s-two"
    back = await settle(session, "S1", choice, ONE)
    # It is settled by whoever is officer where the person is by now.
    await take_back_ruling(back, TWO, session)


async def test_a_case_shows_what_hr_said_and_what_each_choice_would_do(session: Session) -> None:
    told = await case(session, "S1")
    assert [(each.type, each.standing, each.reason) for each in told.said] == [
        ("hr.employee-hired", "counts", None),
        ("hr.employee-assigned", "counts", None),
        ("hr.leave-started", "counts", None),
        ("hr.employee-assigned", "unfit", "already-placed"),
    ]
    assert days(told.now) == [("s-one", "2024-01-01", None)]
    one, moved = ("s-one", "2024-01-01", None), ("s-two", "2024-03-01", None)
    assert [(each.ruling, days(each.then), each.then.unfit) for each in told.choices] == [
        ("corrected", [("s-one", "2024-01-01", "2024-03-01"), moved], 0),
        ("counts", [moved], 0),
        ("set-aside", [one], 0),
    ]
    assert "sick" not in told.model_dump_json()
    assert all(each.name is None and each.birth_date is None for each in told.said)
    who = [each for each in (await case(session, "S4")).said if each.name]
    assert [(each.name, each.birth_date) for each in who] == [
        ("甲", date(1990, 2, 3)),
        ("乙", date(1990, 2, 3)),
    ]


async def test_what_is_tried_is_computed_and_not_done(session: Session) -> None:
    told = await case(session, "S3")
    lost: HrSaid = told.said[1]
    assert (lost.unit, lost.reason) == ("s-tow", "unknown-unit")
    tried = (await case(session, "S3", event=lost.event, unit="s-two")).choices[0]
    assert (tried.ruling, tried.settles) == ("corrected", True)
    assert days(tried.then) == [("s-two", "2024-01-01", None)]
    useless = (await case(session, "S3", event=told.said[0].event)).choices[0]
    assert (useless.ruling, useless.settles) == ("set-aside", False)
    assert await roll_of(session, "S3") == []
    await settle(session, "S3", tried)
    assert await roll_of(session, "S3") == [("s-two", "[2024-01-01,)")]


async def test_the_name_is_that_of_the_hire_that_counts(session: Session) -> None:
    assert (await case(session, "S4")).name == "乙"
    aside = next(each for each in (await case(session, "S4")).choices if each.ruling == "set-aside")
    back = await settle(session, "S4", aside)
    assert (await case(session, "S4")).name == "甲"
    await take_back_ruling(back, WHOLE, session)
    assert (await case(session, "S4")).name == "乙"


@pytest.mark.parametrize("employee", ["S1", "S2", "S3", "S4"])
async def test_every_choice_does_what_was_shown_and_taken_back_all_is_as_before(
    session: Session, employee: str
) -> None:
    before = await case(session, employee)
    assert before.choices
    for choice in before.choices:
        back = await settle(session, employee, choice)
        after = await case(session, employee)
        assert after.now == choice.then
        assert about(await listed(session, employee=employee)) == {}
        stated = placed(session)
        changes = days_alone(choice.then) != days_alone(before.now)
        assert len(stated) == changes
        await take_back_ruling(back, WHOLE, session)
        again = await case(session, employee)
        assert len(placed(session)) == len(stated)
        assert (again.said, again.now, again.choices) == (before.said, before.now, before.choices)
    made = (await case(session, employee)).rulings
    assert len(made) == len(before.choices)
    assert {(each.reason, each.taken_back_why) for each in made} == {("核实", "弄错了")}


async def test_what_hr_says_later_is_computed_with_the_ruling(session: Session) -> None:
    choice = (await case(session, "S1")).choices[1]
    assert choice.ruling == "counts"
    await settle(session, "S1", choice)
    moved = {"unit": "s-one", "from_unit": "s-two", "on": "2024-05-01"}
    await take([event("employee-transferred", employee="S1", **moved)], session)
    assert await roll_of(session, "S1") == [
        ("s-two", "[2024-03-01,2024-05-01)"),
        ("s-one", "[2024-05-01,)"),
    ]
    assert about(await listed(session, employee="S1")) == {}


async def test_a_unit_named_by_a_ruling_is_waited_for_like_one_named_by_hr(
    session: Session,
) -> None:
    lost = (await case(session, "S3")).said[1].event
    tried = (await case(session, "S3", event=lost, unit="s-two")).choices[0]
    await settle(session, "S3", tried)
    # HR says something else of that unit under the same identity, older, so that it is unknown.
    source = {"source": "/hr", "time": "1999-01-01T00:00:00Z"}
    row = await session.scalar(
        text(
            "SELECT raw FROM hr_event WHERE raw->'data'->>'unit' = 's-two'"
            " AND type = 'hr.unit-created'"
        )
    )
    await take([row | source | {"data": row["data"] | {"parent": "s-gone"}}], session)
    assert await roll_of(session, "S3") == []
    assert about(await listed(session, employee="S3")) == {"S3": "unknown-unit"}


async def test_the_day_of_finding_stays_when_hr_says_more(session: Session) -> None:
    moment = "UPDATE unfit SET found_at = '2024-08-01T00:00:00Z' WHERE about = 'S1'"
    await session.execute(text(moment))
    more = {"employee": "S1", "kind": "sick", "on": "2024-02-09"}
    await take([event("leave-ended", **more)], session)
    [one] = (await listed(session, employee="S1")).events
    assert one.found_at
    assert one.found_at.year == 2024
    await settle(session, "S1", (await case(session, "S1")).choices[0])
    assert (await listed(session, employee="S1")).events == []


async def test_what_waits_is_counted_by_reason_for_those_who_look_after_the_site(
    session: Session,
) -> None:
    before = await by_reason(ReadSession(session))
    assert before["already-placed"] >= 1
    await settle(session, "S1", (await case(session, "S1")).choices[0])
    after = await by_reason(ReadSession(session))
    assert after.get("already-placed", 0) == before["already-placed"] - 1


async def test_rulings_are_known_as_of_a_moment(session: Session) -> None:
    back = await settle(session, "S1", (await case(session, "S1")).choices[0])
    [first] = (await rulings_about(["S1"], session))["S1"]
    await take_back_ruling(back, WHOLE, session)
    known = (await rulings_about(["S1"], session, by=first.decided_at))["S1"]
    assert standing(known) == [first]
    assert standing((await rulings_about(["S1"], session))["S1"]) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ruling": "counts"}, "over-missing"),
        ({"over": "0" * 32}, "not-of-this-ruling"),
        ({"on": "2024-05-01"}, "not-of-this-ruling"),
        ({"ruling": "corrected"}, "correction-missing"),
        ({"ruling": "corrected", "unit": "s-gone"}, "unknown-unit"),
        ({"ruling": "corrected", "on": "2024-05-01"}, "settles-nothing"),
        ({"ruling": "same-human"}, "settles-nothing"),
        ({"event": "0" * 32}, "unknown-event"),
        ({"employee": "S5"}, "unknown-event"),
        ({"employee": "S0"}, "unknown-employee"),
    ],
)
async def test_what_settles_nothing_is_refused_and_nothing_is_kept(
    session: Session, changed: dict[str, str], code: str
) -> None:
    unfit_event = (await case(session, "S1")).said[3].event
    whole = {"employee": "S1", "ruling": "set-aside", "event": unfit_event, "reason": "核实"}
    with pytest.raises(RuleBroken, match=code):
        await settle_unfit(SettleUnfit.model_validate(whole | changed), WHOLE, session)
    assert await session.scalar(text("SELECT count(*) FROM ruling WHERE employee LIKE 'S%'")) == 0


async def test_where_nothing_contradicts_itself_nothing_is_decided(session: Session) -> None:
    hired = (await case(session, "S5")).said[0].event
    whole = {"employee": "S5", "ruling": "set-aside", "event": hired, "reason": "核实"}
    with pytest.raises(RuleBroken, match="nothing-to-settle"):
        await settle_unfit(SettleUnfit.model_validate(whole), WHOLE, session)


async def test_a_ruling_is_taken_back_once(session: Session) -> None:
    back = await settle(session, "S1", (await case(session, "S1")).choices[0])
    await take_back_ruling(back, WHOLE, session)
    with pytest.raises(RuleBroken, match="taken-back"):
        await take_back_ruling(back, WHOLE, session)
    unknown = TakeBackRuling(ruling=uuid7(), reason="弄错了")
    with pytest.raises(RuleBroken, match="unknown-ruling"):
        await take_back_ruling(unknown, WHOLE, session)
