"""Erasing a person (删除个人信息): asked, granted, done on a day, and told as an id."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, PIECE
from shared.for_whom import oneself_or_there, reaching, there
from shared.messages import EMPLOYEE, UNIT, Command, Fact, Query
from shared.rulebook import Standing

OF_THE_PERSON = oneself_or_there(
    "officer",
    zh="该职工今天（已离职的为最后）所在的单位",
    en="the unit where that person is today, or was last",
)
Obstacle = Literal["employed", "member", "post", "seat", "dues", "told-today"]
"""What first has to be settled: still employed; still a member, also a kept one; holds a post; sits
in a body of the union; dues that did not fit and are not settled; HR has said something of today or
of later, so the day has to pass."""
ErasureState = Literal["none", "asked", "granted", "withdrawn", "done"]


class AskErasure(Command):
    """Ask that all that is held of a person be erased. The person asks, or an officer for one who
    has left. What has to be settled first is said in the refusal."""

    zh = "申请删除个人信息"
    for_whom = OF_THE_PERSON

    employee: EMPLOYEE


class GrantErasure(Command):
    """Grant it. It is done some days later, and cannot be taken back then; until then it can."""

    zh = "批准删除个人信息"
    for_whom = there(
        "officer",
        zh="该职工今天（已离职的为最后）所在的单位",
        en="the unit where that person is today, or was last",
    )

    erasure: UUID


class WithdrawErasure(Command):
    """Let everything stay as it is; until the day on which it is done."""

    zh = "撤回删除申请"
    for_whom = OF_THE_PERSON

    erasure: UUID


class ErasureOf(Query):
    """How it stands with the erasure of one person, and what has to be settled before. Each reading
    is put on record."""

    zh = "查看删除申请的进度"
    for_whom = OF_THE_PERSON
    recorded = True

    employee: EMPLOYEE


class CitedRule(BaseModel):
    """`standing`: how far the text is known (`read`, `restated`, `unverified`, `house`)."""

    rule: str
    citation: str
    citation_en: str
    standing: Standing


class ErasureSeen(BaseModel):
    """`due_on`: the day on which it is done. `obstacles`: what has to be settled first, as of
    today. `waits_days`: so many days lie between granting and doing. `may_grant`: it waits to be
    granted, and who asks may do that, once nothing is in the way."""

    person: UUID
    employee: str
    erasure: UUID | None
    state: ErasureState
    by_themselves: bool | None
    asked_on: date | None
    granted_on: date | None
    due_on: date | None
    obstacles: list[Obstacle]
    waits_days: int
    may_grant: bool = False
    by: list[CitedRule]


class Erasures(Query):
    """What was asked, newest first, of people within the reach of who asks. It brings names: each
    reading is put on record."""

    zh = "查看删除申请"
    for_whom = reaching("officer")
    recorded = True

    unit: UNIT = "company"
    state: Literal["asked", "granted", "withdrawn", "done"] | None = None
    limit: PIECE = 50
    cursor: CURSOR | None = None


class ErasureEntry(BaseModel):
    """Of one that is done, `employee` is the person's id without hyphens, for there is no number
    any more, and `name` is null. `may_grant`: as in `ErasureSeen`."""

    erasure: UUID
    person: UUID
    employee: str
    name: str | None
    unit: str | None
    state: ErasureState
    by_themselves: bool
    asked_on: date
    due_on: date | None
    done_on: date | None
    may_grant: bool = False
    stopped_for: Annotated[
        list[Obstacle], Field(description="what was in the way on the day on which it was due")
    ]


class ErasuresOf(BaseModel):
    """`waiting`: how many within that unit wait to be granted and may be by who asks, whatever
    else the list was asked for."""

    waiting: int = 0
    items: list[ErasureEntry]
    cursor: str | None


class ErasuresWaiting(Query):
    """How many within reach wait to be granted and may be by who asks: a count, of nobody."""

    zh = "查看待批准的删除申请数"
    for_whom = reaching("officer")

    unit: UNIT = "company"


class ErasuresWaitingOf(BaseModel):
    waiting: int


class PersonErased(Fact):
    """Whoever keeps anything of this person beyond the id keeps it no longer. Nothing more will be
    stated of the person."""

    about = "person"
    person: UUID
    on: date
