"""Who is on the list of those without dues and without taking part, and who is spared: on the real
database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.numbering import rule_same_person
from services.membership.dues.books import reverse_payroll
from services.membership.lapse.admonishing import (
    admonish_member,
)
from services.membership.lapse.evidence import note_activity
from services.membership.lapse.lapses import CANDIDATES, lapse_counts, lapses
from services.membership.reactions import made_a_proposal, took_a_course
from shared.calendar import today
from shared.contracts import membership as m
from shared.contracts.democracy import Category, ProposalSubmitted
from shared.contracts.training import CourseCompleted
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.membership.dues_made import HEAD, OFFICER, OTHER, PLANT
from tests.membership.lapse_made import (
    JOINED,
    YESTERDAY,
    admonish,
    admonished,
    booked,
    half_a_year,
    hired,
    listed,
    month,
    of,
    settled,
    spells,
)
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import person

ELSEWHERE = Actor("e", uuid7(), (Grant("officer", f"company/{OTHER}"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with half_a_year(home) as session:
        yield session


async def test_who_paid_nothing_for_six_months_is_on_the_list_and_nobody_else(
    session: Session,
) -> None:
    found = await listed(session)
    assert list(found) == ["L1"]
    one = found["L1"]
    assert (one.state, one.unit, one.admonition, one.away) == (
        "to-admonish",
        "du-team",
        None,
        False,
    )
    assert (one.lapse.first_month, one.lapse.last_month) == (month(6), month(1))
    assert (one.lapse.months, one.lapse.active_on, one.lapse.by.standing) == (6, None, "read")
    assert await listed(session, state="over") == {}
    counts = await lapse_counts(m.LapseCounts(), OFFICER, ReadSession(session))
    assert [(each.unit, each.to_admonish) for each in counts.items] == [("du-team", 1)]


@pytest.mark.parametrize("what", ["nothing", "paid", "took part"])
async def test_what_is_known_under_an_earlier_number_of_the_same_human_counts(
    session: Session, what: str
) -> None:
    """L1 was L0, whom a payroll of the other plant names, or who took part lately."""
    left = event("employee-left", employee="L0", on=str(JOINED))
    await take([event("employee-hired", employee="L0", name="某", on="2024-01-01"), left], session)
    if what == "paid":
        await booked(session, 1, "L0", unit=OTHER)
    if what == "took part":
        await note_activity(await person(session, "L0"), YESTERDAY, session)
    await admonished(session)
    assert (await listed(session))["L1"].state == "running"
    joined = m.RuleSamePerson(employee="L1", other="L0", reason="同一人")
    await rule_same_person(joined, HEAD, session)
    seen = await listed(session)
    assert list(seen) == (["L1"] if what == "nothing" else [])
    mine = await of(session)
    assert len(mine.admonitions) == 1
    assert (mine.state == "running") == (what == "nothing")


async def test_the_list_is_shown_within_reach_and_piece_by_piece(session: Session) -> None:
    await hired(session, "L3", "L4", unit=OTHER)
    for back in range(6, 0, -1):
        await booked(session, back, "L4", unit=OTHER)
    everywhere = m.Lapses(limit=1)
    first = await lapses_of(session, everywhere, HEAD)
    assert first.cursor
    numbers = [each.employee for each in first.items]
    while first.cursor:
        first = await lapses_of(session, m.Lapses(limit=1, cursor=first.cursor), HEAD)
        numbers += [each.employee for each in first.items]
    assert [number for number in numbers if number in ("L1", "L2", "L3", "L4")] == ["L1", "L3"]
    mine = await lapses_of(session, m.Lapses(limit=1000), ELSEWHERE)
    assert [each.employee for each in mine.items] == ["L3"]


async def lapses_of(session: Session, asked: m.Lapses, actor: Actor) -> m.LapsesOf:
    return await lapses(asked, actor, ReadSession(session))


@pytest.mark.parametrize("how", ["paid", "excused", "put-right"])
async def test_a_month_that_was_settled_breaks_the_run(session: Session, how: m.Settled) -> None:
    await settled(session, 3, how)
    assert await listed(session) == {}
    assert (await refused(admonish_member(admonish(), OFFICER, session))).code == "not-lapsed"
    await settled(session, 3, None)
    assert list(await listed(session)) == ["L1"]


async def test_a_month_that_was_reversed_proves_nothing(session: Session) -> None:
    payroll = await session.scalar(
        text("""
            SELECT payroll.id FROM payroll JOIN unit ON unit.id = payroll.unit
            WHERE unit.code = :unit AND month = CAST(:month AS date)
        """),
        {"unit": PLANT, "month": date.fromisoformat(f"{month(1)}-01")},
    )
    assert payroll
    await reverse_payroll(m.ReversePayroll(payroll=payroll, reason="r"), HEAD, session)
    assert await listed(session) == {}


async def test_whoever_paid_in_another_plant_that_month_is_not_missed(session: Session) -> None:
    await booked(session, 2, "L1", unit=OTHER)
    assert await listed(session) == {}


@pytest.mark.parametrize(
    ("kind", "back", "more"),
    [
        ("leave-started", 100, {"kind": "maternity"}),
        ("leave-started", 1, {"kind": "sick"}),
        ("employee-seconded", 50, {"to": "项目"}),
    ],
)
async def test_who_is_away_is_spared(
    session: Session, kind: str, back: int, more: dict[str, str]
) -> None:
    on = (today() - timedelta(back)).isoformat()
    await take([event(kind, employee="L1", on=on, **more)], session)
    assert await listed(session) == {}
    assert (await refused(admonish_member(admonish(), OFFICER, session))).code == "member-away"


async def test_who_came_back_from_a_long_leave_is_spared_and_from_a_short_one_is_not(
    session: Session,
) -> None:
    first = (today().replace(day=1) - timedelta(1)).replace(day=1)
    for since, until, so in ((1, 11, True), (12, 20, False)):
        days = [first.replace(day=since), first.replace(day=until)]
        for kind, day in zip(("leave-started", "leave-ended"), days, strict=True):
            told = event(kind, employee="L1", kind="annual", on=day.isoformat())
            await take([told], session)
        found = await listed(session)
        assert bool(found) == so
        assert not found or found["L1"].lapse.days_away == 10


async def test_who_is_kept_without_a_vote_is_spared(session: Session) -> None:
    left = {"employee": "L1", "on": YESTERDAY.isoformat(), "reason": "retired"}
    await take([event("employee-left", **left)], session)
    assert await spells(session) != []
    assert await listed(session) == {}


async def test_taking_part_spares_and_membership_keeps_only_the_day(session: Session) -> None:
    l1 = await person(session, "L1")
    long_ago, lately = today() - timedelta(300), today() - timedelta(40)
    course = CourseCompleted(course=uuid7(), person=l1, result="failed", on=long_ago)
    await took_a_course(course, session)
    assert (await listed(session))["L1"].lapse.active_on == long_ago
    await made_a_proposal(proposal(l1, lately), session)
    await took_a_course(course, session)
    assert await listed(session) == {}
    row = (
        await session.execute(text("SELECT * FROM activity WHERE person = :id"), {"id": l1})
    ).one()
    assert tuple(row) == (l1, lately), "the day, and not in what"


def proposal(author: Any, on: date) -> ProposalSubmitted:
    return ProposalSubmitted(
        proposal=uuid7(),
        unit=uuid7(),
        author=author,
        category=Category.OTHER,
        title="t",
        body="b",
        submitted_on=on,
        due_on=on,
    )


def test_a_hidden_author_is_not_heard_of() -> None:
    assert not made_a_proposal.__only__(proposal(None, today()))  # type: ignore[attr-defined]


async def test_who_holds_a_post_of_the_union_takes_part_and_a_manager_does_not(
    session: Session,
) -> None:
    for role, spared in (("manager", False), ("leader", True)):
        await session.execute(
            text("""
                INSERT INTO post (id, person, role, unit, during)
                SELECT :id, :person, :role, unit.id, daterange(:since, NULL)
                FROM unit WHERE code = 'du-team'
            """),
            {
                "id": uuid7(),
                "person": await person(session, "L1"),
                "role": role,
                "since": today() - timedelta(700),
            },
        )
        assert bool(await listed(session)) != spared


async def test_years_of_faults_are_not_read_to_find_who_may_be_admonished(
    session: Session,
) -> None:
    """Those of the months that can prove something are, payroll by payroll; and people by key."""
    for statement in (
        """
        INSERT INTO person (id, employee)
        SELECT gen_random_uuid(), 'LL' || n FROM generate_series(1, 20000) AS n
        """,
        """
        INSERT INTO payroll
            (id, unit, month, state, rows, wages, dues, all_wages, verdict, opened_by)
        SELECT gen_random_uuid(), unit.id, month, 'booked', 0, 0, 0, 0, '{}', 'x'
        FROM unit, generate_series(date '1960-01-01', '2019-12-01', '1 month') AS month
        WHERE unit.code = 'du-plant'
        """,
        """
        INSERT INTO dues_fault (id, payroll, place, kind, person, lines)
        SELECT gen_random_uuid(), payroll.id, row_number() OVER (), 'missing', person.id, '{}'
        FROM payroll JOIN person ON hashtext(person.employee || month) % 200 = 0
        WHERE person.employee LIKE 'LL%' AND month < '2020-01-01'
        """,
        "ANALYZE person, payroll, dues_fault",
    ):
        await session.execute(text(statement))
    plan = await session.scalars(
        text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {CANDIDATES}"),
        {
            "since": today() - timedelta(365),
            "months": 6,
            "after": "",
            "reach": ["company"],
            "path": "company",
            "today": today(),
            "limit": 10,
        },
    )
    steps = "\n".join(plan)
    for table in ("dues_fault", "person"):
        assert f"Seq Scan on {table}" not in steps, steps
