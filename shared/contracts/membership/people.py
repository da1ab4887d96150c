"""People and where they are placed."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import Spell, Stay
from shared.for_whom import oneself_or_there
from shared.messages import EMPLOYEE, Fact, Query


class Profile(Query):
    """Name and post of one person, from the roll itself. Each reading is put on record."""

    zh = "查看姓名和岗位"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )
    recorded = True

    employee: EMPLOYEE


class ProfileOf(BaseModel):
    """As of today, in the plant's zone."""

    person: UUID
    employee: str
    name: str
    unit: str | None
    post: str | None
    employed: bool
    member_since: date | None


class NumberHeld(BaseModel):
    """An employee number of a person, from `since` up to, not including, `until`; null is open."""

    number: str
    since: date | None = None
    until: date | None = None


class PersonPlaced(Fact):
    """The whole dated timeline of one person, as far as it is known now. Replaces the last one.

    `employee` is the number by which the person is found today. `numbers` are told where somebody
    has ruled about them: a person may have several, and a number may go to another person. Whoever
    turned out to be another (`same_as`) has no days of their own: all that is said of either is of
    one human being."""

    about = "person"
    person: UUID
    employee: str
    employed: list[Spell]
    stays: list[Stay]
    numbers: list[NumberHeld] = Field(default_factory=list)
    same_as: UUID | None = None
