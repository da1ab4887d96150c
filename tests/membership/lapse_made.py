"""Members who do not pay, for the tests of what comes of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from deploy.local.home import Home
from services.membership.dues.books import book_payroll, settle_dues
from services.membership.dues.rules import months_before, name_of
from services.membership.lapse.admonishing import admonish_member
from services.membership.lapse.lapses import lapse_of, lapses
from services.membership.on_paper import admit_member
from shared.calendar import today
from shared.contracts import membership as m
from shared.database import ReadSession, Session
from tests.membership.dues_made import HEAD, OFFICER, PLANT, entered, two_plants
from tests.membership.planted import sheet_of
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import facts, person

JOINED = date(2024, 5, 6)
YESTERDAY = today() - timedelta(1)
THIS_MONTH = today().replace(day=1)


def month(back: int) -> str:
    return name_of(months_before(THIS_MONTH, back))


async def hired(session: Session, *numbers: str, unit: str = "du-team") -> None:
    """Members, on paper."""
    on = JOINED.isoformat()
    for number in numbers:
        await take(
            [
                event("employee-hired", employee=number, name=f"某{number}", on=on),
                event("employee-assigned", employee=number, unit=unit, on=on),
            ],
            session,
        )
        paper = m.AdmitMember(employee=number, on=JOINED, reference="r")
        await admit_member(paper, HEAD, session)
    facts(session)


async def booked(session: Session, back: int, *paid: str, unit: str = PLANT) -> None:
    """The month so many before this one; whoever is not named is missed."""
    rows = [(number, 5_000_00, 25_00) for number in (*paid, "DU-nobody")]
    payroll = await entered(sheet_of(*rows), session, unit=unit, month=month(back))
    await book_payroll(m.BookPayroll(payroll=payroll), HEAD, session)


@asynccontextmanager
async def half_a_year(home: Home) -> AsyncIterator[Session]:
    """L1 pays nothing, L2 pays each month."""
    async with two_plants(home) as session:
        await hired(session, "L1", "L2")
        for back in range(6, 0, -1):
            await booked(session, back, "L2")
        facts(session)
        yield session


async def listed(session: Session, actor: Any = HEAD, **asked: Any) -> dict[str, m.LapseSeen]:
    """By number: those of these tests."""
    found = await lapses(m.Lapses(unit=PLANT, limit=1000, **asked), actor, ReadSession(session))
    return {each.employee: each for each in found.items}


async def of(session: Session, number: str = "L1", actor: Any = HEAD) -> m.LapseOfPerson:
    return await lapse_of(m.LapseOf(employee=number), actor, ReadSession(session))


def admonish(number: str = "L1", **other: Any) -> m.AdmonishMember:
    asked = {"employee": number, "on": today(), "way": "in-person", "reason": "六个月未交会费"}
    return m.AdmonishMember.model_validate(asked | other)


async def admonished(session: Session, *, over: bool = False) -> None:
    """L1; `over`: as if that had been entered a term ago."""
    await admonish_member(admonish(), OFFICER, session)
    if over:
        await session.execute(
            text("UPDATE admonition SET due_on = :on WHERE person = :person"),
            {"on": YESTERDAY, "person": await person(session, "L1")},
        )


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
