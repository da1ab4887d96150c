"""A plant's page costs what the plant is, not what the company is, and a work list what waits, not
what is done: shown by the plans."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.home import Home
from services.gateway.views.plant import PAGE
from services.gateway.views.proposals import ProposalsAsked, asked_sql, words_of_proposal
from services.gateway.views.rows import spelled
from services.gateway.views.work import waiting
from tests.bench.members import GROW, IN_A_PLANT

COMPANY = 20_000
VISITS = """
    INSERT INTO views.visit (id, person, state, since, due_on, overdue)
    SELECT uuidv7(), id, 'due', '2026-01-05', '2026-01-08', true FROM views.person
    WHERE employee LIKE 'grown%7'
"""
"""One in ten is to be visited."""
PROPOSALS = """
    INSERT INTO views.proposal (id, unit, category, title, body, state, supports, overdue,
        submitted_on, due_on, stated_at)
    SELECT uuidv7(), id, 'safety', '', '', 'open', 0, false, '2026-01-05', '2026-02-05', now()
    FROM views.unit, generate_series(1, 10) WHERE code LIKE 'grown-%-%'
"""
"""Ten of each team."""
TYPES = {"unit": "text", "on": "date", "reach": "text[]"}
ASKED = {"unit": "'grown-0'", "on": "'2026-11-26'", "reach": "'{company}'"}


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Each table that the plan looks into, and how many rows it found or threw away there."""
    if table := plan.get("Relation Name"):
        thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
        yield table, (plan["Actual Rows"] + thrown) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


async def test_the_page_of_a_plant_looks_at_its_own_people_and_units_only(home: Home) -> None:
    sql, names = spelled(PAGE)
    admin = await postgres.connect(home)
    transaction: Any = admin.transaction()
    await transaction.start()
    try:
        await admin.execute(GROW, 0, COMPANY, IN_A_PLANT)
        await admin.execute(VISITS)
        await admin.execute(PROPOSALS)
        await admin.execute(
            "ANALYZE views.unit, views.unit_placement, views.person, views.stay, views.visit,"
            " views.proposal"
        )
        # What a connection settles on after a while, whoever asks for whatever.
        await admin.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        # With a million people it guesses that a hash of everybody's stays is cheaper. It is not.
        await admin.execute("SET LOCAL enable_nestloop = off")
        await admin.execute("SET LOCAL search_path TO gateway, views, public")
        kinds = ", ".join(TYPES[name] for name in names)
        await admin.execute(f"PREPARE page ({kinds}) AS {sql}")
        given = ", ".join(ASKED[name] for name in names)
        told = await admin.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page ({given})")
        [page] = await admin.fetch(f"EXECUTE page ({given})")
    finally:
        await transaction.rollback()
        await admin.close()
    assert sum(json.loads(page["heads"]).values()) == IN_A_PLANT
    assert json.loads(page["visits"])["due"] == IN_A_PLANT / 10
    assert json.loads(page["proposals"])["open"] == 100
    looked_at = list(scans(json.loads(told)[0]["Plan"]))
    assert max(rows for table, rows in looked_at if table == "stay") <= IN_A_PLANT
    assert max(rows for table, rows in looked_at if table == "proposal") <= 100
    assert max(rows for table, rows in looked_at if table == "unit") <= 50
    assert max(rows for table, rows in looked_at if table == "unit_placement") <= 50


ANSWERED = """
    INSERT INTO views.proposal (id, unit, category, title, body, state, supports, overdue,
        submitted_on, due_on, stated_at)
    SELECT uuidv7(), id, 'safety', '', '', 'adopted', 0, false, '2026-01-05', '2026-02-05', now()
    FROM views.unit, generate_series(1, 100) WHERE code LIKE 'grown-%-%'
"""
"""A hundred of each team were answered: 40,000."""
COURSES = """
    WITH course AS (
        INSERT INTO views.course (id, unit, title, starts_on, seats, open_to, enrolled)
        SELECT uuidv7(), id, '', '2026-01-05', 50, 'unit', 50
        FROM views.unit WHERE code LIKE 'grown-%-%' RETURNING id, unit
    )
    INSERT INTO views.enrolment (course, person, result, completed_on)
    SELECT course.id, stay.person, 'passed', '2026-01-06' FROM course JOIN views.stay USING (unit)
"""
"""All 20,000 people have taken the course of their team."""

ELECTIONS = """
    INSERT INTO views.election (body, kind, unit, since, due_on)
    SELECT uuidv7(), 'group', id, '2026-01-05', '2026-04-05' FROM views.unit
    WHERE code LIKE 'grown-%-%'
"""
"""Every team elects its group's leader."""


@pytest.mark.parametrize("at", ["company/grown-0", "company"])
async def test_a_work_list_looks_at_little_more_than_it_shows(home: Home, at: str) -> None:
    admin = await postgres.connect(home)
    transaction: Any = admin.transaction()
    await transaction.start()
    try:
        await admin.execute(GROW, 0, COMPANY, IN_A_PLANT)
        for filling in (VISITS, PROPOSALS, ANSWERED, COURSES, ELECTIONS):
            await admin.execute(filling)
        await admin.execute(
            "ANALYZE views.unit, views.person, views.stay, views.visit, views.proposal,"
            " views.course, views.enrolment, views.election"
        )
        await admin.execute("SET LOCAL search_path TO gateway, views, public")
        reach = {part: [at] for part in ("answers", "visits", "results", "elections")}
        sql, names = spelled(waiting(reach))
        given = reach | {"today": date(2026, 11, 26), "limit": 100}
        told = await admin.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *(given[name] for name in names)
        )
    finally:
        await transaction.rollback()
        await admin.close()
    looked_at = list(scans(json.loads(told)[0]["Plan"]))
    assert max(rows for table, rows in looked_at if table == "proposal") <= 100
    assert max(rows for table, rows in looked_at if table == "visit") <= 100
    assert max(rows for table, rows in looked_at if table == "stay") <= IN_A_PLANT
    assert sum(rows for table, rows in looked_at if table == "enrolment") <= 10
    assert max(rows for table, rows in looked_at if table == "election") <= 100


SAID = """
    INSERT INTO views.proposal (id, unit, category, title, body, state, supports, overdue,
        submitted_on, due_on, stated_at, words)
    SELECT uuidv7(), unit.id, 'safety', '', '', 'open', 0, false, '2026-01-05', '2026-02-05', now(),
        CAST($1 AS tsvector)
    FROM generate_series(1, $2::int), (SELECT id FROM views.unit LIMIT 1) AS unit
"""


@pytest.mark.parametrize("typed", ["洗眼器", "结冰 heat", "器"])
async def test_a_search_looks_at_what_it_finds_and_not_at_all_that_was_said(
    home: Home, typed: str
) -> None:
    admin = await postgres.connect(home)
    transaction: Any = admin.transaction()
    await transaction.start()
    try:
        await admin.execute(SAID, words_of_proposal("加装护栏", "二楼平台没有护栏。"), 20_000)
        await admin.execute(SAID, words_of_proposal("洗眼器结冰", "Heating!"), 30)
        await admin.execute("ANALYZE views.proposal")
        await admin.execute("SET LOCAL search_path TO gateway, views, public")
        sql, given = asked_sql(ProposalsAsked(q=typed, limit=20))
        spelled_sql, names = spelled(sql)
        given = {name: given[name] for name in names}
        for number, name in reversed(list(enumerate(names, start=1))):
            value = str(given[name]).replace("'", "''")
            spelled_sql = spelled_sql.replace(f"${number}", f"'{value}'")
        told = await admin.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {spelled_sql}")
    finally:
        await transaction.rollback()
        await admin.close()
    looked_at = list(scans(json.loads(told)[0]["Plan"]))
    assert max(rows for table, rows in looked_at if table == "proposal") <= 100
    assert "proposal_words" in told
