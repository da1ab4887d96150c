"""What democracy is asked and what it states: proposals."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.for_whom import EMPLOYED, oneself_or_there, there
from shared.messages import EMPLOYEE, TEXT, Command, Fact, Query
from shared.rulebook import Basis


class Category(StrEnum):
    """What a proposal is about."""

    SAFETY = "safety"
    PRODUCTION = "production"
    ENVIRONMENT = "environment"
    TRAINING = "training"
    WELFARE = "welfare"
    MANAGEMENT = "management"
    OTHER = "other"


Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=TEXT)
]
Body = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=TEXT)
]
Reasons = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000, pattern=TEXT)
]
Decision = Literal["adopted", "declined"]


class SubmitProposal(Command):
    """Say what should be better; the plant owes a reasoned answer."""

    zh = "提出提案"
    for_whom = EMPLOYED

    title: Title
    body: Body
    category: Category = Field(description="What it is about; it decides by when an answer is due")
    hidden: bool = Field(
        default=False, description="Keep my name out of every fact, view and administrator's sight"
    )


class SupportProposal(Command):
    """Stand behind somebody else's open proposal, once. Only the number is shown."""

    zh = "附议提案"
    for_whom = EMPLOYED

    proposal: UUID


class AnswerProposal(Command):
    """The plant's decision with its reasons."""

    zh = "答复提案"
    for_whom = there("manager", "director", zh="提案所在单位", en="the proposal's unit")

    proposal: UUID
    decision: Decision
    reasons: Reasons


class OwnData(Query):
    """All that democracy holds of one person, table by table; each reading is put on record."""

    zh = "查看民主管理保存的本人数据"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )

    recorded: ClassVar[bool] = True

    employee: EMPLOYEE


class ProposalSubmitted(Fact):
    """A proposal was made. `author` is null when the name is hidden. `due_on` is the last day on
    which an answer is in time, counted in the plant's zone, `due_by` the rule that sets it."""

    about = "proposal"
    proposal: UUID
    unit: UUID
    author: UUID | None
    category: Category
    title: str
    body: str
    submitted_on: date
    due_on: date
    due_by: Basis | None = None


class ProposalSupported(Fact):
    """One more stands behind it; `supports` is how many do now. Nobody is named."""

    about = "proposal"
    proposal: UUID
    supports: int


class ProposalAnswered(Fact):
    """The plant has decided and said why."""

    about = "proposal"
    proposal: UUID
    unit: UUID
    decision: Decision
    reasons: str
    answered_on: date


class ProposalOverdue(Fact):
    """The day has passed without an answer."""

    about = "proposal"
    proposal: UUID
    unit: UUID
    due_on: date


class ProposalRedacted(Fact):
    """Its author was erased: whoever keeps the words keeps them no longer. That it was made, and
    what was answered, stays."""

    about = "proposal"
    proposal: UUID
