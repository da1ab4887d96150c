"""The 2 % that the firm owes: what came in, what is overdue, and how the months stand."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from deploy.local.home import Home
from services.membership.dues import rules
from services.membership.dues.books import book_payroll, reverse_payroll
from services.membership.dues.funds import enter_receipt, funds_of_month, take_back_receipt
from services.membership.dues.months import dues_months
from services.membership.dues.unreported import Unreported, unreported
from services.membership.provinces.map import Map
from shared.calendar import today
from shared.contracts import membership as m
from shared.contracts.membership import InProvince
from shared.database import ReadSession, Session
from shared.rights import Actor, Grant
from tests.membership.dues_made import (
    HEAD,
    OFFICER,
    OTHER,
    PLANT,
    entered,
    placed,
    report,
    two_plants,
)
from tests.membership.planted import MONTH, Worker, sheet_of
from tests.membership.refusals import refused

DUE = date(2026, 4, 15)


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with two_plants(home) as session:
        yield session


async def came(session: Session, amount: int, **more: object) -> UUID:
    slip = {"unit": PLANT, "month": MONTH, "on": "2026-04-10", "reference": "ICBC 0410-77"}
    command = m.EnterReceipt.model_validate(slip | {"amount": amount} | more)
    return (await enter_receipt(command, OFFICER, session)).id


def test_what_is_short_is_overdue_once_the_day_has_passed() -> None:
    month = rules.month_of(MONTH)
    assert funds_of_month(month, 100_00, [], on=DUE, province="*").overdue_since is None
    late = funds_of_month(month, 100_00, [], on=DUE + timedelta(1), province="*")
    assert (late.owed, late.due_on, late.overdue_since) == (2_00, DUE, DUE + timedelta(1))
    assert (late.rate.standing, late.due_by.standing) == ("read", "house")
    nobody_knows = funds_of_month(month, None, [], on=DUE + timedelta(1), province="*")
    assert (nobody_knows.owed, nobody_knows.overdue_since) == (None, None)


async def test_receipts_count_until_they_are_taken_back(session: Session) -> None:
    await placed([Worker("DU1")], session)
    sheet = sheet_of(("DU1", 5_000_00, 25_00))
    payroll = await entered(sheet, session, all_wages=10_000_00)
    await book_payroll(m.BookPayroll(payroll=payroll), HEAD, session)
    seen = (await report(session)).funds
    assert (seen.wages, seen.owed, seen.came_in) == (10_000_00, 200_00, 0)
    assert seen.overdue_since == DUE + timedelta(1)
    await came(session, 150_00)
    rest = await came(session, 50_00)
    seen = (await report(session)).funds
    assert (seen.came_in, seen.overdue_since) == (200_00, None)
    taken_back = m.TakeBackReceipt(receipt=rest, reason="记错了月份")
    await take_back_receipt(taken_back, OFFICER, session)
    seen = (await report(session)).funds
    assert (seen.came_in, seen.overdue_since) == (150_00, DUE + timedelta(1))
    assert [(each.amount, each.reason) for each in seen.receipts] == [
        (150_00, None),
        (50_00, "记错了月份"),
    ]
    again = await refused(take_back_receipt(taken_back, OFFICER, session))
    assert again.code == "taken-back-already"


async def test_money_does_not_come_in_tomorrow_nor_for_a_month_without_a_rule(
    session: Session,
) -> None:
    command = m.EnterReceipt(
        unit=PLANT, month=MONTH, amount=1, on=today() + timedelta(1), reference="x"
    )
    assert (await refused(enter_receipt(command, HEAD, session))).code == "not-yet"
    old = command.model_copy(update={"month": "1950-01", "on": today()})
    assert (await refused(enter_receipt(old, HEAD, session))).code == "no-rule-then"


async def test_the_months_are_told_within_the_reach_of_who_asks(session: Session) -> None:
    await placed([Worker("DU1")], session)
    payroll = await entered(sheet_of(("DU1", 5_000_00, 25_00)), session)
    await book_payroll(m.BookPayroll(payroll=payroll), HEAD, session)
    left = await entered(sheet_of(("DU1", 5_000_00, 25_00)), session)
    await came(session, 99_00)
    await came(session, 7, month="2026-01")
    await entered(sheet_of(("DU9", 0, 0)), session, unit=OTHER)
    asked = m.DuesMonths(until=MONTH, months=3)
    seen = await dues_months(asked, OFFICER, ReadSession(session))
    assert seen.months == ["2026-03", "2026-02", "2026-01"]
    march, january = seen.items
    assert (march.unit, march.payroll, march.state, march.dues) == (PLANT, payroll, "booked", 25_00)
    assert march.payroll != left
    assert (march.funds_owed, march.funds_came_in, march.funds_overdue) == (100_00, 99_00, True)
    assert (january.month, january.state, january.funds_came_in) == ("2026-01", None, 7)
    whole = await dues_months(asked, HEAD, ReadSession(session))
    ours = [each for each in whole.items if each.unit in {PLANT, OTHER}]
    assert [(each.unit, each.state) for each in ours] == [
        (OTHER, "open"),
        (PLANT, "booked"),
        (PLANT, None),
    ]
    assert {each.unreported_since for each in ours} == {None}, "booked, or before its books begin"
    manager = Actor("m", None, (Grant("manager", "company"),))
    assert (await refused(dues_months(asked, manager, ReadSession(session)))).status == 403


async def months_of(
    session: Session, actor: Actor = HEAD, unit: str = PLANT, **asked: Any
) -> dict[str, date | None]:
    """Month → since when it should have been booked; of which something is told."""
    seen = await dues_months(m.DuesMonths(**asked), actor, ReadSession(session))
    return {each.month: each.unreported_since for each in seen.items if each.unit == unit}


async def booked(session: Session, month: str, unit: str = PLANT) -> UUID:
    payroll = await entered(sheet_of(("DU1", 0, 0)), session, month=month, unit=unit)
    await book_payroll(m.BookPayroll(payroll=payroll), HEAD, session)
    return payroll


def due_after(month: str) -> date:
    return rules.next_month(rules.month_of(month)).replace(day=16)


async def test_a_month_that_is_not_booked_is_overdue_once_its_day_has_passed(
    session: Session,
) -> None:
    await placed([Worker("DU1")], session)
    first = await booked(session, "2026-01")
    await booked(session, "2026-03")
    await entered(sheet_of(("DU1", 0, 0)), session, month="2026-04")  # and nobody booked it
    await came(session, 7, month="2026-05")
    asked: dict[str, Any] = {"until": "2026-05", "months": 8}
    since = {month: due_after(month) for month in ("2026-02", "2026-04", "2026-05")}
    assert await months_of(session, **asked) == since | {"2026-01": None, "2026-03": None}
    for month, day in since.items():
        assert (await report(session, month=month)).unreported_since == day
    assert (await report(session, month="2026-03")).unreported_since is None
    assert (await report(session, month="2025-12")).unreported_since is None
    await reverse_payroll(m.ReversePayroll(payroll=first, reason="有误"), HEAD, session)
    assert (await months_of(session, **asked))["2026-01"] == due_after("2026-01")


async def test_what_is_booked_for_the_company_is_booked_for_its_plants(session: Session) -> None:
    await placed([Worker("DU1")], session)
    await booked(session, "2026-02")
    await booked(session, "2026-03", unit="company")
    asked: dict[str, Any] = {"until": "2026-04", "months": 4}
    assert await months_of(session, **asked) == {"2026-02": None, "2026-04": due_after("2026-04")}


async def test_of_a_plant_that_never_booked_the_newest_month_is_told_and_of_an_empty_one_none(
    session: Session,
) -> None:
    await placed([Worker("DU1")], session)
    both = [f"company/{PLANT}", f"company/{OTHER}"]
    for on, month in (
        (date(2026, 4, 16), date(2026, 3, 1)),
        (date(2026, 4, 15), date(2026, 2, 1)),
    ):
        found = await late(session, both, Map.of(()), on)
        since = rules.next_month(month).replace(day=16)
        assert [(each.unit, each.month, each.since) for each in found] == [(PLANT, month, since)]


async def late(session: Session, reach: list[str], known: Map, on: date) -> list[Unreported]:
    first, last = date(2025, 6, 1), date(2026, 4, 1)
    return await unreported(reach, first, last, known, ReadSession(session), on=on)


async def test_the_day_is_that_of_the_province(session: Session) -> None:
    await placed([Worker("DU1")], session)
    held = InProvince(province="CN-SX", since=None, until=None)
    known = Map.of([(PLANT, held)])
    found = await late(session, [f"company/{PLANT}"], known, date(2026, 4, 15))
    assert [(each.month, each.since) for each in found] == [(date(2026, 3, 1), date(2026, 4, 15))]
