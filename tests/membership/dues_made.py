"""What the tests of dues share: two plants on the real database, and a payroll that is entered."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text

from deploy.local.home import Home
from services.membership.dues.payrolls import add_payroll, open_payroll
from services.membership.dues.queries import dues_faults, dues_report, payroll_check
from services.membership.units import open_root
from shared.contracts import membership as m
from shared.database import ReadSession, Session
from shared.messages import Accepted, uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.planted import LONG_AGO, MONTH, Sheet, Worker, pieces
from tests.membership.test_hr_events import event, take

PLANT, OTHER = "du-plant", "du-other"
OFFICER = Actor("officer", uuid7(), (Grant("officer", f"company/{PLANT}"),))
HEAD = Actor("head", uuid7(), (Grant("officer", "company"),))


@asynccontextmanager
async def two_plants(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(
            [
                event("unit-created", unit=code, name=code, kind=kind, parent=parent)
                for code, kind, parent in (
                    (PLANT, "plant", "company"),
                    ("du-team", "team", PLANT),
                    (OTHER, "plant", "company"),
                )
            ],
            session,
        )
        session.info.pop("stated")
        yield session


async def placed(workers: list[Worker], session: Session) -> dict[str, UUID]:
    """As HR's events and consents would leave them; ids by number."""
    ids = {each.number: uuid7() for each in workers}
    units = {row.code: row.id for row in await session.execute(text("SELECT code, id FROM unit"))}
    days = [
        {
            "id": ids[each.number],
            "number": each.number,
            "since": LONG_AGO,
            "until": each.left_on,
            "moved": each.moved_on,
            "stood_until": each.moved_on or each.left_on,
            "member_since": each.member_since,
            "member_until": each.member_until,
            "team": units["du-team"],
            "other": units[OTHER],
        }
        for each in workers
    ]
    given = [
        {"id": uuid7(), "was": ids[each.number], "number": each.number, "on": each.given_on}
        for each in workers
        if each.given_on
    ]
    joined = [
        {"id": uuid7(), "of": ids[each.number], "number": each.also}
        for each in workers
        if each.also
    ]
    moved = [each for each in days if each["moved"]]
    members = [each for each in days if each["member_since"]]
    for statement, rows in (
        ("INSERT INTO person (id, employee, name) VALUES (:id, :number, '某')", days),
        ("INSERT INTO employment VALUES (:id, daterange(:since, :until))", days),
        ("INSERT INTO stay VALUES (:id, :team, NULL, daterange(:since, :stood_until))", days),
        ("INSERT INTO stay VALUES (:id, :other, NULL, daterange(:moved, :until))", moved),
        (
            "INSERT INTO member (person, during, consent) "
            "VALUES (:id, daterange(:member_since, :member_until), :member_since)",
            members,
        ),
        ("UPDATE person SET employee = :number || '~1' WHERE id = :was", given),
        ("INSERT INTO person (id, employee, name) VALUES (:id, :number, '后')", given),
        ("INSERT INTO number_held VALUES (:number, :was, daterange(NULL, :on))", given),
        ("INSERT INTO number_held VALUES (:number, :id, daterange(:on, NULL))", given),
        ("INSERT INTO person (id, employee, same_as) VALUES (:id, :number, :of)", joined),
        ("INSERT INTO number_held VALUES (:number, :of, daterange(NULL, NULL))", joined),
    ):
        if rows:
            await session.execute(text(statement), rows)
    return ids


async def entered(
    sheet: Sheet,
    session: Session,
    *,
    unit: str = PLANT,
    month: str = MONTH,
    actor: Actor = HEAD,
    **totals: Any,
) -> UUID:
    """Opened and filled, not booked."""
    opened: dict[str, Any] = {"unit": unit, "month": month, "rows": len(sheet.rows)}
    opened |= {"wages": sheet.wages, "dues": sheet.dues} | totals
    payroll = (await open_payroll(m.OpenPayroll(**opened), actor, session)).id
    for piece in pieces(sheet.rows):
        await added(payroll, piece, session)
    return payroll


async def added(payroll: UUID, rows: list[dict[str, Any]], session: Session) -> Accepted:
    command = m.AddPayroll.model_validate({"payroll": payroll, "rows": rows})
    return await add_payroll(command, HEAD, session)


def told(faults: Iterable[m.PayrollFault]) -> Counter[tuple[str, str]]:
    """By number; what names nobody, by its row."""
    return Counter((each.kind, each.employee or f"row {each.lines[0]}") for each in faults)


async def check(payroll: UUID, session: Session, **more: Any) -> m.PayrollChecked:
    asked = m.PayrollCheck(payroll=payroll, limit=1000, **more)
    return await payroll_check(asked, HEAD, ReadSession(session))


async def report(session: Session, unit: str = PLANT, month: str = MONTH) -> m.DuesReportOf:
    return await dues_report(m.DuesReport(unit=unit, month=month), HEAD, ReadSession(session))


async def faults(session: Session, **more: Any) -> list[m.DuesFault]:
    asked = m.DuesFaults(unit=PLANT, month=MONTH, limit=1000, **more)
    return (await dues_faults(asked, HEAD, ReadSession(session))).items
