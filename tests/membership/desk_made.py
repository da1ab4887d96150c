"""What the tests of the desk share: people of whom HR contradicts itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.cases import unfit_case
from services.membership.desk.listing import unfit
from services.membership.desk.settling import settle_unfit
from services.membership.units import open_root
from shared.contracts.membership import (
    Choice,
    Days,
    PersonPlaced,
    SettleUnfit,
    TakeBackRuling,
    Unfit,
    UnfitCase,
    UnfitCaseOf,
    UnfitEvents,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take


def officer(at: str) -> Actor:
    return Actor("o", uuid7(), (Grant("officer", at),))


WHOLE, ONE, TWO = officer("company"), officer("company/s-one"), officer("company/s-two")
HR = Actor("hr", None, (Grant("hr", "company"),))


def story() -> list[dict[str, Any]]:
    """S1 is in two units at once. S2 left before being hired, and is nowhere. S3 was placed in a
    unit that nobody knows, S4 hired again under another name; S5 is as it should be."""
    hired = {"name": "甲", "birth_date": "1990-02-03", "on": "2024-01-01"}
    again = {"name": "乙", "birth_date": "1990-02-03", "on": "2024-06-01"}
    return [
        event("unit-created", unit="s-one", name="一厂", kind="plant", parent="company"),
        event("unit-created", unit="s-two", name="二厂", kind="plant", parent="company"),
        event("employee-hired", employee="S1", **hired),
        event("employee-assigned", employee="S1", unit="s-one", post="钳工", on="2024-01-01"),
        event("employee-assigned", employee="S1", unit="s-two", post="班长", on="2024-03-01"),
        event("leave-started", employee="S1", kind="sick", on="2024-02-01"),
        event("employee-left", employee="S2", on="2023-12-01"),
        event("employee-hired", employee="S2", **hired),
        event("employee-hired", employee="S3", **hired),
        event("employee-assigned", employee="S3", unit="s-tow", post="钳工", on="2024-01-01"),
        event("employee-hired", employee="S4", **hired),
        event("employee-assigned", employee="S4", unit="s-two", on="2024-01-01"),
        event("employee-left", employee="S4", on="2024-05-01"),
        event("employee-hired", employee="S4", **again),
        event("employee-hired", employee="S5", **hired),
        event("employee-assigned", employee="S5", unit="s-one", on="2024-01-01"),
    ]


@asynccontextmanager
async def told_story(home: Home) -> AsyncIterator[Session]:
    """The story, heard and rolled back."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session, batch=20)
        session.info["stated"] = []
        yield session


async def listed(session: Session, actor: Actor = WHOLE, **asked: Any) -> UnfitEvents:
    return await unfit(Unfit(**asked), actor, ReadSession(session))


async def case(session: Session, employee: str, actor: Actor = WHOLE, **asked: Any) -> UnfitCaseOf:
    return await unfit_case(UnfitCase(employee=employee, **asked), actor, ReadSession(session))


async def settle(
    session: Session, employee: str, choice: Choice, actor: Actor = WHOLE
) -> TakeBackRuling:
    """Returns what takes it back."""
    asked = choice.model_dump(exclude={"then", "settles"}) | {
        "employee": employee,
        "reason": "核实",
    }
    made = await settle_unfit(SettleUnfit.model_validate(asked), actor, session)
    return TakeBackRuling(ruling=made.id, reason="弄错了")


def about(found: UnfitEvents) -> dict[str | None, str]:
    return {each.employee: each.reason for each in found.events if each.about.startswith("S")}


def days(told: Days) -> list[tuple[str, str, str | None]]:
    return [(s.unit, str(s.since), str(s.until) if s.until else None) for s in told.stays]


def days_alone(told: Days) -> Days:
    return told.model_copy(update={"unfit": 0})


async def roll_of(session: Session, employee: str) -> list[tuple[str, str]]:
    rows = await session.execute(
        text("""
            SELECT code, during::text FROM stay JOIN person ON person.id = stay.person
            JOIN unit ON unit.id = stay.unit WHERE employee = :employee ORDER BY 2
        """),
        {"employee": employee},
    )
    return [(row.code, row.during) for row in rows]


def placed(session: Session) -> list[PersonPlaced]:
    stated = [each for each in session.info["stated"] if isinstance(each, PersonPlaced)]
    session.info["stated"] = []
    return stated
