"""A payroll on its way in: opened with its totals, filled in pieces, looked at, dropped. Nothing of
it counts until it is booked (`books.py`).

Wages are nowhere written: as a row comes in, they become the dues that they call for and a part of
the sum. Owed and withheld are encrypted, because the one tells the other.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.membership.dues import rules
from services.membership.dues.rules import RowRead
from services.membership.erasure.recognising import erased_among
from services.membership.provinces.lying import province_of
from services.membership.units import known_unit
from shared.calendar import today
from shared.contracts.membership import AddPayroll, BatchState, DropPayroll, OpenPayroll
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken
from shared.sealing import decrypt, encrypt
from shared.ticker import fall_due, no_longer_due

PAYROLL_LEFT = "payroll-left"
KEPT_OPEN = timedelta(days=2)
"""After so long a payroll that nobody books is dropped."""


class Payroll(NamedTuple):
    """One payroll with the place of its unit; amounts in fen. `province`: where the unit lay in
    that month, as known when it was opened, by whose rules its rows are read."""

    id: UUID
    unit: UUID
    code: str
    path: str
    kind: str
    month: date
    state: BatchState
    rows: int
    wages: int
    dues: int
    all_wages: int
    rows_found: int
    wages_found: int
    dues_found: int
    opened_at: datetime
    province: str

    @property
    def fits(self) -> bool:
        """All rows came, and they come to both totals."""
        return (self.rows, self.wages, self.dues) == (
            self.rows_found,
            self.wages_found,
            self.dues_found,
        )

    def must_fit(self) -> None:
        """The books balance, or nothing is booked. Raises `RuleBroken` (409), which says by how
        much they do not."""
        if self.rows_found != self.rows:
            raise RuleBroken(
                "rows-missing",
                f"{self.rows_found} of {self.rows} rows came; send the others, or drop it",
            )
        off = [
            f"{what}: the rows come to {said(found)}, the total is {said(total)}, "
            f"which is {said(abs(found - total))} too {'much' if found > total else 'little'}"
            for what, found, total in (
                ("wages", self.wages_found, self.wages),
                ("dues", self.dues_found, self.dues),
            )
            if found != total
        ]
        if off:
            raise RuleBroken("does-not-balance", "; ".join(off))

    def must_be(self, state: BatchState) -> None:
        """Raises `RuleBroken` (409)."""
        if self.state != state:
            raise RuleBroken(
                f"payroll-{self.state}", f"this payroll is {self.state}", field="payroll"
            )


def said(fen: int) -> str:
    """`1,234.50`."""
    return f"{fen // 100:,}.{fen % 100:02d}"


_PAYROLL = """
    SELECT payroll.id, payroll.unit, unit.code, unit.path, unit.kind, payroll.month, payroll.state,
        payroll.rows, payroll.wages, payroll.dues, payroll.all_wages, payroll.rows_found,
        payroll.wages_found, payroll.dues_found, payroll.opened_at,
        payroll.verdict -> 'inputs' ->> 'province' AS province
    FROM payroll JOIN unit ON unit.id = payroll.unit WHERE payroll.id = :payroll
"""


async def the_payroll(id: UUID, session: Session) -> Payroll:
    """Its row, locked: the serial point. Raises `RuleBroken` (409)."""
    return await _found(f"{_PAYROLL} FOR UPDATE OF payroll", id, session, status=409)


async def payroll_seen(id: UUID, session: Session | ReadSession) -> Payroll:
    """Raises `RuleBroken` (404)."""
    return await _found(_PAYROLL, id, session, status=404)


async def _found(
    statement: str, id: UUID, session: Session | ReadSession, *, status: Any
) -> Payroll:
    row = (await session.execute(text(statement), {"payroll": id})).one_or_none()
    if row is None:
        raise RuleBroken(
            "unknown-payroll", f"there is no payroll {id}", field="payroll", status=status
        )
    return Payroll(*row)


def must_have_books(kind: str) -> None:
    """Raises `RuleBroken` (409)."""
    if kind not in ("plant", "company"):
        raise RuleBroken(
            "no-books-there", "a plant or the company has a payroll, no part of it", field="unit"
        )


# ---------------------------------------------------------------------------------- commands


@asked(OpenPayroll)
async def open_payroll(command: OpenPayroll, actor: Actor, session: Session) -> Accepted:
    """An officer has the month's file and its totals; from here its rows may come."""
    unit = await known_unit(command.unit, session)
    command.for_whom.must_include(actor, at=unit.path)
    must_have_books(unit.kind)
    month = rules.month_of(command.month)
    province = await province_of(unit.id, month, session)
    rules.must_have_rules(month, province)
    if month > today():
        raise RuleBroken("not-yet", "that month has not begun", field="month")
    all_wages = command.wages if command.all_wages is None else command.all_wages
    if all_wages < command.wages:
        raise RuleBroken(
            "less-than-its-part", "all workers earn at least what the file has", field="all_wages"
        )
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO payroll
                (id, unit, month, state, rows, wages, dues, all_wages, verdict, opened_by)
            VALUES (:id, :unit, :month, 'open', :rows, :wages, :dues, :all_wages,
                CAST(:verdict AS jsonb), :by)
        """),
        {
            "id": id,
            "unit": unit.id,
            "month": month,
            "rows": command.rows,
            "wages": command.wages,
            "dues": command.dues,
            "all_wages": all_wages,
            "verdict": json.dumps(_verdict(month, province)),
            "by": actor.signature,
        },
    )
    _falls_due(id, session)
    return Accepted(id=id)


def _verdict(month: date, province: str) -> dict[str, Any]:
    """By which version of the rule the rows are judged."""
    inputs = {"month": rules.name_of(month), "province": province}
    by = rules.rule("dues", month, province)
    return by.verdict(inputs, provisional=False).as_json()


def _falls_due(id: UUID, session: Session) -> None:
    at = datetime.now(UTC) + KEPT_OPEN
    fall_due(session, PAYROLL_LEFT, key=str(id), at=at)


@asked(AddPayroll)
async def add_payroll(command: AddPayroll, actor: Actor, session: Session) -> Accepted:
    """A piece of the file, in any order; a line comes once."""
    payroll = await the_payroll(command.payroll, session)
    command.for_whom.must_include(actor, at=payroll.path)
    payroll.must_be("open")
    rate = rules.rule("dues", payroll.month, payroll.province)
    read = {
        row.line: rules.row_read(row.employee, row.wages, row.dues, rate) for row in command.rows
    }
    if len(read) < len(command.rows) or await _has_some_of(read, payroll.id, session):
        raise RuleBroken("line-twice", "a line of the sheet was sent twice", field="rows")
    if payroll.rows_found + len(read) > payroll.rows:
        raise RuleBroken(
            "too-many-rows", f"this payroll was opened with {payroll.rows} rows", field="rows"
        )
    await _keep(await _without_erased(read, session), payroll.id, session)
    await session.execute(
        text("""
            UPDATE payroll SET rows_found = rows_found + :rows, wages_found = wages_found + :wages,
                dues_found = dues_found + :dues
            WHERE id = :payroll
        """),
        {
            "payroll": payroll.id,
            "rows": len(read),
            "wages": sum(row.wages for row in read.values()),
            "dues": sum(row.withheld for row in read.values()),
        },
    )
    _falls_due(payroll.id, session)
    return Accepted(id=payroll.id)


async def _without_erased(read: dict[int, RowRead], session: Session) -> dict[int, RowRead]:
    """The number of who was erased is not written down again: such a row is known by its line."""
    gone = await erased_among({row.number for row in read.values() if row.number}, session)
    return {
        line: row._replace(number=None) if row.number in gone else row for line, row in read.items()
    }


async def _has_some_of(read: dict[int, RowRead], payroll: UUID, session: Session) -> bool:
    statement = text("""
        SELECT EXISTS (SELECT FROM payroll_row WHERE payroll = :payroll AND line = ANY(:lines))
    """)
    return bool(await session.scalar(statement, {"payroll": payroll, "lines": list(read)}))


async def _keep(read: dict[int, RowRead], payroll: UUID, session: Session) -> None:
    rows = list(read.values())
    await session.execute(
        text("""
            INSERT INTO payroll_row (payroll, line, number, money, wrong, amounts)
            SELECT :payroll, * FROM unnest(CAST(:lines AS int[]), CAST(:numbers AS text[]),
                CAST(:money AS text[]), CAST(:wrong AS text[]), CAST(:amounts AS bytea[]))
        """),
        {
            "payroll": payroll,
            "lines": list(read),
            "numbers": [row.number for row in rows],
            "money": [row.money for row in rows],
            "wrong": [row.wrong for row in rows],
            "amounts": [hidden(row, payroll, line, session) for line, row in read.items()],
        },
    )


def hidden(row: RowRead, payroll: UUID, line: int, session: Session) -> bytes:
    """Owed and withheld, bound to the row."""
    return encrypt(session, f"{row.owed} {row.withheld}", "payroll_row", "amounts", payroll, line)


def amounts_in(
    amounts: bytes, payroll: UUID, line: int, session: Session | ReadSession
) -> tuple[int, int]:
    """Owed and withheld, in fen."""
    owed, withheld = decrypt(session, amounts, "payroll_row", "amounts", payroll, line).split()
    return int(owed), int(withheld)


@asked(DropPayroll)
async def drop_payroll(command: DropPayroll, actor: Actor, session: Session) -> Accepted:
    """It was the wrong file, or the wrong totals; nothing of it stays."""
    payroll = await the_payroll(command.payroll, session)
    command.for_whom.must_include(actor, at=payroll.path)
    payroll.must_be("open")
    await forget(payroll.id, session)
    await no_longer_due(session, PAYROLL_LEFT, key=str(payroll.id))
    return Accepted(id=payroll.id)


async def forget(id: UUID, session: Session) -> None:
    """An open one, with its rows; one that was booked meanwhile stays."""
    await session.execute(
        text("DELETE FROM payroll WHERE id = :payroll AND state = 'open'"), {"payroll": id}
    )
