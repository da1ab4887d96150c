"""Members who do not pay, for the tests of what comes of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from deploy.local.home import Home
from services.membership.dues.books import book_payroll
from services.membership.dues.rules import months_before, name_of
from services.membership.lapse.lapses import lapse_of, lapses
from services.membership.on_paper import admit_member
from shared.calendar import today
from shared.contracts import membership as m
from shared.database import ReadSession, Session
from tests.membership.dues_made import HEAD, PLANT, entered, two_plants
from tests.membership.planted import sheet_of
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import facts

JOINED = date(2024, 5, 6)
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
