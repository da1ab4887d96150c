"""Units that move, merge and end, on the real database: every day keeps its tree and its people."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership import clock
from services.membership.posts import appoint_post
from services.membership.roll import roll
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import AppointPost, Roll, UnitPlaced
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.test_roll import OFFICER, hired

APRIL, MAY, JUNE = date(2024, 4, 30), date(2024, 5, 1), date(2024, 6, 1)


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        yield session


def company() -> list[dict[str, Any]]:
    """Two plants; the first has a workshop with a team, and somebody in each."""
    units = (("u-one", "company"), ("u-shop", "u-one"), ("u-team", "u-shop"), ("u-two", "company"))
    return [
        *(event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units[:1]),
        *(event("unit-created", unit=u, name=u, kind="workshop", parent=p) for u, p in units[1:3]),
        *(event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units[3:]),
        *hired("U1", "甲", "u-one"),
        *hired("U2", "乙", "u-shop"),
        *hired("U3", "丙", "u-team"),
    ]


MOVED = event("unit-moved", unit="u-shop", parent="u-two", on=str(MAY))
MERGED = event("unit-merged", unit="u-shop", into="u-two", on=str(MAY))


async def on_the_roll(session: Session, unit: str, on: date, actor: Actor = OFFICER) -> list[str]:
    told = await roll(Roll(unit=unit, on=on), actor, ReadSession(session))
    return [each.employee for each in told.items]


def told_of(session: Session) -> dict[str, UnitPlaced]:
    facts = [fact for fact in session.info.pop("stated", []) if isinstance(fact, UnitPlaced)]
    return {fact.code: fact for fact in facts}


async def test_a_unit_that_moved_in_may_counts_under_its_old_plant_in_april(
    session: Session,
) -> None:
    await take([*company(), MOVED], session)
    assert await on_the_roll(session, "u-one", APRIL) == ["U1", "U2", "U3"]
    assert await on_the_roll(session, "u-two", APRIL) == []
    assert await on_the_roll(session, "u-one", MAY) == ["U1"]
    assert await on_the_roll(session, "u-two", MAY) == ["U2", "U3"]


async def test_a_move_is_told_of_the_unit_and_of_all_below_it_and_of_no_person(
    session: Session,
) -> None:
    await take(company(), session)
    session.info.pop("stated")
    await take([MOVED], session)
    assert all(isinstance(fact, UnitPlaced) for fact in session.info["stated"])
    told = told_of(session)
    assert {code: (fact.path, fact.plant) for code, fact in told.items()} == {
        "u-shop": ("company/u-two/u-shop", "company/u-two"),
        "u-team": ("company/u-two/u-shop/u-team", "company/u-two"),
    }
    assert told["u-shop"].parent != told["u-team"].parent == told["u-shop"].unit
    await take([MOVED], session)
    assert session.info.get("stated", []) == []


async def test_it_is_told_where_a_unit_stood_before_and_when_it_is_to_end(
    session: Session,
) -> None:
    await take([*company(), MOVED], session)
    shop = told_of(session)["u-shop"]
    assert [(one.path, one.until) for one in shop.earlier] == [("company/u-one/u-shop", MAY)]
    renamed = event("unit-renamed", unit="u-shop", name="新名", on="2024-02-01")
    await take([renamed], session)
    [shop] = told_of(session).values()
    assert [(one.name, one.until) for one in shop.earlier] == [
        ("u-shop", date(2024, 2, 1)),
        ("新名", MAY),
    ], "also what changes of past days alone"
    closes = today() + timedelta(days=30)
    await take([event("unit-closed", unit="u-team", on=str(closes))], session)
    [team] = told_of(session).values()
    assert (team.code, team.ended_on) == ("u-team", closes)


async def test_rights_go_by_where_a_unit_stands_today(session: Session) -> None:
    """Who is responsible for people today sees where they were; who was, does not any more."""
    await take([*company(), MOVED], session)
    one = Actor("o", uuid7(), (Grant("officer", "company/u-one"),))
    two = Actor("o", uuid7(), (Grant("officer", "company/u-two"),))
    assert await on_the_roll(session, "u-one", APRIL, one) == ["U1"]
    assert await on_the_roll(session, "u-shop", APRIL, two) == ["U2", "U3"]
    assert await on_the_roll(session, "u-one", APRIL, two) == ["U2", "U3"]


async def test_whoever_is_in_a_merged_unit_is_in_the_other_without_an_event_of_theirs(
    session: Session,
) -> None:
    await take(company(), session)
    session.info.pop("stated")
    await take([MERGED], session)
    assert [fact.slug() for fact in session.info["stated"]].count("person-placed") == 1
    told = told_of(session)
    assert told["u-shop"].ended_on == MAY
    assert told["u-shop"].path == "company/u-two/u-shop"
    assert told["u-team"].path == "company/u-two/u-team"
    assert await on_the_roll(session, "u-shop", APRIL) == ["U2", "U3"]
    assert await on_the_roll(session, "u-two", APRIL) == []
    assert await on_the_roll(session, "u-shop", MAY) == []
    assert await on_the_roll(session, "u-two", MAY) == ["U2", "U3"]
    rows = await session.execute(
        text("""
            SELECT code, during::text FROM stay JOIN unit ON unit.id = stay.unit
            JOIN person ON person.id = stay.person WHERE employee = 'U2' ORDER BY during
        """)
    )
    assert [tuple(row) for row in rows] == [
        ("u-shop", "[2024-01-01,2024-05-01)"),
        ("u-two", "[2024-05-01,)"),
    ]


async def test_who_left_from_a_unit_that_was_merged_later_is_found_below_the_other(
    session: Session,
) -> None:
    left = event("employee-left", employee="U2", on="2024-03-01")
    await take([*company(), left, MERGED], session)
    for unit, on in (("u-one", APRIL), ("u-two", MAY), ("u-shop", MAY), ("company", MAY)):
        asked = Roll(unit=unit, on=on, state="left", words="U2", sort="unit")
        [gone] = (await roll(asked, OFFICER, ReadSession(session))).items
        assert (gone.employee, gone.unit) == ("U2", "u-shop"), unit


@pytest.mark.parametrize("out_of", ["u-shop", "u-two"])
async def test_hr_may_go_on_using_the_code_of_a_merged_unit(session: Session, out_of: str) -> None:
    """Whatever comes first: the merge, or what rests on it."""
    away = event(
        "employee-transferred", employee="U2", from_unit=out_of, unit="u-one", on="2024-07-01"
    )
    into_it = event(
        "employee-transferred", employee="U1", from_unit="u-one", unit="u-shop", on="2024-06-01"
    )
    for seed in range(4):
        events = [*company(), MERGED, away, into_it]
        Random(seed).shuffle(events)
        point = await session.begin_nested()
        await take(events, session)
        assert await on_the_roll(session, "u-two", JUNE) == ["U1", "U2", "U3"]
        assert await on_the_roll(session, "u-two", date(2024, 7, 1)) == ["U1", "U3"]
        assert await unfit(session) == {}
        await point.rollback()


async def unfit(session: Session) -> dict[str, str]:
    rows = await session.execute(text("SELECT about, reason FROM unfit WHERE about ILIKE 'u%'"))
    return {row.about: row.reason for row in rows}


async def test_who_is_in_a_unit_that_closes_is_in_none_and_who_goes_that_day_goes(
    session: Session,
) -> None:
    goes = event(
        "employee-transferred", employee="U3", from_unit="u-team", unit="u-one", on=str(MAY)
    )
    told = [*company(), *hired("U4", "丁", "u-team")]
    late = event(
        "employee-transferred", employee="U1", from_unit="u-one", unit="u-team", on="2024-06-01"
    )
    await take([*told, event("unit-closed", unit="u-team", on=str(MAY)), goes, late], session)
    assert await on_the_roll(session, "u-team", APRIL) == ["U3", "U4"]
    assert await on_the_roll(session, "u-one", MAY) == ["U1", "U2", "U3"]
    whole = await roll(Roll(on=MAY, words="U4"), OFFICER, ReadSession(session))
    assert [(each.employee, each.unit) for each in whole.items] == [("U4", None)]
    assert await unfit(session) == {"U1": "unit-ended", "u-team": "people-left-in-it"}


async def test_a_move_that_is_taken_back_leaves_the_tree_as_it_was(session: Session) -> None:
    """HR created the plant that it moved to twice: the older, another one, counts."""
    units = company()
    young = units[3] | {"time": "2024-02-01T00:00:00Z"}
    await take([*units[:3], young, *units[4:], MOVED], session)
    assert await on_the_roll(session, "u-two", MAY) == ["U2", "U3"]
    old = event("unit-created", unit="u-two", name="u-two", kind="plant", parent="u-none")
    await take([old | {"time": "2024-01-01T00:00:00Z"}], session)
    assert await on_the_roll(session, "u-one", MAY) == ["U1", "U2", "U3"]
    with pytest.raises(RuleBroken):
        await on_the_roll(session, "u-two", MAY)
    assert (await unfit(session))["u-shop"] == "unknown-parent"


async def test_a_move_to_come_is_told_when_its_day_has_come(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = today() + timedelta(days=3)
    coming = event("unit-moved", unit="u-shop", parent="u-two", on=str(soon))
    await take([*company(), coming], session)
    assert told_of(session)["u-team"].path == "company/u-one/u-shop/u-team"
    assert await on_the_roll(session, "u-two", soon) == ["U2", "U3"]
    [(what, key)] = session.info["due"]
    at = session.info["due"][what, key]
    assert (at + timedelta(hours=8)).date() == soon
    assert what == clock.the_tree_changes.__due__  # type: ignore[attr-defined]
    monkeypatch.setattr("services.membership.units.today", lambda: soon)
    await clock.the_tree_changes(key, session)
    assert {code: fact.path for code, fact in told_of(session).items()} == {
        "u-shop": "company/u-two/u-shop",
        "u-team": "company/u-two/u-shop/u-team",
    }


async def test_nobody_is_appointed_to_a_unit_that_has_ended(session: Session) -> None:
    await take([*company(), MERGED], session)
    post = {"employee": "U1", "role": "leader", "unit": "u-shop"}
    with pytest.raises(RuleBroken) as broken:
        await appoint_post(AppointPost(**post, on=MAY), IT, session)
    assert (broken.value.answer.code, broken.value.answer.field) == ("unit-ended", "unit")
    assert await appoint_post(AppointPost(**post, on=APRIL, until=MAY), IT, session)


async def test_a_dismissal_or_lay_off_that_is_intended_makes_nobody(session: Session) -> None:
    planned = event("layoff-intended", unit="u-one", count=20, reason="…", on="2024-05-01")
    await take([*company(), planned], session)
    people = await session.scalar(text("SELECT count(*) FROM person WHERE employee = 'u-one'"))
    assert people == 0
