"""Of whom it turned out that they are the same: what stands under either id is theirs."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.seats import fill_seat
from services.membership.corrections.answering import answer_correction
from services.membership.corrections.asking import ask_correction, withdraw_correction
from services.membership.corrections.telling import correction, corrections, own_corrections
from services.membership.on_paper import keep_membership, record_other_union
from services.membership.own_data import own_data
from services.membership.posts import posts
from shared.contracts.membership import (
    AnswerCorrection,
    AskCorrection,
    Correction,
    Corrections,
    FillSeat,
    KeepMembership,
    LeaveStarted,
    LeaveWithdrawn,
    OwnCorrections,
    OwnData,
    Posts,
    RecordOtherUnion,
    WithdrawCorrection,
)
from shared.database import ReadSession, Session
from shared.rights import Actor, Grant
from tests.membership.bodies_made import elected, founded, held, listed, seat_of, seen
from tests.membership.desk_made import WHOLE
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.test_numbers import consented, id_of, joined
from tests.membership.test_numbers import session as story

SINCE = date(2024, 6, 1)


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async for each in story.__wrapped__(home):  # type: ignore[attr-defined]
        yield each


@pytest.fixture
async def both(session: Session) -> tuple[UUID, UUID]:
    """The id that stays, called by the later number, and the one that turned out to be it. All that
    was said is said under the latter."""
    await consented(session, "NB", "2024-05-01")
    return await id_of(session, "NA"), await id_of(session, "NB")


async def test_a_seat_is_theirs_who_the_elected_turned_out_to_be(
    session: Session, both: tuple[UUID, UUID]
) -> None:
    body = await founded(session, unit="n-two", on=SINCE)
    await elected(session, body, SINCE, "NB")
    await joined(session, "NB", "NA")
    told = await seen(session, body)
    assert held(told) == [("chair", "NB", False)]
    assert seat_of(told, "NB").employed, "their days are under the other id"
    [one] = (await listed(session, unit="n-two")).items
    assert one.head
    assert (one.head.employee, one.filled) == ("NB", 1)
    again = FillSeat(body=body, employee="NA", post="chair", on=SINCE)
    assert (await refused(fill_seat(again, IT, session))).code == "already-seated"
    holders = (await posts(Posts(unit="n-two"), IT, ReadSession(session))).items
    assert [each.employee for each in holders] == ["NB"]


async def test_what_they_asked_to_be_corrected_is_theirs_and_not_answered_by_themselves(
    session: Session, both: tuple[UUID, UUID]
) -> None:
    one, other = both
    asked = (
        await ask_correction(
            AskCorrection(about="honour", wrong="年份"), Actor("b", other), session
        )
    ).id
    await joined(session, "NB", "NA")
    oneself = Actor("a", one, (Grant("officer", "company"),))
    reading = ReadSession(session)
    own = await own_corrections(OwnCorrections(), oneself, reading)
    assert ([each.correction for each in own.items], own.waiting) == ([asked], 1)
    assert own.employee == "NB"
    [line] = (await corrections(Corrections(unit="n-two"), oneself, reading)).items
    assert (line.employee, line.own) == ("NB", True)
    whole = await correction(Correction(correction=asked), oneself, reading)
    assert (whole.employee, whole.wrong, whole.answers) == ("NB", "年份", False)
    answer = AnswerCorrection(correction=asked, outcome="corrected", reason="改了")
    assert (await refused(answer_correction(answer, oneself, session))).code == "own-correction"
    await withdraw_correction(WithdrawCorrection(correction=asked), oneself, session)
    assert (await own_corrections(OwnCorrections(), oneself, reading)).waiting == 0


async def test_what_an_officer_entered_under_either_is_taken_back_under_both(
    session: Session, both: tuple[UUID, UUID]
) -> None:
    elsewhere: dict[str, Any] = {"union": "乙厂工会", "since": SINCE}
    await record_other_union(RecordOtherUnion(employee="NB", **elsewhere), WHOLE, session)
    keeping: dict[str, Any] = {"on": SINCE, "employee": "NB"}
    await keep_membership(KeepMembership(kept=True, **keeping), WHOLE, session)
    await joined(session, "NB", "NA")
    over = RecordOtherUnion(employee="NA", until=SINCE, **elsewhere)
    await record_other_union(over, WHOLE, session)
    await keep_membership(KeepMembership(kept=False, **keeping), WHOLE, session)
    told = await own_data(OwnData(employee="NA"), WHOLE, session)
    rows = {each.table: each.rows for each in told.tables}
    for table in ("other_union", "keeping"):
        assert [row["withdrawn_at"] is not None for row in rows[table]] == [True], table


async def test_all_that_is_held_under_either_is_told_to_who_asks_by_either_number(
    session: Session, both: tuple[UUID, UUID]
) -> None:
    one, other = both
    asking = AskCorrection(about="honour", wrong="年份")
    await ask_correction(asking, Actor("b", other), session)
    await joined(session, "NB", "NA")
    for number in ("NA", "NB"):
        told = await own_data(OwnData(employee=number), WHOLE, session)
        assert (told.person, told.employee) == (one, number)
        rows = {each.table: each.rows for each in told.tables}
        assert [row["wrong"] for row in rows["correction"]] == ["年份"]
        assert {row["person"] for row in rows["person"]} == {str(one), str(other)}
        hires = [
            row["said"]["employee"] for row in rows["hr_event"] if row["type"].endswith("-hired")
        ]
        assert sorted(hires) == ["NA", "NB"]
        assert [row["given_on"] for row in rows["consent"]] == ["2024-05-01"]
        assert len(rows["number_ruling"]) == 1, "and once"


async def test_a_leave_goes_along_and_nobody_is_owed_another_visit_for_it(
    session: Session, both: tuple[UUID, UUID]
) -> None:
    one, other = both
    leave = event("leave-started", employee="NB", kind="sick", on="2024-07-01")
    alike = event("leave-started", employee="NC", kind="sick", on="2024-07-01")
    await take([leave, alike], session)
    before = await leaves(session)
    session.info["stated"] = []
    await joined(session, "NB", "NA")
    told = [each for each in session.info["stated"] if isinstance(each, Cared)]
    assert told == []
    after = await leaves(session)
    assert after.pop(one) == before.pop(other), "the same one, of the person who stays"
    assert after == before
    ended = event("leave-ended", employee="NB", kind="sick", on="2024-07-09")
    await take([ended], session)
    [said] = [each for each in session.info["stated"] if isinstance(each, Cared)]
    assert isinstance(said, LeaveStarted)
    assert (said.person, said.until) == (one, date(2024, 7, 9))
    assert (await leaves(session))[one] == [(said.leave, date(2024, 7, 1), said.until, True)]


Cared = LeaveStarted | LeaveWithdrawn


async def leaves(session: Session) -> dict[UUID, list[Any]]:
    rows = await session.execute(
        text("""
            SELECT leave.person, leave.id, since, until, stands
            FROM leave JOIN person ON person.id = leave.person
            WHERE person.employee LIKE 'N_' ORDER BY leave.id
        """)
    )
    found: dict[UUID, list[Any]] = {}
    for person, *told in rows:
        found.setdefault(person, []).append(tuple(told))
    return found
