"""Heads, and the roll of a plant, as of a day over a million assignments: by index, in a moment."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.home import Home
from services.membership.heads import HEADS, HEADS_KNOWN, heads
from services.membership.roll import ROLL, roll
from shared.contracts.membership import Heads, Roll
from shared.database import ReadSession, Session, Sessions
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.membership.test_roll import ASKED, planned

PEOPLE, STAYS, UNITS, IN_A_PLANT = 500_000, 1_000_000, 2_000, 10
"""Everybody has moved once, in 2015, to the unit after their own; every twenty-fifth of a unit has
left."""
ON, BEFORE = date(2024, 3, 15), date(2012, 3, 15)
WHOLE = Actor("o", uuid7(), (Grant("officer", "company"),))

GROW = f"""
    WITH plants AS (
        SELECT n, uuidv7() AS id, 'm-' || n AS code FROM generate_series(0, {UNITS - 1}) AS n
    ), units AS (
        INSERT INTO unit (id, code, name, kind, path, plant, known)
        SELECT id, code, code, 'team', CASE WHEN n % {IN_A_PLANT} = 0 THEN 'company/' || code
            ELSE 'company/m-' || (n - n % {IN_A_PLANT}) || '/' || code END, '', true FROM plants
        RETURNING id, path, name
    ), placed AS (
        INSERT INTO unit_placement (unit, name, path, plant, during)
        SELECT id, name, path, '', '(,)' FROM units
    ), people AS (
        SELECT n, uuidv7() AS id FROM generate_series(0, {PEOPLE - 1}) AS n
    ), made AS (
        INSERT INTO person (id, employee, name) SELECT id, 'M' || n, '某' FROM people
    ), employed AS (
        INSERT INTO employment (person, during) SELECT id, daterange('2010-01-01',
            CASE WHEN n / {UNITS} % 25 = 0 THEN DATE '2022-01-01' END) FROM people
    )
    INSERT INTO stay (person, unit, post, during)
    SELECT people.id, plants.id, '操作工', CASE half
        WHEN 0 THEN daterange('2010-01-01', '2015-01-01')
        ELSE daterange('2015-01-01',
            CASE WHEN people.n / {UNITS} % 25 = 0 THEN DATE '2022-01-01' END) END
    FROM people CROSS JOIN generate_series(0, 1) AS half
    JOIN plants ON plants.n = (people.n + half) % {UNITS}
"""


CONSTRAINTS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
            pg_get_constraintdef(oid)) AS make
    FROM pg_constraint WHERE conrelid IN ('stay'::regclass, 'employment'::regclass)
        AND contype IN ('p', 'x')
"""
"""Without them PostgreSQL need not look for overlaps a million times; no way to heads leads over
them. They are made again as the migrations made them, and so is the index that is asked."""

EMPTY = "TRUNCATE person, unit CASCADE"


@pytest.fixture(scope="module")
async def grown(home: Home, own_database: str) -> AsyncIterator[float]:
    """The rows, straight into the tables; how many seconds it took. Gone afterwards."""
    admin = await postgres.connect(home, own_database)
    began = time.monotonic()
    await admin.execute("SET search_path TO membership, public")
    # The rows fit by how they are made: that each person and unit is there need not be looked up.
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("SET work_mem = '128MB'; SET maintenance_work_mem = '256MB'")
    constraints = await admin.fetch(CONSTRAINTS)
    index = await admin.fetchval("SELECT pg_get_indexdef('stay_unit'::regclass)")
    await admin.execute(EMPTY)
    for each in constraints:
        await admin.execute(each["drop"])
    await admin.execute("DROP INDEX stay_unit")
    try:
        await admin.execute(GROW, timeout=300)
    finally:
        await admin.execute(index, timeout=300)
    try:
        await admin.execute(
            "VACUUM ANALYZE unit, unit_placement, person, employment, stay", timeout=300
        )
        yield time.monotonic() - began
    finally:
        await admin.execute(EMPTY)
        for each in constraints:
            await admin.execute(each["make"])
        await admin.close()


@pytest.fixture
async def session(grown: float, committing: Sessions) -> AsyncIterator[Session]:
    async with committing() as session:
        yield session


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def ways_into(plan: dict[str, Any], table: str) -> set[tuple[str, str | None]]:
    """How the rows of the table were reached, where they were at all."""
    return {
        (node["Node Type"], node.get("Index Name"))
        for node in nodes(plan["Plan"])
        if node["Actual Loops"] and node.get("Relation Name") == table
    }


@pytest.mark.parametrize(("path", "many"), [("company", UNITS), ("company/m-70", IN_A_PLANT)])
async def test_heads_as_of_a_day_are_counted_by_the_index_alone(
    session: Session, grown: float, path: str, many: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ASKED | {"on": f"'{ON}'", "reach": f"'{{{path}}}'"}
    plan = await planned(session, HEADS, asked)
    assert ways_into(plan, "stay") == {("Index Only Scan", "stay_unit")}
    counted = next(n for n in nodes(plan["Plan"]) if n.get("Relation Name") == "stay")
    assert counted["Actual Loops"] == many
    began = time.perf_counter()
    actor = Actor("o", uuid7(), (Grant("officer", path),))
    found = await heads(Heads(on=ON), actor, ReadSession(session))
    taken = time.perf_counter() - began
    assert len(found.by_unit) == many
    assert found.total == PEOPLE * 24 // 25 * many // UNITS
    with capsys.disabled():
        print(
            f"\nheads of {path} on {ON}: {found.total:,} people of {STAYS:,} assignments in "
            f"{taken * 1000:.0f} ms (made in {grown:.0f} s)"
        )
    assert taken < 5


async def test_heads_of_long_ago_cost_no_more(session: Session) -> None:
    found = await heads(Heads(on=BEFORE), WHOLE, ReadSession(session))
    assert (found.total, len(found.by_unit)) == (PEOPLE, UNITS)


async def test_heads_as_known_look_through_no_table(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ASKED | {"on": f"'{ON}'", "reach": "'{company/m-70}'", "known": "now()"}
    plan = await planned(session, HEADS_KNOWN, asked)
    for table in ("stay", "stay_before"):
        ways = ways_into(plan, table)
        assert ways
        assert not any(way == "Seq Scan" for way, _ in ways), ways
    with capsys.disabled():
        print(f"\nheads of a plant as known now: {plan['Execution Time']:.0f} ms")


async def test_the_roll_of_a_plant_costs_what_the_plant_is(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = await planned(session, ROLL, ASKED | {"unit": "'m-70'"})
    for table in ("stay", "person", "member"):
        assert not any(way == "Seq Scan" for way, _ in ways_into(plan, table)), table
    began = time.perf_counter()
    told = await roll(Roll(unit="m-70", on=ON), WHOLE, ReadSession(session))
    assert told.heads == PEOPLE * 24 // 25 * IN_A_PLANT // UNITS
    with capsys.disabled():
        print(f"\nroll of a plant: {(time.perf_counter() - began) * 1000:.0f} ms")
