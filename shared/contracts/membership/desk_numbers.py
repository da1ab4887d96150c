"""Two numbers of one person, and one number that was given to two people."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.desk import REASON, Days
from shared.contracts.membership.people import NumberHeld
from shared.for_whom import there
from shared.messages import DAY, EMPLOYEE, Command, Query

_PLACES = there(
    "officer",
    zh="该职工所在的单位，已离职或离岗的为最后所在的单位；涉及两人的，两处都要",
    en="the unit where that person is, or was last; of both where it is about two",
)
_OTHER = Field(description="another number of the same person")
_FROM = Field(description="the first day on which the number is that person's; null: always")


class RuleSamePerson(Command):
    """Two numbers are of one person: there is one timeline, one membership and no second consent.
    What was said under either stays as it was said, and is found under both."""

    zh = "核定两个工号为同一人"
    for_whom = _PLACES

    employee: EMPLOYEE
    other: Annotated[EMPLOYEE, _OTHER]
    on: Annotated[DAY | None, _FROM] = None
    reason: REASON


class RuleAnotherHuman(Command):
    """From a day on the number is another human being's, who inherits nothing: not the membership,
    the posts or what was said. Accounts with that number are closed."""

    zh = "核定工号已换人"
    for_whom = _PLACES

    employee: EMPLOYEE
    on: Annotated[DAY, Field(description="the first day of the other one")]
    reason: REASON


class NumberCase(Query):
    """Whose a number is, and what would be if `other` were a number of the same person, or, without
    it, if the number were another human being's from the day `on`.

    It brings names, birth dates and a person's history: each reading is put on record.
    """

    zh = "查看工号的归属"
    for_whom = _PLACES
    recorded = True

    employee: EMPLOYEE
    other: Annotated[EMPLOYEE | None, _OTHER] = None
    on: DAY | None = None


class Numbered(BaseModel):
    """A person with the numbers that are theirs, as HR named them, and their days."""

    person: UUID | None
    employee: str
    name: str | None
    birth_date: date | None
    numbers: list[NumberHeld]
    days: Days


class NumberCaseOf(BaseModel):
    """`now`, and `then` as it would be; `suspected`: numbers that may be of the
    same person, as in `number-pairs`. `refused` says why that cannot be ruled."""

    employee: str
    now: list[Numbered]
    then: list[Numbered]
    suspected: list[str]
    refused: str | None
