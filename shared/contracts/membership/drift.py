"""How far HR's lists and the roll are apart."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, PIECE
from shared.for_whom import company_wide, there
from shared.messages import DAY, EMPLOYEE, LINE, TEXT, UNIT, Command, Query

DriftKind = Literal["unknown-to-us", "unknown-to-hr", "duplicate", "left", "moved"]


class DriftLine(BaseModel):
    """`name` is as on the list, `hr_unit` where the list has the person, `our_unit` where the roll
    has; then what else the list says, by which the line can be applied by itself. `retired`: it
    says that they left by that."""

    kind: DriftKind
    employee: EMPLOYEE
    name: Annotated[str | None, Field(max_length=200, pattern=LINE)] = None
    hr_unit: UNIT | None = None
    our_unit: UNIT | None = None
    post: Annotated[str | None, Field(max_length=200, pattern=LINE)] = None
    employed_since: DAY | None = None
    unit_since: DAY | None = None
    left_on: DAY | None = None
    retired: bool = False


class NoteDrift(Command):
    """What differs between a list of HR's and the roll of its day, in parts; with the last one it
    counts, and takes the place of what an earlier list said of the same unit."""

    zh = "记录人事名单与花名册的差异"
    for_whom = company_wide("officer", "hr")

    comparison: UUID
    unit: UNIT = "company"
    on: DAY
    lines: Annotated[list[DriftLine], Field(max_length=500)]
    last: bool


class LeaveDrift(Command):
    """A difference stays as it is, for a reason; as long as it is the same it is not open again."""

    zh = "说明差异原因"
    for_whom = there("officer", zh="该差异所在的单位", en="the unit of the difference")

    drift: UUID
    reason: Annotated[str, Field(max_length=500, pattern=TEXT)]


class ReopenDrift(Command):
    """What was left for a reason is open again."""

    zh = "重新打开差异"
    for_whom = there("officer", zh="该差异所在的单位", en="the unit of the difference")

    drift: UUID


class SettleDrift(Command):
    """The roll has come to say what HR's list says of that person: it differs no longer. That is
    looked up and not believed."""

    zh = "核销一条差异"
    for_whom = there("officer", "hr", zh="该差异所在的单位", en="the unit of the difference")

    drift: UUID


class Drift(Query):
    """What differs in a unit and below it, by the latest list. Brings names: put on record."""

    zh = "查看差异清单"
    for_whom = there("officer", "hr", zh="该单位", en="that unit")
    recorded = True

    unit: UNIT = "company"
    kind: DriftKind | None = None
    state: Literal["open", "left"] = "open"
    limit: PIECE = 200
    cursor: CURSOR | None = None


class DriftEntry(BaseModel):
    """`unit` is where it is to be settled; `reason` that of one that is left as it is. `erased`:
    the number is of somebody who was erased and is not told; `employee` is the id that is left."""

    drift: UUID
    kind: DriftKind
    employee: str
    name: str | None
    unit: str
    hr_unit: str | None
    our_unit: str | None
    on: date
    reason: str | None
    erased: bool = False


class DriftCase(Query):
    """One difference, with all that the list says of the person. Put on record."""

    zh = "查看一条差异"
    for_whom = there("officer", "hr", zh="该差异所在的单位", en="the unit of the difference")
    recorded = True
    read_about = "employee"

    drift: UUID


class DriftCaseOf(DriftEntry):
    """`list_of` is the unit that the list is of, `path` the place of `unit`."""

    list_of: str
    path: str
    post: str | None
    employed_since: date | None
    unit_since: date | None
    left_on: date | None
    left_by: str | None
    left_at: datetime | None
    retired: bool = False


class DriftOf(BaseModel):
    """`cursor` asks for what follows; null at the end."""

    items: list[DriftEntry]
    cursor: str | None


class DriftDays(Query):
    """The meter of each plant in a unit: how many differences each list found, day by day."""

    zh = "查看差异走势"
    for_whom = there("officer", "chair", "hr", "director", zh="该单位", en="that unit")

    unit: UNIT = "company"
    since: DAY | None = None


class DriftDay(BaseModel):
    """Of a plant, as of the day of a list; what had been left for a reason
    before that list came is not counted."""

    plant: str
    on: date
    counts: dict[DriftKind, int]


class DriftDaysOf(BaseModel):
    """Oldest first, of a day the plants by their codes."""

    days: list[DriftDay]
