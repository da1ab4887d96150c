"""Admonition, the time to mend, and what the committee declares: on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.clock import time_to_mend_is_over
from services.membership.lapse.admonishing import (
    MENDING_OVER,
    admonish_member,
    declare_left,
    reverse_declaration,
    withdraw_admonition,
)
from services.membership.members import join_union
from services.membership.on_paper import keep_membership
from services.membership.reactions import took_a_course
from services.membership.record import member_record
from shared.calendar import today
from shared.contracts import membership as m
from shared.contracts.training import CourseCompleted
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.membership.dues_made import OFFICER, OTHER
from tests.membership.lapse_made import (
    JOINED,
    YESTERDAY,
    admonish,
    admonished,
    booked,
    half_a_year,
    listed,
    of,
    settled,
    spells,
)
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import facts, person

ELSEWHERE = Actor("e", uuid7(), (Grant("officer", f"company/{OTHER}"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with half_a_year(home) as session:
        yield session


def decision(on: date | None = None) -> m.DeclareLeft:
    return m.DeclareLeft(employee="L1", on=on or today(), reference="纪要 4 号")


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
