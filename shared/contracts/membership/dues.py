"""Dues of a month once it is booked: its report, what did not fit, a person's own; and the 2 % of
all wages that the firm owes. Amounts are integer fen."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.payroll import MONTH, PLACE, BatchState, Fault, Found, PayrollFault
from shared.contracts.membership.shapes import CURSOR, PIECE
from shared.for_whom import oneself_or_there, reaching, there
from shared.messages import DAY, EMPLOYEE, LINE, TEXT, UNIT, WHOLE, Command, Query
from shared.rulebook import Standing

Settled = Literal["paid", "given-back", "excused", "put-right"]
"""Paid later · given back · nothing was owed, for a reason that counts · put right elsewhere."""
_PERSON = {"zh": "该职工今天所在的单位", "en": "the unit where that person is today"}


class SettleDues(Command):
    """Say how something that did not fit was settled; without `how` it is open again."""

    zh = "处理会费差错"
    for_whom = there("officer", **PLACE)

    fault: UUID
    how: Settled | None = None


class DuesReport(Query):
    """A month of a unit: what was found and paid, and the 2 % that the firm owes. No person."""

    zh = "查看会费月报"
    for_whom = there("officer", "chair", "auditor", zh="该单位", en="that unit")

    unit: UNIT
    month: MONTH


class Cited(BaseModel):
    """The version of a rule that something rests on, with its source."""

    rule: str
    version: int
    citation: str
    citation_en: str
    standing: Standing


class PayrollOf(BaseModel):
    """One payroll of the month; reversed ones stay on record."""

    payroll: UUID
    state: BatchState
    rows: int
    booked_on: date | None
    reversed_on: date | None
    reason: str | None


class Receipt(BaseModel):
    receipt: UUID
    amount: int
    on: date
    reference: str
    taken_back_on: date | None
    reason: str | None


class Funds(BaseModel):
    """The 2 %: `owed` in fen of `wages` of all workers, by `due_on`; null while nothing is booked.
    `overdue_since`: the first day on which it was late."""

    wages: int | None
    owed: int | None
    came_in: int
    due_on: date
    overdue_since: date | None
    rate: Cited
    due_by: Cited
    receipts: list[Receipt]


class DuesReportOf(BaseModel):
    """`booked` is null while no payroll of the month is; `unsettled` how many faults are open.
    `unreported_since`: the first day on which the payroll of a plant was late, by the day by which
    the firm owes the 2 % of it; null when it is booked, also for what the plant is part of."""

    unit: str
    unit_name: str
    month: str
    booked: UUID | None
    dues: int | None
    found: Found | None
    unsettled: int
    rate: Cited
    funds: Funds
    payrolls: list[PayrollOf]
    unreported_since: date | None = None


class DuesFaults(Query):
    """What did not fit in the booked month of a unit, person by person."""

    zh = "查看会费差错"
    for_whom = there("officer", "auditor", zh="该单位", en="that unit")
    recorded = True

    unit: UNIT
    month: MONTH
    kind: Fault | None = None
    settled: bool | None = None
    limit: PIECE = 200
    cursor: CURSOR | None = None


class DuesFault(PayrollFault):
    """`settled` on a day; null is open. `paid_elsewhere`: by another payroll of that month."""

    fault: UUID
    settled: Settled | None
    settled_on: date | None
    paid_elsewhere: bool


class DuesFaultsOf(BaseModel):
    items: list[DuesFault]
    cursor: str | None


class DuesMonths(Query):
    """How the months stand, unit by unit, within the reach of who asks."""

    zh = "查看会费各月情况"
    for_whom = reaching("officer", "chair", "auditor")

    until: Annotated[MONTH | None, Field(description="the last month; this one if none")] = None
    months: Annotated[int, Field(ge=1, le=36)] = 6


class DuesMonth(BaseModel):
    """`payroll` is the booked one, else one that is open. `funds_overdue`: the 2 % is late.
    `unreported_since`: nobody knows how much it is, for no payroll was booked by that day."""

    unit: str
    unit_name: str
    month: str
    state: Literal["booked", "open"] | None
    payroll: UUID | None
    unsettled: int
    dues: int | None
    funds_owed: int | None
    funds_came_in: int
    funds_overdue: bool
    unreported_since: date | None = None


class DuesMonthsOf(BaseModel):
    """Only months of which there is something, or of which there should be. `months` are all that
    were asked for, the newest first."""

    months: list[str]
    items: list[DuesMonth]


class DuesOf(Query):
    """What one person paid, month by month, newest first."""

    zh = "查看个人会费"
    for_whom = oneself_or_there("officer", "auditor", **_PERSON)
    recorded = True

    employee: EMPLOYEE


class PaidMonth(BaseModel):
    """`owed` and `withheld` in fen; for `missing` null and 0."""

    month: str
    unit: str
    unit_name: str
    state: Literal["paid", "missing", "twice", "wrong-amount", "not-a-member"]
    owed: int | None
    withheld: int
    settled: Settled | None


class DuesOfPerson(BaseModel):
    items: list[PaidMonth]


# ------------------------------------------------------------------------- the firm's 2 %


class EnterReceipt(Command):
    """Money of the firm's 2 % came in, for a month."""

    zh = "登记经费到账"
    for_whom = there("officer", zh="该单位", en="that unit")

    unit: UNIT
    month: MONTH
    amount: Annotated[int, Field(ge=1, le=10**15, description="fen"), WHOLE]
    on: DAY
    reference: Annotated[
        str, Field(min_length=1, max_length=100, pattern=LINE, description="of the bank's slip")
    ]


class TakeBackReceipt(Command):
    """A receipt was entered wrongly; it stays on record with the reason."""

    zh = "撤回经费到账"
    for_whom = there("officer", zh="该单位", en="that unit")

    receipt: UUID
    reason: Annotated[str, Field(max_length=500, pattern=TEXT)]
