"""会籍脱离: who pays no dues and takes no part for months is admonished, and may be deemed to have
left. The clock alone ends nothing: the committee decides, and what it declared can be reversed."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.dues import Cited
from shared.contracts.membership.members import OF_THE_PLACE, Line
from shared.contracts.membership.shapes import CURSOR, PIECE
from shared.for_whom import oneself_or_there, reaching
from shared.messages import DAY, EMPLOYEE, TEXT, UNIT, Command, Fact, Query

AdmonishedBy = Literal["in-person", "in-writing", "by-phone"]
LapseState = Literal["to-admonish", "running", "over"]
"""The months are full · admonished, and the time to mend runs · it is over and nothing mended."""
AdmonitionEnd = Literal["mended", "withdrawn", "declared"]
REASON = Annotated[str, Field(max_length=500, pattern=TEXT)]


class AdmonishMember(Command):
    """Enter that a member was told that dues and activity are missing. From here the time to mend
    runs; the person is told here too."""

    zh = "登记对会员的教育提醒"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    on: DAY = Field(description="The day on which the member was told; not one to come")
    way: AdmonishedBy
    reason: REASON = Field(description="What was said. The member reads it")


class WithdrawAdmonition(Command):
    """An admonition was wrong, or there is a reason for what is missing; it stays on record."""

    zh = "撤回教育提醒"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    reason: REASON


class DeclareLeft(Command):
    """Enter that the committee has decided: who was admonished and has not mended is deemed to have
    left from that day on."""

    zh = "宣布视为自动退会"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    on: DAY = Field(
        description="The day of the decision, the first without membership: after the time to "
        "mend, and not to come"
    )
    reference: Line = Field(description="Where the minutes of the committee lie")


class ReverseDeclaration(Command):
    """The declaration was wrong: the membership goes on without a gap, nobody is asked again."""

    zh = "撤销视为自动退会"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    reason: REASON


# ---------------------------------------------------------------------------------- asked


class Admonition(BaseModel):
    """`due_on` is the last day to mend. `ended` is null while it stands."""

    on: date
    way: AdmonishedBy
    reason: str
    due_on: date
    ended: AdmonitionEnd | None
    ended_on: date | None
    ended_for: str | None = Field(description="why it was withdrawn")
    by: Cited


class Declaration(BaseModel):
    """`reversed_on` is null while it stands."""

    on: date
    reference: str
    reversed_on: date | None
    reversed_for: str | None


class Lapse(BaseModel):
    """What is missing: the months (`2026-03`) from the first to the last, all of them booked.
    `active_on`: the last day of which the house knows that the member took part, null when of none;
    in what is not said. `days_away`: in those months, for whatever reason."""

    first_month: str
    last_month: str
    months: int
    active_on: date | None
    days_away: int
    by: Cited


class Lapses(Query):
    """Members who may be admonished, whose time to mend runs, or about whom is to be decided;
    within the reach of who asks."""

    zh = "查看长期欠费且不参加活动的会员"
    for_whom = reaching("officer", "chair")
    recorded = True

    unit: Annotated[UNIT, Field(description="of people there and below")] = "company"
    state: LapseState | None = None
    limit: PIECE = 50
    cursor: CURSOR | None = None


class LapseSeen(BaseModel):
    """`away`: today, for whatever reason; nothing is declared about who is."""

    employee: str
    name: str | None
    unit: str | None
    unit_name: str | None
    state: LapseState
    away: bool
    lapse: Lapse
    admonition: Admonition | None


class LapsesOf(BaseModel):
    items: list[LapseSeen]
    cursor: str | None


class LapseCounts(Query):
    """How many of them there are unit by unit, within the reach of who asks. No person."""

    zh = "统计长期欠费且不参加活动的会员"
    for_whom = reaching("officer", "chair")


class LapseCount(BaseModel):
    """Of members whose unit it is, or was last; null for who was in none."""

    unit: str | None
    unit_name: str | None
    to_admonish: int
    running: int
    over: int


class LapseCountsOf(BaseModel):
    """`more`: only the first thousand members were looked at."""

    items: list[LapseCount]
    more: bool


class LapseOf(Query):
    """How one member stands: what is missing, admonitions and declarations; and by which rules."""

    zh = "查看个人会籍脱离情况"
    for_whom = oneself_or_there(
        "officer",
        "chair",
        zh="该职工今天（已离职的为最后）所在的单位",
        en="the unit where that person is today, or was last",
    )
    recorded = True

    employee: EMPLOYEE


class LapseOfPerson(BaseModel):
    """`state` and `lapse` are null for whom nothing is to be said; `away`: today, which keeps them
    from being admonished or deemed to have left. The newest admonition and declaration first.
    `proof`: which months count; `mending`: how long there is to mend."""

    person: UUID
    employee: str
    state: LapseState | None
    lapse: Lapse | None
    away: bool
    admonitions: list[Admonition]
    declarations: list[Declaration]
    proof: Cited
    mending: Cited


# ---------------------------------------------------------------------------------- stated


class NoticeGiven(Fact):
    """The union has something to say to a person about their membership; what, only they and the
    officers of their place may ask (`lapse-of`). `due_on` is the last day to do something about it,
    null when there is none. Stated again when that changes."""

    about = "notice"
    notice: UUID
    person: UUID
    due_on: date | None


class NoticeClosed(Fact):
    """There is nothing more to do about it."""

    about = "notice"
    notice: UUID
