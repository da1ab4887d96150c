"""What waits for officers, in a company of a hundred thousand of whom some thousands are concerned:
never is everybody looked at."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local import postgres
from deploy.local.home import Home
from services.membership.corrections.telling import COUNT as CORRECTIONS_COUNT
from services.membership.corrections.telling import SETTLED, WAITING, corrections
from services.membership.desk.listing import COUNT as UNFIT_COUNT
from services.membership.desk.listing import PAGE, unfit
from services.membership.desk.settled import COUNT as RULED_COUNT
from services.membership.desk.settled import PAGE as RULED_PAGE
from services.membership.erasure.telling import LISTED, erasures
from services.membership.erasure.telling import WAITING as ERASURES_WAITING
from services.membership.lapse.lapses import CANDIDATES, lapse_counts, lapses
from services.membership.units import open_root
from shared.contracts.membership import Corrections, Erasures, LapseCounts, Lapses, Unfit
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.test_roll import looked_at

PEOPLE, PLANTS, MONTHS = 100_000, 200, 6
LAPSING, WAITS, SETTLED_ONES, ERASED, UNFIT, RULED = 2_000, 3_000, 5_000, 2_000, 3_000, 2_000
"""Of whom dues are missing in each month; corrections; erasures; events that do not fit. Dues are
missing once of ten times as many. Rulings on what did not fit."""
OTHERS = 100
WHOLE = Actor("w", uuid7(), (Grant("officer", "company"),))
HERE = Actor("h", uuid7(), (Grant("officer", "company/q-7"),))

GROWN = (
    "unit",
    "unit_placement",
    "person",
    "employment",
    "consent",
    "member",
    "stay",
    "payroll",
    "dues_fault",
    "correction",
    "erasure",
    "hr_event",
    "unfit",
    "ruling",
)
GROW = (
    f"""
    WITH plants AS (
        INSERT INTO unit (id, code, name, kind, path, plant, known)
        SELECT uuidv7(), 'q-' || n, 'q-' || n, 'plant', 'company/q-' || n, 'q-' || n, true
        FROM generate_series(0, {PLANTS - 1}) AS n RETURNING id, code, path
    )
    INSERT INTO unit_placement (unit, name, path, plant, during)
    SELECT id, code, path, code, '(,)' FROM plants
    """,
    f"""
    INSERT INTO person (id, employee, name)
    SELECT uuidv7(), 'Q' || lpad(n::text, 6, '0'), '某' FROM generate_series(0, {PEOPLE - 1}) AS n
    """,
    *(
        f"INSERT INTO {table} SELECT id, {rest} FROM person WHERE employee LIKE 'Q%'"
        for table, rest in (
            ("employment (person, during)", "'[2020-01-01,)'"),
            ("consent (person, given_on)", "'2020-01-01'"),
            ("member (person, during, consent)", "'[2020-01-01,)', '2020-01-01'"),
        )
    ),
    f"""
    INSERT INTO stay (person, unit, during)
    SELECT person.id, unit.id, '[2020-01-01,)' FROM person
    JOIN unit ON unit.code = 'q-' || substr(employee, 2)::int % {PLANTS}
    WHERE employee LIKE 'Q%'
    """,
    # A payroll of each plant and month; number n is missing in all of them, or in one.
    f"""
    WITH booked AS (
        INSERT INTO payroll (id, unit, month, state, rows, wages, dues, all_wages, verdict,
            opened_by)
        SELECT uuidv7(), unit.id, date_trunc('month', now()) - back * interval '1 month',
            'booked', 1, 1, 1, 1, '{{}}', 'x'
        FROM unit CROSS JOIN generate_series(1, {MONTHS}) AS back WHERE unit.code LIKE 'q-%'
        RETURNING id, unit, month
    )
    INSERT INTO dues_fault (id, payroll, place, kind, person, number, lines)
    SELECT uuidv7(), booked.id, substr(person.employee, 2)::int, 'missing', person.id,
        person.employee, '{{}}'
    FROM booked JOIN stay ON stay.unit = booked.unit JOIN (
        SELECT id, employee FROM person WHERE employee LIKE 'Q%' OFFSET 0
    ) AS person ON person.id = stay.person
    WHERE substr(person.employee, 2)::int < {LAPSING} OR (
        substr(person.employee, 2)::int < {11 * LAPSING}
        AND booked.month = date_trunc('month', now() - interval '2 months'))
    """,
    f"""
    INSERT INTO correction (id, person, about, wrong, state, outcome, due_on, due_by, due_verdict,
        settled_at)
    SELECT uuidv7(), id, CASE n % 3 WHEN 0 THEN 'work' ELSE 'honour' END, 'x',
        CASE WHEN n < {WAITS} THEN 'open' ELSE 'answered' END,
        CASE WHEN n >= {WAITS} THEN 'corrected' END, CURRENT_DATE + n % 20, '{{}}', '{{}}',
        CASE WHEN n >= {WAITS} THEN now() - n * interval '1 minute' END
    FROM (SELECT id, substr(employee, 2)::int AS n FROM person WHERE employee LIKE 'Q%') AS p
    WHERE n < {WAITS + SETTLED_ONES}
    """,
    f"""
    INSERT INTO erasure (id, person, by_themselves, asked_on, asked_by, granted_on, due_on, done_on)
    SELECT uuidv7(), id, true, CURRENT_DATE, 'x', CASE WHEN done THEN CURRENT_DATE END,
        CASE WHEN done THEN CURRENT_DATE END, CASE WHEN done THEN CURRENT_DATE END
    FROM (SELECT id, substr(employee, 2)::int AS n FROM person WHERE employee LIKE 'Q%') AS p,
        LATERAL (SELECT n % 2 = 0 AS done) AS half
    WHERE n < {ERASED}
    """,
    f"""
    WITH said AS (
        INSERT INTO hr_event (source, id, digest, type, about, raw)
        SELECT '/q', employee, 'x', 'hr.employee-hired', employee, jsonb_build_object('data',
            jsonb_build_object('employee', employee, 'on', '2021-01-01'))
        FROM person WHERE employee LIKE 'Q%' RETURNING id, about
    )
    INSERT INTO unfit (source, id, reason, about, detail, of_unit, found_at)
    SELECT '/q', id, 'hired-again', about, 'x', false, now() - substr(id, 2)::int * interval '1 s'
    FROM said WHERE substr(id, 2)::int < {UNFIT}
    """,
    f"""
    INSERT INTO ruling (id, employee, kind, event, reason, decided_by, decided_at)
    SELECT uuidv7(), employee, 'set-aside', 'x', 'x', id,
        now() - substr(employee, 2)::int * interval '1 s'
    FROM person WHERE employee LIKE 'Q%' AND substr(employee, 2)::int < {RULED}
    """,
    f"ANALYZE {', '.join(GROWN)}",
)
ASKED = {
    "reach": "'{company}'",
    "officer": "'{company}'",
    "hr": "'{}'",
    "of_hr": "'{work}'",
    "path": "'company'",
    "today": "CURRENT_DATE",
    "since": "(CURRENT_DATE - 300)",
    "months": "6",
    "after": "NULL",
    "limit": "51",
    "signature": "'nobody'",
    **dict.fromkeys(
        (
            "self",
            "oneself",
            "about",
            "moment",
            "state",
            "employee",
            "reason",
            "found",
            "kind",
            "ruling",
            "at",
            "source",
            "id",
            "after_reason",
            "of_unit",
        ),
        "NULL",
    ),
}
TYPES = {
    "officer": "text[]",
    "hr": "text[]",
    "of_hr": "text[]",
    "today": "date",
    "since": "date",
    "months": "bigint",
    "after": "uuid",
    "found": "timestamptz",
    "at": "timestamptz",
    "ruling": "uuid",
}


@pytest.fixture(scope="module")
async def session(home: Home) -> AsyncIterator[Session]:
    admin = await postgres.connect(home)
    # Plans are made of what is known of the tables; only who may maintain them learns it anew.
    tables = ", ".join(f"membership.{table}" for table in GROWN)
    await admin.execute(f"GRANT MAINTAIN ON {tables} TO membership")
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        for statement in GROW:
            await session.execute(text(statement))
        yield session
    await admin.execute(f"REVOKE MAINTAIN ON {tables} FROM membership")
    # What a plan is made of is also how large a table is, with rows that are there no more.
    for table in GROWN:
        await admin.execute(f"VACUUM ANALYZE membership.{table}")
    await admin.close()


async def most(
    session: Session, statement: str, plans: str = "force_generic_plan", **asked: str
) -> dict[str, float]:
    types = TYPES | ({"after": "text"} if statement is CANDIDATES else {})
    return await looked_at(session, statement, ASKED | asked, plans=plans, **types)


PLANT = {"reach": "'{company/q-7}'", "officer": "'{company/q-7}'", "path": "'company/q-7'"}
EVERYBODY_CONCERNED: tuple[tuple[str, str, int, dict[str, str]], ...] = (
    ("corrections that wait", CORRECTIONS_COUNT, WAITS, {}),
    ("corrections that wait in a plant", WAITING, WAITS, PLANT),
    ("corrections settled in a plant", SETTLED, SETTLED_ONES, PLANT),
    ("erasures in a plant", LISTED, ERASED, PLANT),
    ("erasures to grant", ERASURES_WAITING, ERASED, {}),
    ("what does not fit", UNFIT_COUNT, UNFIT, {}),
    ("what does not fit in a plant", PAGE, UNFIT, PLANT),
    ("what was settled", RULED_COUNT, RULED, {}),
    ("what was settled in a plant", RULED_PAGE, RULED, PLANT),
    ("lapses in a plant", CANDIDATES, LAPSING, PLANT | {"after": "''"}),
    ("lapses of the whole company", CANDIDATES, LAPSING, {"after": "''"}),
)
A_PIECE = (
    ("corrections that wait", WAITING),
    ("corrections settled", SETTLED),
    ("erasures", LISTED),
    ("what does not fit", PAGE),
)


@pytest.mark.parametrize(
    ("statement", "concerned", "asked"),
    [each[1:] for each in EVERYBODY_CONCERNED],
    ids=[each[0] for each in EVERYBODY_CONCERNED],
)
async def test_only_who_is_concerned_is_looked_at(
    session: Session, statement: str, concerned: int, asked: dict[str, str]
) -> None:
    """And a few whom other tests brought into the house."""
    found = await most(session, statement, **asked)
    for table in ("person", "stay", "employment", "member", "hr_event"):
        assert found.get(table, 0) <= concerned + OTHERS, table
    assert found["person"]


@pytest.mark.parametrize(
    "statement", [each[1] for each in A_PIECE], ids=[each[0] for each in A_PIECE]
)
async def test_who_sees_all_has_a_piece_for_what_a_piece_costs(
    session: Session, statement: str
) -> None:
    """With a plan that knows how long a piece is, as it is asked for each time."""
    found = await most(session, statement, plans="force_custom_plan")
    for table in ("person", "stay", "employment", "hr_event"):
        assert found.get(table, 0) <= 60, table


async def test_each_list_is_told_in_a_moment(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a measurement: a second is what a list that reads everybody takes at least."""
    lists: tuple[tuple[Any, Callable[..., Awaitable[Any]]], ...] = (
        (Lapses(), lapses),
        (Lapses(unit="q-7"), lapses),
        (LapseCounts(), lapse_counts),
        (Corrections(), corrections),
        (Corrections(state="settled"), corrections),
        (Erasures(), erasures),
        (Erasures(state="asked"), erasures),
        (Unfit(), unfit),
    )
    for query, ask in lists:
        for actor, who in ((WHOLE, "the whole company"), (HERE, "a plant")):
            began = time.monotonic()
            found = await ask(query, actor, ReadSession(session))
            took = time.monotonic() - began
            with capsys.disabled():
                print(f"\n{ask.__name__} {query!r:.60} for {who}: {took * 1000:.0f} ms", end="")
            assert getattr(found, "items", getattr(found, "events", None)), (query, who)
