"""The roll as of a day, on the real database: whom it shows to whom, in pieces, at what cost."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.members import leave_union
from services.membership.roll import KEPT, ROLL, WHOLE, roll
from services.membership.units import open_root
from shared.contracts.membership import LeaveUnion, Roll, RollEntry, RollOf
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import person
from tests.membership.walking import in_pieces
from tests.statements import statements

SPRING, SUMMER, AUTUMN = date(2024, 3, 15), date(2024, 6, 15), date(2024, 9, 15)
AUGUST = date(2024, 8, 1)
OFFICER = Actor("o", uuid7(), (Grant("officer", "company"),))
OF_ONE = Actor("o", uuid7(), (Grant("officer", "company/r-one"),))


def hired(employee: str, name: str, unit: str | None, on: str = "2024-01-01") -> list[Any]:
    events = [event("employee-hired", employee=employee, name=name, on=on)]
    if unit:
        placed = {"employee": employee, "unit": unit, "post": "操作工", "on": on}
        events.append(event("employee-assigned", **placed))
    return events


def story() -> list[dict[str, Any]]:
    """Two plants, the first with a team. R1 moves from the one to the other in May, R2 leaves in
    July, R3 is in no unit, R4 stays, R5 comes in August."""
    units = (("r-one", "company"), ("r-team", "r-one"), ("r-two", "company"))
    return [
        *(event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units),
        *hired("R1", "王一", "r-one"),
        *hired("R2", "李二", "r-team"),
        *hired("R3", "王三", None),
        *hired("R4", "赵四", "r-team"),
        *hired("R5", "钱五", "r-one", "2024-08-01"),
        event(
            "employee-transferred",
            employee="R1",
            from_unit="r-one",
            unit="r-two",
            on="2024-05-01",
        ),
        event("employee-left", employee="R2", on="2024-07-01"),
    ]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """With the story; R1 and R2 became members in February."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session)
        for employee in ("R1", "R2"):
            member = {"person": await person(session, employee), "on": date(2024, 2, 1)}
            await session.execute(
                text("INSERT INTO consent (person, given_on) VALUES (:person, :on)"), member
            )
        on = "2024-02-01"
        for employee in ("R1", "R2"):
            retitled = event("employee-retitled", employee=employee, post="班长", on=on)
            await take([retitled], session)
        yield session


async def told(session: Session, actor: Actor = OFFICER, **asked: Any) -> RollOf:
    return await roll(Roll(**asked), actor, ReadSession(session))


async def numbers(session: Session, actor: Actor = OFFICER, **asked: Any) -> list[str]:
    """Of this story: there may be others in the house."""
    found = await told(session, actor, **{"words": "R", "limit": 200} | asked)
    return [each.employee for each in found.items if each.employee.startswith("R")]


async def test_the_roll_is_as_of_its_day(session: Session) -> None:
    assert await numbers(session, on=SPRING) == ["R1", "R2", "R3", "R4"]
    assert await numbers(session, on=AUTUMN) == ["R1", "R3", "R4", "R5"]
    assert await numbers(session, on=date(2023, 12, 31)) == []
    [moved] = (await told(session, on=SPRING, words="R1")).items
    assert (moved.unit, moved.name, moved.post) == ("r-one", "王一", "班长")
    [moved] = (await told(session, on=SUMMER, words="R1")).items
    assert moved.unit == "r-two"


async def test_a_unit_is_shown_with_all_below_it(session: Session) -> None:
    assert await numbers(session, on=SPRING, unit="r-one") == ["R1", "R2", "R4"]
    assert await numbers(session, on=SPRING, unit="r-team") == ["R2", "R4"]
    assert await numbers(session, on=SUMMER, unit="r-two") == ["R1"]


async def test_members_others_and_who_has_left_are_told_apart_by_the_day(session: Session) -> None:
    assert await numbers(session, on=SPRING, state="member") == ["R1", "R2"]
    assert await numbers(session, on=SPRING, state="not-member") == ["R3", "R4"]
    assert await numbers(session, on=SPRING, state="left") == []
    assert await numbers(session, on=AUTUMN, state="left") == ["R2"]
    [gone] = (await told(session, on=AUTUMN, state="left", unit="r-one")).items
    assert (gone.state, gone.unit, gone.left_on) == ("left", "r-team", date(2024, 7, 1))
    [member] = (await told(session, on=SPRING, words="R2")).items
    assert (member.state, member.member_since) == ("member", date(2024, 2, 1))


@pytest.mark.parametrize("sort", ["number", "unit", "latest"])
async def test_whose_membership_is_kept_is_found_by_the_day(session: Session, sort: str) -> None:
    """R1 retires in August and R2 just leaves; in 2025 another human being has R1's number."""
    retires = event("employee-left", employee="R1", on="2024-08-01", reason="retired")
    await take([retires], session)
    assert await numbers(session, on=SUMMER, kept=True, sort=sort) == []
    for unit in ("company", "r-two"):
        found = await told(session, on=AUTUMN, kept=True, unit=unit, words="R", sort=sort)
        [kept] = found.items
        assert (kept.employee, kept.state, kept.member_since) == ("R1", "left", None)
        assert (kept.unit, kept.left_on, kept.kept_since) == ("r-two", AUGUST, AUGUST)
    for employee, since in (("R1", AUGUST), ("R2", None)):
        left = await told(session, on=AUTUMN, state="left", words=employee, sort=sort)
        assert [(one.employee, one.kept_since) for one in left.items] == [(employee, since)]
    assert await numbers(session, OF_ONE, on=AUTUMN, kept=True, sort=sort) == []
    again = event("employee-hired", employee="R1", name="别人", on="2025-03-01")
    placed = event("employee-assigned", employee="R1", unit="r-one", on="2025-03-01")
    await take([again, placed], session)
    for unit in ("company", "r-one"):
        asked: dict[str, Any] = {"on": date(2025, 4, 1), "unit": unit, "sort": sort}
        asked |= {"words": "R1"}
        assert "R1" in await numbers(session, state="not-member", **asked)
        assert "R1" not in await numbers(session, kept=True, **asked)
        assert "R1" not in await numbers(session, state="member", **asked)


async def test_of_a_large_company_only_those_are_read_whose_membership_is_kept(
    session: Session,
) -> None:
    await session.execute(text(GROW))
    for table in ("stay", "employment", "member"):
        await session.execute(text(GONE.format(table)))
    await session.execute(
        text("""
            INSERT INTO member (person, during, consent, kept)
            SELECT id, '[2022-01-01,)', '2020-01-01', true FROM person
            WHERE employee LIKE 'grown199__'
        """)
    )
    asked = ASKED | {"unit": "'company'", "whole": "true", "state": "'kept'"}
    most = await looked_at(session, KEPT, asked)
    assert most["person"] <= 200


async def test_who_left_the_union_was_a_member_before_that(session: Session) -> None:
    """Which no fact tells any more, and the roll still does."""
    worker = Actor("w", await person(session, "R1"))
    await leave_union(LeaveUnion(on=date(2024, 8, 1)), worker, session)
    assert await numbers(session, on=SUMMER, state="member") == ["R1", "R2"]
    assert await numbers(session, on=AUTUMN, state="member") == []


async def test_the_counts_are_of_the_day_and_the_unit_whatever_the_filters(
    session: Session,
) -> None:
    for asked in ({}, {"state": "left"}, {"words": "R4"}, {"limit": 1}):
        found = await told(session, on=SPRING, unit="r-one", **asked)
        assert (found.heads, found.members, found.unplaced) == (3, 2, 0)
    assert (await told(session, on=SPRING)).unplaced >= 1
    found = await told(session, on=AUTUMN, unit="r-team", state="member")
    assert (found.items, found.heads, found.members, found.cursor) == ([], 1, 0, None)


async def test_it_ends_where_the_post_does(session: Session) -> None:
    assert await numbers(session, OF_ONE, on=SPRING) == ["R1", "R2", "R4"]
    assert await numbers(session, OF_ONE, on=SUMMER) == ["R2", "R4"]
    assert await numbers(session, OF_ONE, on=SUMMER, unit="r-two") == []
    found = await told(session, OF_ONE, on=SPRING)
    assert (found.heads, found.members, found.unplaced) == (3, 2, 0)
    assert await numbers(session, OF_ONE, on=AUTUMN, state="left") == ["R2"]
    for grants in ((), (Grant("chair", "company"),), (Grant("it", "company"),)):
        with pytest.raises(RuleBroken) as broken:
            await told(session, Actor("x", uuid7(), grants))
        assert broken.value.answer.status == 403


async def test_words_are_the_beginning_of_a_number_or_part_of_a_name(session: Session) -> None:
    assert await numbers(session, on=SPRING, words="R") == ["R1", "R2", "R3", "R4"]
    assert await numbers(session, on=SPRING, words="王") == ["R1", "R3"]
    assert await numbers(session, on=SPRING, words="4") == []
    assert await numbers(session, on=SPRING, words="%") == []
    blank = await told(session, on=SPRING, words="  ", limit=5)
    assert blank == await told(session, on=SPRING, limit=5)


@pytest.mark.parametrize("sort", ["number", "unit", "latest"])
async def test_in_pieces_everybody_comes_once(session: Session, sort: str) -> None:
    whole = await numbers(session, on=SPRING, unit="r-one", sort=sort)
    assert sorted(whole) == ["R1", "R2", "R4"]
    pieces = await in_pieces(told, session, on=SPRING, unit="r-one", sort=sort, limit=1)
    assert [each.employee for piece in pieces for each in piece.items] == whole


async def test_the_latest_come_first(session: Session) -> None:
    later = date(2024, 2, 20)
    await session.execute(
        text("UPDATE member SET during = daterange(:on, NULL) WHERE person = :person"),
        {"on": later, "person": await person(session, "R1")},
    )
    assert await numbers(session, on=SPRING, sort="latest", state="member") == ["R1", "R2"]


@pytest.mark.parametrize("cursor", ["x", "bm8", "WyJhIl0", "WzEsMl0", "WyIiLCJcdTAwMDAiXQ"])
async def test_a_cursor_of_somebody_elses_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        await told(session, cursor=cursor)
    refused = broken.value.answer
    assert (refused.status, refused.code, refused.field) == (404, "unknown-cursor", "cursor")


async def test_a_unit_that_is_not_there_is_said_so(session: Session) -> None:
    with pytest.raises(RuleBroken) as broken:
        await told(session, unit="r-none")
    assert (broken.value.answer.status, broken.value.answer.code) == (404, "unknown-unit")


async def test_it_is_one_statement(session: Session) -> None:
    async with statements(session) as said:
        await told(session, on=SPRING)
    assert len(said) == 1


IN_A_PLANT = 500
"""Of 20,000 in the company."""
GROW = """
    WITH units AS (
        INSERT INTO unit (id, code, name, kind, path, plant, known)
        SELECT uuidv7(), 'grown-' || n, 'grown', 'plant', 'company/grown-' || n, '', true
        FROM generate_series(0, 39) AS n RETURNING id, code, path
    ), placed AS (
        INSERT INTO unit_placement (unit, name, path, plant, during)
        SELECT id, 'grown', path, '', '(,)' FROM units
    ), people AS (
        INSERT INTO person (id, employee, name)
        SELECT uuidv7(), 'grown' || n, '某' FROM generate_series(0, 19999) AS n
        RETURNING id, employee
    ), employed AS (
        INSERT INTO employment (person, during) SELECT id, '[2020-01-01,)' FROM people
    ), joined AS (
        INSERT INTO member (person, during, consent)
                SELECT id, '[2020-01-01,)', '2020-01-01' FROM people
    )
    INSERT INTO stay (person, unit, during)
    SELECT people.id, units.id, '[2020-01-01,)' FROM people
    JOIN units ON units.code = 'grown-' || substr(people.employee, 6)::int / 500
"""
GONE = """
    UPDATE {} SET during = '[2020-01-01,2022-01-01)'
    WHERE person IN (SELECT id FROM person WHERE employee LIKE 'grown%')
"""
ANALYZED = "ANALYZE person, stay, member, employment, unit"
TYPES = {
    "unit": "text",
    "reach": "text[]",
    "whole": "boolean",
    "on": "date",
    "limit": "bigint",
    "known": "timestamptz",
}
ASKED = {
    "unit": "'grown-7'",
    "reach": "'{company}'",
    "whole": "false",
    "on": "'2024-03-15'",
    "state": "'employed'",
    "sort": "'number'",
    "words": "NULL",
    "key": "NULL",
    "employee": "NULL",
    "limit": "51",
}


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Each table that the plan looks into, and how many rows it found or threw away there."""
    if table := plan.get("Relation Name"):
        thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
        yield table, (plan["Actual Rows"] + thrown) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


async def looked_at(
    session: Session, statement: str, asked: dict[str, str], **types: str
) -> dict[str, float]:
    """Table → the most rows that one place of the plan found or threw away there, in a plan that
    knows nothing of what is asked. `types`: of what is asked, where it is another one here."""
    plan = await planned(session, statement, asked, **types)
    most: dict[str, float] = {}
    for table, rows in scans(plan["Plan"]):
        most[table] = max(rows, most.get(table, 0))
    return most


async def planned(
    session: Session,
    statement: str,
    asked: dict[str, str],
    *,
    plans: str = "force_generic_plan",
    **types: str,
) -> dict[str, Any]:
    """What PostgreSQL did for it, told by EXPLAIN."""
    await session.execute(text(f"SET LOCAL plan_cache_mode = {plans}"))
    names = [name for name in asked if re.search(rf"(?<!:):{name}\b", statement)]
    for place, name in enumerate(names, start=1):
        statement = re.sub(rf"(?<!:):{name}\b", f"${place}", statement)
    kinds = ", ".join((TYPES | types).get(name, "text") for name in names)
    given = ", ".join(asked[name] for name in names)
    connection = await session.connection()
    await connection.exec_driver_sql(f"PREPARE roll ({kinds}) AS {statement}")
    told = await connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE roll ({given})"
    )
    plan = told.scalar_one()
    await connection.exec_driver_sql("DEALLOCATE roll")
    found: dict[str, Any] = (plan if isinstance(plan, list) else json.loads(plan))[0]
    return found


@pytest.mark.parametrize("state", ["employed", "left"])
async def test_a_plant_in_a_large_company_costs_what_the_plant_is(
    session: Session, state: str
) -> None:
    await session.execute(text(GROW))
    if state == "left":
        for table in ("stay", "employment"):
            await session.execute(text(GONE.format(table)))
    # What tests before this one left behind is not what is to be planned for.
    await session.execute(text(ANALYZED))
    # With a million people it guesses that a hash of everybody is cheaper. It is not.
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    most = await looked_at(session, ROLL, ASKED | {"state": f"'{state}'"})
    for table in ("stay", "person", "member", "employment"):
        assert most.get(table, 0) <= IN_A_PLANT, table
    assert most["stay"]
    assert most["person"]


async def test_of_the_whole_company_only_those_are_looked_up_who_are_shown(
    session: Session,
) -> None:
    await session.execute(text(GROW))
    await session.execute(text(ANALYZED))
    asked = ASKED | {"unit": "'company'", "whole": "true", "employee": "'grown15'"}
    assert (await looked_at(session, WHOLE, asked))["person"] <= 51


async def test_the_whole_company_is_the_same_in_every_order(session: Session) -> None:
    for on in (SPRING, SUMMER, AUTUMN, date(2023, 12, 31)):
        for state in ("employed", "member", "not-member", "left"):
            asked: dict[str, Any] = {"on": on, "state": state, "limit": 1000}
            walked = await in_pieces(told, session, **asked, sort="number")
            found = await in_pieces(told, session, **asked, sort="unit")
            assert by_number(walked) == by_number(found)
            assert counts(walked[0]) == counts(found[0])


def by_number(pieces: list[RollOf]) -> list[RollEntry]:
    everybody = [each for piece in pieces for each in piece.items]
    return sorted(everybody, key=lambda each: each.employee)


def counts(found: RollOf) -> tuple[int, int | None, int | None]:
    return found.heads, found.members, found.unplaced
