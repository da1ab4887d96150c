"""A member's record: how they came and went, and what they were honoured for."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.members import OF_THE_PLACE, EndedBy, Line
from shared.contracts.membership.shapes import Spell
from shared.for_whom import oneself_or_there
from shared.messages import DAY, EMPLOYEE, Command, Query

Level = Literal["team", "workshop", "plant", "company", "city", "province", "nation"]


class AwardHonour(Command):
    """Enter an honour that a worker was given. It stands in their record and nowhere else."""

    zh = "登记荣誉"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    title: Line
    level: Level
    on: DAY = Field(description="The day of the award; not one to come")
    reference: Line | None = Field(default=None, description="The number of the decision")


class WithdrawHonour(Command):
    """Take an honour out of the record, because it was taken back or entered by mistake."""

    zh = "撤销荣誉"
    for_whom = OF_THE_PLACE

    honour: UUID
    reason: Line


class MemberRecord(Query):
    """What the union's roll holds of one person's membership; that it was read is on record."""

    zh = "查看会员档案"
    for_whom = oneself_or_there(
        "officer",
        "chair",
        zh="该职工今天（已离职的为最后）所在的单位",
        en="the unit where that person is today, or was last",
    )

    recorded: ClassVar[bool] = True

    employee: EMPLOYEE


class ConsentGiven(BaseModel):
    """`how`: `in-person` or `on-paper`. `ended_by` is null while it stands."""

    given_on: date
    how: Literal["in-person", "on-paper"]
    reference: str | None
    withdrawn_on: date | None
    ended_by: EndedBy | Literal["deemed-left"] | None


class MembershipSpell(Spell):
    """`kept`: a member without a vote."""

    kept: bool


class PlantMove(BaseModel):
    """From the unit of one plant into that of another; codes of plants."""

    on: date
    from_plant: str
    to_plant: str


class OtherUnion(Spell):
    union: str


class Honour(BaseModel):
    honour: UUID
    title: str
    level: Level
    on: date
    reference: str | None


class MemberRecordOf(BaseModel):
    """Each list in order of days. `kept_from`: days from which the union keeps the membership when
    the work of that day ends."""

    person: UUID
    employee: str
    invited_on: date | None = Field(description="since when HR has them employed")
    consents: list[ConsentGiven]
    memberships: list[MembershipSpell]
    moves: list[PlantMove]
    kept_from: list[date]
    other_unions: list[OtherUnion]
    honours: list[Honour]
