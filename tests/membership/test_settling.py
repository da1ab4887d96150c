"""The desk on the real database: contradictions are settled, and settled no more."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.rulings import rulings_about
from services.membership.desk.settling import settle_unfit, take_back_ruling
from services.membership.timeline.rulings import standing
from shared.contracts.membership import HrSaid, SettleUnfit, TakeBackRuling
from shared.database import Session
from shared.messages import uuid7
from shared.rights import RuleBroken
from tests.membership.desk_made import (
    WHOLE,
    about,
    case,
    days,
    days_alone,
    listed,
    placed,
    roll_of,
    settle,
    told_story,
)
from tests.membership.test_hr_events import event, take


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with told_story(home) as session:
        yield session


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
