"""A month's payroll: how it comes in, is looked at, booked and taken back.

`wages` and `dues` of a row are as the sheet has them, in yuan; every other amount is integer fen.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import PIECE
from shared.for_whom import there
from shared.messages import NO_NUL, TEXT, UNIT, WHOLE, Command, Query

MONTH = Annotated[
    str,
    Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="a month, as 2026-03"),
]
FEN = Annotated[int, Field(ge=0, le=10**15, description="yuan times 100"), WHOLE]
CELL = Annotated[str, Field(max_length=64, pattern=NO_NUL, description="as the sheet has it")]
MOST_ROWS, MOST_AT_ONCE = 50_000, 1000
"""Of a file, and of a piece of it."""
Fault = Literal["missing", "twice", "wrong-amount", "unknown-person", "not-a-member", "malformed"]
BatchState = Literal["open", "booked", "reversed"]

PLACE = {"zh": "工资表所属单位", "en": "the unit of the payroll"}


class PayrollRow(BaseModel):
    """One person's month. `dues` are what was withheld; empty is nothing."""

    line: Annotated[int, Field(ge=1, le=1_048_576, description="its row in the sheet"), WHOLE]
    employee: CELL
    wages: CELL
    dues: CELL


class OpenPayroll(Command):
    """Begin to enter a month's payroll of a plant, or of the company. Its rows follow in pieces.

    `wages` and `dues` are the totals from the payroll and the bank slip: the rows must come to the
    same, or nothing is booked. Nothing counts until it is booked.
    """

    zh = "登记工资表"
    for_whom = there("officer", **PLACE)

    unit: UNIT
    month: MONTH
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS, description="how many will come"), WHOLE]
    wages: FEN
    dues: FEN
    all_wages: Annotated[
        FEN | None,
        Field(description="of all workers, for the 2 %; when the file has members only"),
    ] = None


class AddPayroll(Command):
    """A piece of the rows of a payroll."""

    zh = "录入工资表明细"
    for_whom = there("officer", **PLACE)

    payroll: UUID
    rows: Annotated[list[PayrollRow], Field(min_length=1, max_length=MOST_AT_ONCE)]


class BookPayroll(Command):
    """Book a payroll whose rows come to its totals: dues are counted as paid from here on."""

    zh = "会费入账"
    for_whom = there("officer", **PLACE)

    payroll: UUID


class DropPayroll(Command):
    """Throw away a payroll that is not booked."""

    zh = "作废未入账的工资表"
    for_whom = there("officer", **PLACE)

    payroll: UUID


class ReversePayroll(Command):
    """Take back what was booked, with the reason. It stays on record, and a corrected file may
    follow."""

    zh = "冲销会费入账"
    for_whom = there("officer", **PLACE)

    payroll: UUID
    reason: Annotated[str, Field(max_length=500, pattern=TEXT)]


# ---------------------------------------------------------------------------------- queries


class PayrollCheck(Query):
    """What is wrong with a payroll, before it is booked. Nothing changes."""

    zh = "核对工资表"
    for_whom = there("officer", **PLACE)
    recorded = True
    read_about = "unit"

    payroll: UUID
    kind: Fault | None = None
    limit: PIECE = 200


class Found(BaseModel):
    """How many: `members` who were in the union for the whole month, and of whom each was found.
    `nothing_due`: rows in which nothing was owed and nothing withheld."""

    members: int
    paid: int
    missing: int
    twice: int
    wrong_amount: int
    unknown_person: int
    not_a_member: int
    malformed: int
    nothing_due: int


class PayrollFault(BaseModel):
    """`lines` are rows of the sheet. `owed` and `withheld` in fen; null where nobody can say."""

    kind: Fault
    employee: str | None
    name: str | None
    lines: list[int]
    owed: int | None
    withheld: int | None
    why: str | None


class PayrollChecked(BaseModel):
    """`wages` and `dues` are the totals that were given, `wages_found` and `dues_found` what the
    rows come to. `fits`: it can be booked."""

    payroll: UUID
    unit: str
    month: str
    state: BatchState
    rows: int
    rows_found: int
    wages: int
    wages_found: int
    dues: int
    dues_found: int
    fits: bool
    found: Found
    items: list[PayrollFault]
