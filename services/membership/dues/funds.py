"""拨缴经费: the 2 % of all wages that the firm owes the union each month, and what came in."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.dues import rules
from services.membership.dues.payrolls import must_have_books
from services.membership.provinces.lying import province_of
from services.membership.units import known_unit
from shared.calendar import today
from shared.contracts.membership import EnterReceipt, Funds, Receipt, TakeBackReceipt
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken


@asked(EnterReceipt)
async def enter_receipt(command: EnterReceipt, actor: Actor, session: Session) -> Accepted:
    """Money came in for a month, by the bank's slip."""
    unit = await known_unit(command.unit, session)
    command.for_whom.must_include(actor, at=unit.path)
    must_have_books(unit.kind)
    month = rules.month_of(command.month)
    rules.must_have_rules(month, await province_of(unit.id, month, session))
    if command.on > today():
        raise RuleBroken("not-yet", "money comes in today or came on a day past", field="on")
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO fund_receipt (id, unit, month, amount, came_on, reference, entered_by)
            VALUES (:id, :unit, :month, :amount, :on, :reference, :by)
        """),
        {
            "id": id,
            "unit": unit.id,
            "month": month,
            "amount": command.amount,
            "on": command.on,
            "reference": command.reference,
            "by": actor.signature,
        },
    )
    return Accepted(id=id)


@asked(TakeBackReceipt)
async def take_back_receipt(command: TakeBackReceipt, actor: Actor, session: Session) -> Accepted:
    """It was entered wrongly; it stays on record and counts no more."""
    row = (
        await session.execute(
            text("""
                SELECT unit.path, taken_back_on
                FROM fund_receipt JOIN unit ON unit.id = fund_receipt.unit
                WHERE fund_receipt.id = :receipt FOR UPDATE OF fund_receipt
            """),
            {"receipt": command.receipt},
        )
    ).one_or_none()
    if row is None:
        raise RuleBroken(
            "unknown-receipt", f"there is no receipt {command.receipt}", field="receipt"
        )
    command.for_whom.must_include(actor, at=row.path)
    if row.taken_back_on is not None:
        raise RuleBroken(
            "taken-back-already", f"it was taken back on {row.taken_back_on}", field="receipt"
        )
    await session.execute(
        text("""
            UPDATE fund_receipt
            SET taken_back_on = :on, taken_back_by = :by, reason = :reason WHERE id = :receipt
        """),
        {
            "receipt": command.receipt,
            "on": today(),
            "by": actor.signature,
            "reason": command.reason,
        },
    )
    return Accepted(id=command.receipt)


def funds_of_month(
    month: date,
    wages: int | None,
    receipts: Iterable[Receipt],
    *,
    on: date,
    province: str,
) -> Funds:
    """`wages`: of all workers, None while nothing is booked; `on`: the day of looking; `province`:
    where the unit lay in that month."""
    rate = rules.rule("funds", month, province)
    due_by = rules.rule("funds-due", rules.next_month(month), province)
    receipts = list(receipts)
    counting = [(each.on, each.amount) for each in receipts if each.taken_back_on is None]
    owed = None if wages is None else rules.funds_of(wages, rate)
    due_on = rules.funds_due_on(month, due_by)
    late = None if owed is None else rules.overdue_since(owed, counting, due_on)
    return Funds(
        wages=wages,
        owed=owed,
        came_in=sum(amount for _, amount in counting),
        due_on=due_on,
        overdue_since=late if late and late <= on else None,
        rate=rules.cited(rate),
        due_by=rules.cited(due_by),
        receipts=receipts,
    )


async def receipts_of(unit: UUID, month: date, session: ReadSession) -> list[Receipt]:
    """Also those that were taken back, by day."""
    rows: Any = await session.execute(
        text("""
            SELECT id AS receipt, amount, came_on AS on, reference, taken_back_on, reason
            FROM fund_receipt WHERE unit = :unit AND month = :month ORDER BY came_on, id
        """),
        {"unit": unit, "month": month},
    )
    return [Receipt.model_validate(row, from_attributes=True) for row in rows]
