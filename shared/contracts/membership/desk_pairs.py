"""Numbers that may be of one person: suspected by a rule, settled by an officer."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.desk import REASON
from shared.contracts.membership.shapes import CURSOR
from shared.for_whom import reaching, there
from shared.messages import EMPLOYEE, UNIT, Command, Query

PairReason = Literal["hired-again", "hired-twice", "same-birth-date"]
"""All of them of one name. `hired-again`: one number ends soon before the other begins.
`hired-twice`: both begin on one day. `same-birth-date`: nothing more than that."""


class NumberPairs(Query):
    """Numbers that may be of one person, the likeliest first, both within the reach of who asks.

    It brings names and birth dates: each reading is put on record.
    """

    zh = "查看疑似一人两号"
    for_whom = reaching("officer")
    recorded = True

    unit: Annotated[UNIT, Field(description="both there or below")] = "company"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: CURSOR | None = None


class PairedNumber(BaseModel):
    """A person under one of the two numbers. `since` and `until` are those of the latest work,
    half-open; `place` is the unit where they are, or were last."""

    person: UUID
    employee: str
    name: str | None
    birth_date: date | None
    place: str | None
    place_name: str | None
    post: str | None
    since: date | None
    until: date | None


class NumberPair(BaseModel):
    """`earlier` is who was known first. Where `same_birth_date` is false, the birth date of one of
    them is not known. `days` lie between leaving and being hired again; below zero, the first
    number was closed later than the second was opened."""

    earlier: PairedNumber
    later: PairedNumber
    reason: PairReason
    same_birth_date: bool
    days: int | None
    found_at: datetime


class NumberPairsOf(BaseModel):
    """`total`: how many wait there."""

    items: list[NumberPair]
    total: int
    cursor: str | None = None


_OF_BOTH = there(
    "officer",
    zh="两名职工各自所在的单位，已离职或离岗的为最后所在的单位；两处都要",
    en="the units where these two are, or were last; of both",
)


class RuleTwoPeople(Command):
    """Two numbers are of two people, however alike they are: it is not suggested again. Until it is
    taken back."""

    zh = "核定两个工号为两人"
    for_whom = _OF_BOTH

    employee: EMPLOYEE
    other: Annotated[EMPLOYEE, Field(description="the number of the other one")]
    reason: REASON


class TakeBackTwoPeople(Command):
    """Take back that they are two: it is suggested again if they are still alike. What was ruled
    stays on record."""

    zh = "撤销两人的核定"
    for_whom = _OF_BOTH

    ruling: UUID
    reason: REASON


class TwoPeopleRulings(Query):
    """Of whom it was ruled that they are two, newest first, both within the reach of who asks; what
    was taken back too.

    It brings names and reasons: each reading is put on record.
    """

    zh = "查看已核定为两人的工号"
    for_whom = reaching("officer")
    recorded = True

    unit: Annotated[UNIT, Field(description="both there or below")] = "company"
    ruling: Annotated[UUID | None, Field(description="this one alone")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: CURSOR | None = None


class TwoPeople(BaseModel):
    """What was ruled of two, by whom and why; `taken_back` by whom and why."""

    ruling: UUID
    earlier: PairedNumber
    later: PairedNumber
    reason: str
    by: str | None
    at: datetime
    taken_back_at: datetime | None
    taken_back_by: str | None
    taken_back_why: str | None


class TwoPeopleRulingsOf(BaseModel):
    items: list[TwoPeople]
    cursor: str | None = None
