"""What of HR's events about units does not fit, and what an officer decides about it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.membership.desk import EVENT, REASON, Decided
from shared.for_whom import company_wide
from shared.messages import DAY, UNIT, Command, Query

UnitRulingKind = Literal["set-aside", "counts", "corrected", "stands"]
"""As of people; `stands`: the unit closed as HR said, and that people were in it is known."""
_OTHER = Field(description="for `corrected`: the unit meant, above it or that it went into")


class SettleUnit(Command):
    """Decide about an event of HR about a unit. The tree is computed with the ruling from now on,
    and so are the days of all whom that concerns."""

    zh = "核定单位的待核事件"
    for_whom = company_wide("officer")

    unit: UNIT
    ruling: UnitRulingKind
    event: EVENT
    over: Annotated[EVENT | None, Field(description="for `counts`: the event set aside")] = None
    on: Annotated[DAY | None, Field(description="for `corrected`: the day it holds from")] = None
    other: Annotated[UNIT | None, _OTHER] = None
    reason: REASON


class UnitCase(Query):
    """What HR said of a unit, where it stands, what could be decided and where it would stand then.
    With an `event` also what would be if that were set aside, or held from another day or of
    another unit."""

    zh = "查看一个单位的待核情况"
    for_whom = company_wide("officer")

    unit: UNIT
    event: EVENT | None = None
    on: DAY | None = None
    other: Annotated[UNIT | None, _OTHER] = None


class UnitStands(BaseModel):
    """From `since` up to, not including, `until` called so and below that unit; null is open."""

    since: date | None
    until: date | None
    name: str
    parent: str | None


class UnitDays(BaseModel):
    """Where a unit stands; nowhere as long as it is not known. From `ended_on` it is no more, and
    who was in it is in `merged_into`, or in no unit. `unfit` events of the whole tree contradict
    the others then; `people_left` are in no unit since it closed."""

    stands: list[UnitStands]
    ended_on: date | None
    merged_into: str | None
    people_left: int
    unfit: int


class UnitSaid(BaseModel):
    """One event of HR about the unit, or about another that names it. `other`: the second unit that
    HR names; how it is read since it was corrected is in the `corrected_` ones."""

    event: str
    type: str
    unit: str
    on: date | None
    name: str | None
    other: str | None
    heard_at: datetime
    standing: Literal["counts", "unfit", "nothing-new", "set-aside"]
    reason: str | None
    detail: str | None
    corrected_on: date | None
    corrected_other: str | None


class UnitChoice(BaseModel):
    """A ruling that could be made, and where the unit would stand. Who is left in it on another day
    of closing is found when that is settled."""

    ruling: UnitRulingKind
    event: str
    over: str | None
    on: date | None
    other: str | None
    then: UnitDays
    settles: bool


class UnitRulingMade(Decided):
    """About a unit; `unit` is the other one."""

    kind: UnitRulingKind
    event: str


class UnitCaseOf(BaseModel):
    """`said` in the order of their days, `rulings` newest first."""

    unit: str
    name: str | None
    said: list[UnitSaid]
    now: UnitDays
    choices: list[UnitChoice]
    rulings: list[UnitRulingMade]
