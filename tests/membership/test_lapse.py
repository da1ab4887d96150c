"""Admonition, the time to mend, and what the committee declares: on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.clock import time_to_mend_is_over
from services.membership.dues.books import reverse_payroll, settle_dues
from services.membership.lapse.admonishing import (
    MENDING_OVER,
    admonish_member,
    declare_left,
    reverse_declaration,
    withdraw_admonition,
)
from services.membership.lapse.lapses import CANDIDATES, lapse_counts, lapses
from services.membership.members import join_union
from services.membership.on_paper import keep_membership
from services.membership.reactions import made_a_proposal, took_a_course
from services.membership.record import member_record
from shared.calendar import today
from shared.contracts import membership as m
from shared.contracts.democracy import Category, ProposalSubmitted
from shared.contracts.training import CourseCompleted
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.membership.dues_made import HEAD, OFFICER, OTHER, PLANT
from tests.membership.lapse_made import (
    JOINED,
    admonish,
    booked,
    half_a_year,
    hired,
    listed,
    month,
    of,
)
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import facts, person

ELSEWHERE = Actor("e", uuid7(), (Grant("officer", f"company/{OTHER}"),))
YESTERDAY = today() - timedelta(1)


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with half_a_year(home) as session:
        yield session


async def admonished(session: Session, *, over: bool = False) -> None:
    """L1; `over`: as if that had been entered a term ago."""
    await admonish_member(admonish(), OFFICER, session)
    if over:
        await session.execute(
            text("UPDATE admonition SET due_on = :on WHERE person = :person"),
            {"on": YESTERDAY, "person": await person(session, "L1")},
        )


def decision(on: date | None = None) -> m.DeclareLeft:
    return m.DeclareLeft(employee="L1", on=on or today(), reference="纪要 4 号")


async def settled(session: Session, back: int, how: m.Settled | None) -> None:
    fault = await session.scalar(
        text("""
            SELECT dues_fault.id FROM dues_fault JOIN payroll ON payroll.id = payroll
            WHERE person = :person AND month = CAST(:month AS date)
        """),
        {"person": await person(session, "L1"), "month": date.fromisoformat(f"{month(back)}-01")},
    )
    assert fault
    await settle_dues(m.SettleDues(fault=fault, how=how), OFFICER, session)


async def spells(session: Session) -> list[tuple[date, date | None]]:
    rows = await session.execute(
        text("SELECT lower(during), upper(during) FROM member WHERE person = :id ORDER BY during"),
        {"id": await person(session, "L1")},
    )
    return [(row[0], row[1]) for row in rows]


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


async def test_an_admonition_gives_time_to_mend_and_tells_the_member(session: Session) -> None:
    await admonished(session)
    assert facts(session) == ["notice-given"]
    one = (await listed(session))["L1"]
    assert one.state == "running"
    assert one.admonition
    assert one.admonition.due_on == today() + timedelta(30)
    assert (one.admonition.on, one.admonition.way) == (today(), "in-person")
    due = session.info["due"]
    assert [what for what, _ in due] == [MENDING_OVER]
    l1 = Actor("l1", await person(session, "L1"))
    own = await of(session, actor=l1)
    assert (own.state, own.admonitions[0].reason) == ("running", "六个月未交会费")
    assert own.proof.standing == own.mending.standing == "house"
    assert (await refused(admonish_member(admonish(), OFFICER, session))).code == (
        "already-admonished"
    )


@pytest.mark.parametrize("way", ["paid", "course", "other-plant"])
async def test_who_mends_is_told_at_once_that_nothing_is_left_to_do(
    session: Session, way: str
) -> None:
    await admonished(session, over=True)
    facts(session)
    if way == "paid":
        await settled(session, 1, "paid")
    elif way == "course":
        l1 = await person(session, "L1")
        told = CourseCompleted(course=uuid7(), person=l1, result="passed", on=today())
        await took_a_course(told, session)
    else:
        await booked(session, 4, "L1", unit=OTHER)
    assert facts(session) == ["notice-closed"]
    own = await of(session)
    assert own.state is None
    assert [each.ended for each in own.admonitions] == ["mended"]
    assert (await refused(declare_left(decision(), OFFICER, session))).code == "not-admonished"


async def test_nothing_is_declared_before_the_time_is_over(session: Session) -> None:
    assert (await refused(declare_left(decision(), OFFICER, session))).code == "not-admonished"
    await admonished(session)
    broken = await refused(declare_left(decision(), OFFICER, session))
    assert (broken.code, broken.rule) == ("still-mending", "admonition")


async def test_the_clock_ends_no_membership_and_says_that_the_time_is_over(
    session: Session,
) -> None:
    await admonished(session, over=True)
    id = await session.scalar(text("SELECT id FROM admonition WHERE ended IS NULL"))
    facts(session)
    await time_to_mend_is_over(str(id), session)
    assert facts(session) == ["notice-given"]
    assert await spells(session) == [(JOINED, None)]
    assert (await of(session)).state == "over"


async def test_the_clock_finds_who_is_no_member_any_more(session: Session) -> None:
    await admonished(session, over=True)
    id = await session.scalar(text("SELECT id FROM admonition WHERE ended IS NULL"))
    left = {"employee": "L1", "on": YESTERDAY.isoformat(), "reason": "resigned"}
    await take([event("employee-left", **left)], session)
    facts(session)
    await time_to_mend_is_over(str(id), session)
    assert facts(session) == ["notice-closed"]


async def test_what_is_declared_ends_the_membership_and_reversed_leaves_no_gap(
    session: Session,
) -> None:
    await admonished(session, over=True)
    facts(session)
    assert (await refused(declare_left(decision(YESTERDAY), OFFICER, session))).code == (
        "still-mending"
    )
    await declare_left(decision(), OFFICER, session)
    assert facts(session) == ["member-left", "notice-given"]
    assert await spells(session) == [(JOINED, today())]
    record = await member_record(m.MemberRecord(employee="L1"), OFFICER, ReadSession(session))
    (consent,) = record.consents
    assert (consent.withdrawn_on, consent.ended_by) == (today(), "deemed-left")
    assert await listed(session) == {}

    await reverse_declaration(
        m.ReverseDeclaration(employee="L1", reason="已查明"), OFFICER, session
    )
    assert facts(session) == ["member-joined", "notice-given"]
    assert await spells(session) == [(JOINED, None)], "no gap"
    record = await member_record(m.MemberRecord(employee="L1"), OFFICER, ReadSession(session))
    (consent,) = record.consents
    assert (consent.withdrawn_on, consent.ended_by) == (None, None), "nobody was asked twice"
    own = await of(session)
    assert [(each.on, each.reversed_on) for each in own.declarations] == [(today(), today())]
    assert own.state == "to-admonish", "what is missing is missing still"
    again = m.ReverseDeclaration(employee="L1", reason="r")
    assert (await refused(reverse_declaration(again, OFFICER, session))).code == "not-declared"


async def test_who_was_deemed_to_have_left_may_join_again_on_that_day(session: Session) -> None:
    await admonished(session, over=True)
    await declare_left(decision(), OFFICER, session)
    await join_union(Actor("l1", await person(session, "L1")), session)
    assert await spells(session) == [(JOINED, today()), (today(), None)]
    await reverse_declaration(m.ReverseDeclaration(employee="L1", reason="r"), OFFICER, session)
    assert await spells(session) == [(JOINED, None)]


async def test_hr_may_correct_itself_and_what_was_declared_holds(session: Session) -> None:
    await admonished(session, over=True)
    await declare_left(decision(), OFFICER, session)
    await take(
        [
            event(
                "employee-transferred",
                employee="L1",
                from_unit="du-team",
                to=OTHER,
                unit=OTHER,
                on=today().isoformat(),
            )
        ],
        session,
    )
    assert await spells(session) == [(JOINED, today())]


async def test_an_admonition_that_was_wrong_is_withdrawn_and_stays_on_record(
    session: Session,
) -> None:
    await admonished(session)
    facts(session)
    withdrawn = m.WithdrawAdmonition(employee="L1", reason="产假")
    await withdraw_admonition(withdrawn, OFFICER, session)
    assert facts(session) == ["notice-closed"]
    (one,) = (await of(session)).admonitions
    assert (one.ended, one.ended_on, one.ended_for) == ("withdrawn", today(), "产假")
    assert (await refused(withdraw_admonition(withdrawn, OFFICER, session))).code == (
        "not-admonished"
    )


async def test_nobody_is_admonished_for_days_to_come_or_before_the_months_are_full(
    session: Session,
) -> None:
    tomorrow = today() + timedelta(1)
    assert (await refused(admonish_member(admonish(on=tomorrow), OFFICER, session))).code == (
        "not-yet"
    )
    before = today().replace(day=1) - timedelta(1)
    assert (await refused(admonish_member(admonish(on=before), OFFICER, session))).code == (
        "too-early"
    )
    await admonished(session, over=True)
    assert (await refused(declare_left(decision(tomorrow), OFFICER, session))).code == "not-yet"


@pytest.mark.parametrize(
    ("handler", "command"),
    [
        (admonish_member, admonish()),
        (withdraw_admonition, m.WithdrawAdmonition(employee="L1", reason="r")),
        (declare_left, decision()),
        (reverse_declaration, m.ReverseDeclaration(employee="L1", reason="r")),
    ],
)
async def test_only_officers_of_the_place_do_so(
    session: Session, handler: Any, command: Any
) -> None:
    for actor in (ELSEWHERE, Actor("l1", await person(session, "L1"))):
        with pytest.raises(RuleBroken) as broken:
            await handler(command, actor, session)
        assert broken.value.answer.status == 403


async def test_who_is_no_member_when_the_decision_falls_cannot_be_deemed_to_have_left(
    session: Session,
) -> None:
    await admonished(session, over=True)
    kept = m.KeepMembership(employee="L1", on=YESTERDAY)
    await take(
        [event("employee-left", employee="L1", on=YESTERDAY.isoformat(), reason="resigned")],
        session,
    )
    await keep_membership(kept, OFFICER, session)
    assert (await refused(declare_left(decision(), OFFICER, session))).code == "mended"


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
