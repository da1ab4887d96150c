"""A month's payroll on the real database: what was planted is found, and nothing else."""

import time
from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.clock import payroll_is_left
from services.membership.dues.books import book_payroll, reverse_payroll, settle_dues
from services.membership.dues.payrolls import (
    PAYROLL_LEFT,
    amounts_in,
    drop_payroll,
    open_payroll,
)
from services.membership.dues.queries import dues_faults, dues_of
from shared.contracts import membership as m
from shared.database import ReadSession, Session
from shared.messages import Accepted, uuid7
from shared.rights import Actor
from tests.membership.dues_made import (
    HEAD,
    OTHER,
    PLANT,
    added,
    check,
    entered,
    faults,
    placed,
    report,
    told,
    two_plants,
)
from tests.membership.planted import MONTH, Worker, planted, sheet_of
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.walking import in_pieces


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with two_plants(home) as session:
        yield session


async def booked(payroll: UUID, session: Session) -> Accepted:
    return await book_payroll(m.BookPayroll(payroll=payroll), HEAD, session)


@pytest.mark.parametrize("seed", [1, 2])
async def test_of_2000_rows_with_60_faults_each_is_found_and_none_invented(
    session: Session, seed: int
) -> None:
    sheet = planted(seed)
    assert len(sheet.rows) == 2000
    assert set(sheet.kinds.values()) == {10}
    assert sheet.planted.total() == 60
    await placed(sheet.workers, session)
    payroll = await entered(sheet, session)
    looked = await check(payroll, session)
    assert looked.fits
    assert told(looked.items) == sheet.planted
    await booked(payroll, session)
    assert told(await faults(session)) == sheet.planted
    seen = await report(session)
    assert seen.found == looked.found
    assert (seen.unsettled, seen.dues) == (60, sheet.dues)
    assert (seen.funds.wages, seen.funds.owed) == (sheet.wages, (sheet.wages * 2 + 50) // 100)
    assert "stated" not in session.info, "facts carry no money, and nobody needs to hear of it"


@pytest.mark.parametrize(("wages", "dues"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
async def test_one_fen_off_the_total_and_nothing_is_booked(
    session: Session, wages: int, dues: int
) -> None:
    sheet = sheet_of(("DU1", 5_000_00, 25_00))
    await placed([Worker("DU1")], session)
    payroll = await entered(sheet, session, wages=sheet.wages + wages, dues=sheet.dues + dues)
    assert not (await check(payroll, session)).fits
    answer = await refused(booked(payroll, session))
    assert answer.code == "does-not-balance"
    assert f"which is 0.01 too {'little' if wages + dues > 0 else 'much'}" in answer.detail
    assert (await report(session)).booked is None


async def test_nothing_is_booked_before_all_rows_have_come(session: Session) -> None:
    sheet = sheet_of(("DU1", 0, 0), ("DU2", 5_000_00, 25_00))
    payroll = await entered(sheet, session, rows=3)
    assert (await refused(booked(payroll, session))).code == "rows-missing"
    again = await refused(added(payroll, sheet.rows[:1], session))
    assert again.code == "line-twice"
    more = [sheet.rows[0] | {"line": line} for line in (90, 91)]
    assert (await refused(added(payroll, more, session))).code == "too-many-rows"
    assert (await refused(added(payroll, [more[0], more[0]], session))).code == "line-twice"


async def test_what_was_booked_is_taken_back_and_stays_on_record(session: Session) -> None:
    await placed([Worker("DU1")], session)
    first = await entered(sheet_of(("DU1", 5_000_00, 24_00)), session)
    await booked(first, session)
    second = await entered(sheet_of(("DU1", 5_000_00, 25_00)), session)
    assert (await refused(booked(second, session))).code == "booked-already"
    assert (await refused(booked(first, session))).code == "payroll-booked"
    taken_back = m.ReversePayroll(payroll=first, reason="工资表用错了")
    await reverse_payroll(taken_back, HEAD, session)
    assert await faults(session) == []
    await booked(second, session)
    assert await faults(session) == [], "what was reversed is not paid elsewhere"
    seen = await report(session)
    assert (seen.booked, seen.dues) == (second, 25_00)
    assert [(each.payroll, each.state, each.reason) for each in seen.payrolls] == [
        (second, "booked", None),
        (first, "reversed", "工资表用错了"),
    ]
    assert (await refused(reverse_payroll(taken_back, HEAD, session))).code == "payroll-reversed"


async def test_a_month_is_booked_for_the_plants_or_for_the_company(session: Session) -> None:
    await placed([Worker("DU1")], session)
    sheet = sheet_of(("DU1", 5_000_00, 25_00))
    whole = await entered(sheet, session, unit="company")
    await booked(await entered(sheet, session), session)
    assert (await refused(booked(whole, session))).code == "booked-already"
    await booked(await entered(sheet_of(("DU9", 0, 0)), session, unit=OTHER), session)
    team = m.OpenPayroll(unit="du-team", month=MONTH, rows=1, wages=0, dues=0)
    assert (await refused(open_payroll(team, HEAD, session))).code == "no-books-there"


async def test_who_moved_pays_at_either_plant_and_who_did_not_pays_once(session: Session) -> None:
    moved = [Worker(f"DU{n}", moved_on=_day(15)) for n in range(3)]
    await placed([*moved, Worker("DU8"), Worker("DU9")], session)
    here = sheet_of(("DU0", 2_000_00, 10_00), ("DU8", 2_000_00, 10_00), ("DU9", 10_00, 5))
    await booked(await entered(here, session), session)
    there = sheet_of(("DU0", 3_000_00, 15_00), ("DU1", 3_000_00, 15_00), ("DU8", 3_000_00, 15_00))
    payroll = await entered(there, session, unit=OTHER)
    assert told((await check(payroll, session)).items) == {
        ("twice", "DU8"): 1,
        ("missing", "DU2"): 1,
    }


async def test_who_works_in_a_workshop_that_moved_pays_at_either_plant(session: Session) -> None:
    """The workshop and its people go to the other plant in the middle of the month."""
    await placed([Worker("DU0"), Worker("DU1")], session)
    await take([event("unit-moved", unit="du-team", parent=OTHER, on=str(_day(16)))], session)
    here = sheet_of(("DU0", 2_000_00, 10_00), ("DU1", 2_000_00, 10_00))
    await booked(await entered(here, session), session)
    there = sheet_of(("DU0", 3_000_00, 15_00))
    payroll = await entered(there, session, unit=OTHER)
    assert told((await check(payroll, session)).items) == {}


def _day(day: int) -> date:
    return date(2026, 3, day)


async def test_who_left_the_union_and_came_back_on_one_day_was_there_the_whole_month(
    session: Session,
) -> None:
    ids = await placed([Worker("DU1"), Worker("DU2")], session)
    day = date.fromisoformat(f"{MONTH}-10")
    given = {"id": ids["DU2"], "day": day}
    for statement in (
        "UPDATE member SET during = daterange(lower(during), :day) WHERE person = :id",
        "INSERT INTO member (person, during, consent) VALUES (:id, daterange(:day, NULL), :day)",
    ):
        await session.execute(text(statement), given)
    payroll = await entered(sheet_of(("DU1", 10_00, 5)), session)
    assert told((await check(payroll, session)).items) == {("missing", "DU2"): 1}


async def test_a_payroll_of_the_company_misses_also_who_is_in_no_unit(session: Session) -> None:
    ids = await placed([Worker("DU1"), Worker("DU2")], session)
    await session.execute(text("DELETE FROM stay WHERE person = :id"), {"id": ids["DU2"]})
    payroll = await entered(sheet_of(("DU1", 10_00, 5)), session, unit="company")
    assert ("missing", "DU2") in told((await check(payroll, session)).items)
    payroll = await entered(sheet_of(("DU1", 10_00, 5)), session)
    assert told((await check(payroll, session)).items) == {}


async def test_what_did_not_fit_is_settled_in_its_way_and_opened_again(session: Session) -> None:
    await placed([Worker("DU1"), Worker("DU2", member_since=None)], session)
    await booked(await entered(sheet_of(("DU2", 5_000_00, 25_00)), session), session)
    money, missed = await faults(session)
    assert [(each.kind, each.owed, each.withheld) for each in (money, missed)] == [
        ("not-a-member", 25_00, 25_00),
        ("missing", None, 0),
    ]
    wrong = m.SettleDues(fault=missed.fault, how="given-back")
    assert (await refused(settle_dues(wrong, HEAD, session))).code == "settled-otherwise"
    await settle_dues(m.SettleDues(fault=money.fault, how="given-back"), HEAD, session)
    assert [each.kind for each in await faults(session, settled=False)] == ["missing"]
    assert [each.settled for each in await faults(session, settled=True)] == ["given-back"]
    await settle_dues(m.SettleDues(fault=money.fault), HEAD, session)
    assert len(await faults(session, settled=False)) == 2
    assert len(await faults(session, kind="missing")) == 1


async def test_faults_are_told_piece_by_piece(session: Session) -> None:
    await placed([Worker(f"DU{n}") for n in range(5)], session)
    await booked(await entered(sheet_of(("DUX", 10_00, 5)), session), session)

    async def asked(cursor: str | None = None) -> m.DuesFaultsOf:
        two = m.DuesFaults(unit=PLANT, month=MONTH, limit=2, cursor=cursor)
        return await dues_faults(two, HEAD, ReadSession(session))

    seen = [each.employee for piece in await in_pieces(asked) for each in piece.items]
    assert seen == ["DUX", "DU0", "DU1", "DU2", "DU3", "DU4"]


async def test_a_person_sees_what_they_paid_and_nobody_else_does(session: Session) -> None:
    ids = await placed([Worker("DU1"), Worker("DU2")], session)
    await booked(await entered(sheet_of(("DU1", 5_001_00, 24_99)), session), session)
    own = m.DuesOf(employee="DU1")
    for actor in (Actor("a", ids["DU1"]), HEAD):
        (month,) = (await dues_of(own, actor, ReadSession(session))).items
        assert (month.month, month.state, month.owed, month.withheld) == (
            MONTH,
            "wrong-amount",
            25_00,
            24_99,
        )
    assert (await refused(dues_of(own, Actor("b", ids["DU2"]), ReadSession(session)))).status == 403
    (missed,) = (await dues_of(m.DuesOf(employee="DU2"), HEAD, ReadSession(session))).items
    assert (missed.state, missed.owed, missed.withheld) == ("missing", None, 0)


async def test_wages_are_written_nowhere_and_amounts_of_a_person_in_no_clear_text(
    session: Session,
) -> None:
    await placed([Worker("DU1"), Worker("DU2", member_since=None)], session)
    payroll = await entered(sheet_of(("DU1", 7_654_32, 38_25), ("DU2", 9_876_54, 0)), session)
    clear = text("""
        SELECT row_to_json(kept)::jsonb - 'amounts' - 'payroll' - 'person' AS clear, amounts
        FROM payroll_row AS kept WHERE payroll = :payroll ORDER BY line
    """)
    rows = (await session.execute(clear, {"payroll": payroll})).all()
    assert [row.clear["number"] for row in rows] == ["DU1", "DU2"]
    for row in rows:
        assert not any(said in str(row.clear) for said in ("7654", "3825", "9876"))
        assert b"3825 3825" not in row.amounts
    assert amounts_in(rows[0].amounts, payroll, 2, session) == (38_25, 38_25)
    with pytest.raises(InvalidTag):  # moved to another row it cannot be read
        amounts_in(rows[0].amounts, payroll, 3, session)
    await booked(payroll, session)
    (row,) = (await session.execute(clear, {"payroll": payroll})).all()
    assert row.clear == {
        "line": 2,
        "number": None,
        "money": "right",
        "wrong": None,
        "verdict": "paid",
    }, "that somebody is no member and paid nothing is not kept"


async def test_a_payroll_that_nobody_books_is_swept_and_one_that_is_booked_is_not(
    session: Session,
) -> None:
    left = await entered(sheet_of(("DU1", 10_00, 0)), session)
    assert ("payroll-left", str(left)) in session.info["due"]
    kept = await entered(sheet_of(("DU1", 10_00, 0)), session, unit=OTHER)
    await booked(kept, session)
    assert (PAYROLL_LEFT, str(kept)) not in session.info["due"]
    for payroll in (left, kept):
        await payroll_is_left(str(payroll), session)
    ours = {"ours": [left, kept]}
    rows = await session.scalars(text("SELECT id FROM payroll WHERE id = ANY(:ours)"), ours)
    assert list(rows) == [kept]
    lines = text("SELECT payroll FROM payroll_row WHERE payroll = ANY(:ours)")
    assert list(await session.scalars(lines, ours)) == [kept]


async def test_one_that_is_not_booked_can_be_thrown_away(session: Session) -> None:
    payroll = await entered(sheet_of(("DU1", 10_00, 0)), session)
    await drop_payroll(m.DropPayroll(payroll=payroll), HEAD, session)
    answer = await refused(booked(payroll, session))
    assert answer.code == "unknown-payroll"
    assert (await refused(check(uuid7(), session))).status == 404


async def test_20000_rows_are_checked_and_booked(session: Session) -> None:
    sheet = planted(3)
    await placed(sheet.workers, session)
    for line in range(2002, 20_002):  # who is not on the roll costs what the others cost
        cells = {"line": line, "employee": f"DUY{line}", "wages": "10.00", "dues": "0.05"}
        sheet.rows.append(cells)
        sheet.planted["unknown-person", str(cells["employee"])] += 1
        sheet.wages, sheet.dues = sheet.wages + 10_00, sheet.dues + 5
    payroll = await entered(sheet, session)
    begun = time.monotonic()
    looked = await check(payroll, session, kind="missing")
    assert looked.found.unknown_person == 18_010
    await booked(payroll, session)
    print(f"\n20,000 rows checked and booked in {time.monotonic() - begun:.2f} s")
    assert (await report(session)).unsettled == sheet.planted.total()
