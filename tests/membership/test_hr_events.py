"""HR's events on the real database: kept as heard, the roll the same whatever the order."""

from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership import hr
from services.membership.heads import heads
from services.membership.units import open_root
from shared.contracts.hr import parse
from shared.contracts.membership import Heads
from shared.database import ReadSession, Session
from shared.facts import Heard
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        yield session


def event(what: str, /, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/hr",
        "type": f"hr.{what}",
        "time": f"{data.get('on', '2024-01-01')}T00:00:00Z",
        "data": data,
    }


def story() -> list[dict[str, Any]]:
    """A plant with a team; one who moves, one who leaves and comes back."""
    return [
        event("unit-created", unit="x-plant", name="东厂", kind="plant", parent="company"),
        event("unit-created", unit="x-team", name="一班", kind="team", parent="x-plant"),
        event("employee-hired", employee="X1", name="甲", on="2024-01-01"),
        event("employee-assigned", employee="X1", unit="x-team", post="操作工", on="2024-01-01"),
        event(
            "employee-transferred",
            employee="X1",
            unit="x-plant",
            from_unit="x-team",
            on="2024-03-01",
        ),
        event("employee-hired", employee="X2", name="乙", on="2024-02-01"),
        event("employee-assigned", employee="X2", unit="x-team", post="班长", on="2024-02-01"),
        event("employee-left", employee="X2", on="2024-05-01"),
        event("employee-hired", employee="X2", name="乙", on="2024-08-01"),
        event("employee-assigned", employee="X2", unit="x-team", post="班长", on="2024-08-01"),
    ]


async def take(events: Sequence[dict[str, Any]], session: Session, *, batch: int = 3) -> None:
    told = [parse(each) for each in events]
    for start in range(0, len(told), batch):
        await hr.take(
            [
                Heard(each.subject_key, 1, each, "", each.body, each.type, numbered=False)
                for each in told[start : start + batch]
            ],
            session,
        )


async def roll(session: Session) -> list[tuple[Any, ...]]:
    rows = await session.execute(
        text("""
            SELECT employee, code, post, during::text FROM stay
            JOIN person ON person.id = stay.person JOIN unit ON unit.id = stay.unit
            WHERE employee LIKE 'X%' ORDER BY 1, 4
        """)
    )
    return [tuple(row) for row in rows]


async def unfit(session: Session) -> set[tuple[str, str]]:
    rows = await session.execute(text("SELECT about, reason FROM unfit WHERE about LIKE 'X%'"))
    return {(row.about, row.reason) for row in rows}


EXPECTED = [
    ("X1", "x-plant", "操作工", "[2024-03-01,)"),
    ("X1", "x-team", "操作工", "[2024-01-01,2024-03-01)"),
    ("X2", "x-team", "班长", "[2024-02-01,2024-05-01)"),
    ("X2", "x-team", "班长", "[2024-08-01,)"),
]


async def test_the_roll_follows_from_the_events(session: Session) -> None:
    await take(story(), session)
    assert await roll(session) == sorted(EXPECTED, key=lambda row: (row[0], row[3]))
    assert await unfit(session) == set()


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_and_any_repeats_end_in_the_same_roll(session: Session, seed: int) -> None:
    chance = Random(seed)
    events = story() * 2
    chance.shuffle(events)
    await take(events, session, batch=chance.randint(1, 7))
    assert await roll(session) == sorted(EXPECTED, key=lambda row: (row[0], row[3]))
    assert await unfit(session) == set()
    kept = await session.scalar(text("SELECT count(*) FROM hr_event WHERE source = '/hr'"))
    assert kept == len(events) / 2


async def test_people_in_a_unit_nobody_knows_yet_are_shown_and_fit_once_it_is(
    session: Session,
) -> None:
    units, people = story()[:2], story()[2:]
    await take(people, session)
    assert await roll(session) == []
    assert ("X1", "unknown-unit") in await unfit(session)
    await take(units, session)
    assert len(await roll(session)) == len(EXPECTED)
    assert await unfit(session) == set()


async def test_two_contents_under_one_id_are_both_kept_and_reported(session: Session) -> None:
    events = story()
    other = events[2] | {"data": events[2]["data"] | {"name": "丙"}}
    await take([*events, other], session)
    assert ("X1", "id-used-twice") in await unfit(session)
    kept = await session.scalar(
        text("SELECT count(*) FROM hr_event WHERE id = :id"), {"id": other["id"]}
    )
    assert kept == 2


async def test_what_contradicts_is_kept_shown_and_without_effect(session: Session) -> None:
    bad = event(
        "employee-transferred", employee="X1", unit="x-team", from_unit="nowhere", on="2024-04-01"
    )
    await take([*story(), bad], session)
    assert await roll(session) == sorted(EXPECTED, key=lambda row: (row[0], row[3]))
    assert await unfit(session) == {("X1", "in-another-unit")}


async def test_only_what_changed_is_stated(session: Session) -> None:
    events = story()
    await take(events, session)
    session.info.pop("stated")
    await take(events, session)
    assert session.info.get("stated", []) == []
    await take([event("employee-left", employee="X1", on="2024-09-01")], session)
    assert [fact.slug() for fact in session.info["stated"]] == ["person-placed"]


async def test_facts_carry_no_name(session: Session) -> None:
    await take(story(), session)
    said = "".join(
        fact.model_dump_json() for fact in session.info["stated"] if fact.slug() != "unit-placed"
    )
    assert "甲" not in said
    assert "乙" not in said


async def test_heads_are_counted_within_the_reach_of_who_asks(session: Session) -> None:
    await take(story(), session)
    reading = ReadSession(session)
    query = Heads.model_validate({"on": "2024-02-15"})
    whole = await heads(query, Actor("o", None, (Grant("officer", "company"),)), reading)
    assert whole.by_unit["x-team"] == 2
    assert whole.total == sum(whole.by_unit.values())
    plant = await heads(query, Actor("d", None, (Grant("director", "company/x-plant"),)), reading)
    assert plant.by_unit == {"x-team": 2}
    other = await heads(query, Actor("d", None, (Grant("director", "company/x"),)), reading)
    assert other.by_unit == {}
    with pytest.raises(RuleBroken):
        await heads(query, Actor("w", None, (Grant("manager", "company"),)), reading)
