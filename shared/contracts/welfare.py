"""What welfare is asked and what it states: visits. Why somebody was visited is in no fact."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from shared.for_whom import oneself_or_there, there
from shared.messages import DAY, EMPLOYEE, NO_NUL, Command, Fact, Query
from shared.rulebook import Basis

Occasion = Literal[
    "hospital", "birth", "bereavement", "marriage", "retirement", "festival", "hardship"
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000, pattern=NO_NUL)]


class LogVisit(Command):
    """Enter that somebody was visited. Settles the visit that was due on
    this occasion, if one was."""

    zh = "登记慰问"
    for_whom = there(
        "officer", zh="受慰问的人今天所在的单位", en="the unit where the person visited is today"
    )

    employee: EMPLOYEE
    occasion: Occasion
    on: DAY = Field(description="The day of the visit; a day past is fine")
    visitors: Annotated[list[EMPLOYEE], Field(min_length=1, max_length=50)] = Field(
        description="Employee numbers of those who went"
    )
    note: Note = Field(default="", description="Kept encrypted, read by officers of the place only")


class VisitNote(Query):
    """What an officer of the place may read of one visit; that it was read is put on record."""

    zh = "查看慰问记录"
    for_whom = there(
        "officer", zh="受慰问的人今天所在的单位", en="the unit where the person visited is today"
    )

    recorded: ClassVar[bool] = True

    visit: UUID


class VisitNoteOf(BaseModel):
    """`occasion` is null while the visit is only due, `kind` is that of the leave behind it."""

    visit: UUID
    employee: str
    kind: str | None
    occasion: Occasion | None
    on: date | None
    visitors: list[str]
    note: str


class VisitReadings(Query):
    """Who has read a visit's note, newest first."""

    zh = "查看谁读过慰问记录"
    for_whom = there(
        "officer", zh="受慰问的人今天所在的单位", en="the unit where the person visited is today"
    )

    visit: UUID


class Reading(BaseModel):
    """`account`: the number of who read it, or the account where that is nobody's."""

    account: str
    at: datetime


class VisitReadingsOf(BaseModel):
    readings: list[Reading]


class OwnData(Query):
    """All that welfare holds of one person, table by table; each reading is put on record."""

    zh = "查看福利保存的本人数据"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )

    recorded: ClassVar[bool] = True

    employee: EMPLOYEE


class VisitDue(Fact):
    """A visit is owed from `since` on; `due_on` is the last day in time, `due_by` the rule
    that sets it: the same for every kind of leave, or it would tell the kind. Stated again when
    the days move."""

    about = "visit"
    visit: UUID
    person: UUID
    since: date
    due_on: date
    due_by: Basis | None = None


class VisitDropped(Fact):
    """It is owed no longer: HR corrected itself, or it was heard of too late."""

    about = "visit"
    visit: UUID
    person: UUID


class VisitLogged(Fact):
    """A person was visited; nothing says why."""

    about = "visit"
    visit: UUID
    person: UUID
    on: date


class VisitOverdue(Fact):
    """The day has passed without a visit."""

    about = "visit"
    visit: UUID
    person: UUID
    due_on: date
