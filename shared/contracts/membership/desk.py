"""The desk: what of HR's events does not fit, and what an officer decides about it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, Spell
from shared.for_whom import reaching, there
from shared.messages import DAY, EMPLOYEE, NO_NUL, TEXT, UNIT, Command, Query

RulingKind = Literal["set-aside", "counts", "corrected", "same-human"]
"""`set-aside`: the event does not count. `counts`: it does, and the one it contradicts is set
aside; of being hired on the day of leaving, the leaving comes first then. `corrected`: it holds
from another day or of other units. `same-human`: who was hired again under another name or birth
date is who they were."""
AnyRulingKind = RulingKind | Literal["stands", "same-person", "another-human"]
"""Also of units: `stands` holds as HR said it, and what follows for people is known. Of
numbers: `same-person` has another one too, `another-human` was given one that was somebody's."""
EVENT = Annotated[
    str,
    Field(pattern="^[0-9a-f]{32}$", description="one event with what it says, as in `unfit-case`"),
]
REASON = Annotated[str, Field(min_length=1, max_length=2000, pattern=TEXT)]
_PLACE = there(
    "officer",
    zh="该职工所在的单位，已离职或离岗的为最后所在的单位",
    en="the unit where that person is, or was last",
)


class SettleUnfit(Command):
    """Decide about an event of HR, so that a contradiction is settled. What HR said stays as it
    was heard; the person's days are computed with the ruling from now on."""

    zh = "核定待核的人事事件"
    for_whom = _PLACE

    employee: EMPLOYEE
    ruling: RulingKind
    event: EVENT
    over: Annotated[EVENT | None, Field(description="for `counts`: the event set aside")] = None
    on: Annotated[DAY | None, Field(description="for `corrected`: the day it holds from")] = None
    unit: Annotated[UNIT | None, Field(description="for `corrected`: the unit meant")] = None
    from_unit: Annotated[
        UNIT | None, Field(description="for `corrected`: they moved on that day from this unit")
    ] = None
    reason: REASON


class TakeBackRuling(Command):
    """Take back a ruling: the person's days are as if it had never been made. Both stay in the
    history."""

    zh = "撤销核定"
    for_whom = _PLACE

    ruling: UUID
    reason: REASON


class Unfit(Query):
    """HR events that do not fit, newest first, of people within the reach of who asks. What is
    about units, and about people who are in none, is shown to those whose reach is the whole
    company. Names people by their numbers: each reading is put on record by the unit."""

    zh = "查看待核的人事事件"
    for_whom = reaching("officer", "hr")
    recorded = True

    unit: Annotated[UNIT, Field(description="of people there and below")] = "company"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    reason: Annotated[str | None, Field(max_length=64, pattern=NO_NUL)] = None
    employee: EMPLOYEE | None = None
    cursor: CURSOR | None = None


class UnfitEvent(BaseModel):
    """`reason` is a code, `detail` a sentence. The event itself is kept as it was heard.

    What HR said is in `on`, `unit` and `from_unit`; what the roll says of that day instead in
    `employed` and `placed`, the unit's code. `employee` is null where it is about a unit
    (`of_unit`, whose code is in `about`); then `other` is the second unit that HR names. `place` is
    the unit where the person is, or was last."""

    source: str
    id: str
    type: str
    about: str
    reason: str
    detail: str
    heard_at: Any
    found_at: datetime | None = None
    employee: str | None = None
    of_unit: bool = False
    place: str | None = None
    place_name: str | None = None
    on: date | None = None
    unit: str | None = None
    from_unit: str | None = None
    other: str | None = None
    employed: Spell | None = None
    placed: str | None = None


class UnfitEvents(BaseModel):
    """`total` and `by_reason` count what is open there, whatever the reason that is asked for,
    `settled` what was decided there and stands. `pairs`: of how many numbers it is to be said
    whether two are of one person (`number-pairs`); zero for who does not settle that."""

    total: int
    events: list[UnfitEvent]
    by_reason: dict[str, int] = {}
    settled: int = 0
    pairs: int = 0
    cursor: str | None = None


class UnfitCase(Query):
    """All that is needed to settle the contradictions of one person: what HR said in days, what
    the roll makes of it, what could be decided and what the days would be then. With an `event`
    also what would be if it were set aside, or held from another day or of other
    units.

    It brings a person's history: each reading is put on record.
    """

    zh = "查看一名职工的待核情况"
    for_whom = _PLACE
    recorded = True

    employee: EMPLOYEE
    event: EVENT | None = None
    on: DAY | None = None
    unit: UNIT | None = None
    from_unit: UNIT | None = None


class PlacedStay(Spell):
    """In a unit, by HR's code."""

    unit: str
    post: str | None


class Days(BaseModel):
    """A person's days, and how many of HR's events contradict the others then."""

    employed: list[Spell]
    stays: list[PlacedStay]
    unfit: int


class HrSaid(BaseModel):
    """One event of HR. `standing`: it counts, contradicts the others (`reason`, `detail`), says
    what another says, or was set aside. What HR said is in `on`, `unit`, `from_unit`; how it is
    read since it was corrected, in the `corrected_` ones. `name` and `birth_date` are told where it
    is in question who was hired."""

    event: str
    type: str
    on: date
    unit: str | None
    from_unit: str | None
    post: str | None
    until: date | None
    name: str | None
    birth_date: date | None
    heard_at: datetime
    standing: Literal["counts", "unfit", "nothing-new", "set-aside"]
    reason: str | None
    detail: str | None
    corrected_on: date | None
    corrected_unit: str | None
    corrected_from_unit: str | None


class Choice(BaseModel):
    """A ruling that could be made, and the days as they would be. It `settles` when fewer events
    contradict the others then; others are refused."""

    ruling: RulingKind
    event: str
    over: str | None
    on: date | None
    unit: str | None
    from_unit: str | None
    then: Days
    settles: bool


class Decided(BaseModel):
    """What was decided, by whom and why; `taken_back` by a later one, with its reason."""

    ruling: UUID
    over: str | None
    on: date | None
    unit: str | None
    from_unit: str | None
    reason: str
    by: str | None
    at: datetime
    taken_back_at: datetime | None
    taken_back_by: str | None
    taken_back_why: str | None


class RulingMade(Decided):
    """About a person."""

    kind: RulingKind
    event: str


class UnfitCaseOf(BaseModel):
    """`said` in the order of their days, `rulings` newest first."""

    employee: str
    name: str | None
    place: str | None
    place_name: str | None
    said: list[HrSaid]
    now: Days
    choices: list[Choice]
    rulings: list[RulingMade]
