"""What a person says is wrong with what is held of them, and what becomes of it."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, PostRole
from shared.for_whom import A_PERSON, ForWhom, oneself_or_there, reaching, there
from shared.messages import LINE, TEXT, UNIT, Command, Query
from shared.rulebook import Basis

CorrectionAbout = Literal[
    "person",
    "work",
    "leave",
    "membership",
    "honour",
    "dues",
    "post",
    "visit",
    "course",
    "proposal",
    "other",
]
"""Which of the things that are held. `person` (name, birth date, number), `work` (employment,
units, posts at work) and `leave` are HR's; all others the union's own."""
OF_HR: tuple[CorrectionAbout, ...] = ("person", "work", "leave")
CorrectionState = Literal["open", "with-hr", "answered", "withdrawn"]
CorrectionOutcome = Literal["corrected", "in-part", "not-corrected"]
CorrectionStep = Literal["asked", "with-hr", "overdue", "answered", "withdrawn"]
_WORDS = Annotated[str, Field(min_length=1, max_length=2000, pattern=TEXT)]
_PLACE = {
    "zh": "该职工今天（已离职的为最后）所在的单位；人事数据以外的仅限工会干事",
    "en": "the unit where that person is today, or was last; of what is not HR's officers alone",
}


class AskCorrection(Command):
    """Say what is wrong with what is held of oneself. What comes of HR goes to HR and the union
    officer, all else to the officer. An answer with reasons is due by a day."""

    zh = "要求更正个人信息"
    for_whom = A_PERSON

    about: CorrectionAbout
    which: Annotated[
        str | None,
        Field(max_length=200, pattern=LINE, description="Which of them, in one's own words"),
    ] = None
    wrong: _WORDS
    should_be: Annotated[_WORDS | None, Field(description="What would be right")] = None


class WithdrawCorrection(Command):
    """Take one's own request back, as long as it has no answer."""

    zh = "撤回更正要求"
    for_whom = ForWhom("oneself")

    correction: UUID


class TakeCorrectionToHr(Command):
    """HR is the source: the officer has told HR what to put right. The day of the answer stays."""

    zh = "将更正要求转人事"
    for_whom = there("officer", "hr", **_PLACE)

    correction: UUID
    note: _WORDS | None = None


class AnswerCorrection(Command):
    """Answer a request with its reasons, once. Nobody answers their own."""

    zh = "答复更正要求"
    for_whom = there("officer", "hr", **_PLACE)

    correction: UUID
    outcome: CorrectionOutcome
    reason: _WORDS


# ---------------------------------------------------------------------------------- queries


class CorrectionLine(BaseModel):
    """One request without what was written in it."""

    correction: UUID
    about: CorrectionAbout
    state: CorrectionState
    asked_at: datetime
    due_on: date
    overdue: bool = Field(description="the day passed without an answer")
    outcome: CorrectionOutcome | None
    settled_at: datetime | None


class OwnCorrections(Query):
    """What one has asked to be corrected, newest first."""

    zh = "查看本人的更正要求"
    for_whom = A_PERSON

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: CURSOR | None = None


class OwnCorrectionsOf(BaseModel):
    """`waiting` counts those without an answer."""

    employee: str
    waiting: int
    items: list[CorrectionLine]
    cursor: str | None


class Corrections(Query):
    """Requests of people within the reach of who asks, without what is written in them: those that
    wait by their day, those that are settled newest first. HR is shown what comes of HR."""

    zh = "查看更正要求"
    for_whom = reaching("officer", "hr")

    unit: Annotated[UNIT, Field(description="of people there and below")] = "company"
    state: Literal["waiting", "settled"] = "waiting"
    about: CorrectionAbout | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: CURSOR | None = None


class CorrectionListed(CorrectionLine):
    """`place`: the unit where the person is, or was last. `own`: of who asks, who does not answer
    it."""

    employee: str
    place: str | None
    place_name: str | None
    own: bool


class CorrectionsOf(BaseModel):
    """`waiting` and `overdue` count what has no answer there, whatever the filters."""

    waiting: int
    overdue: int
    items: list[CorrectionListed]
    cursor: str | None


class Correction(Query):
    """One request whole, with what was written. Each reading is put on record."""

    zh = "查看一件更正要求"
    for_whom = oneself_or_there("officer", "hr", **_PLACE)
    recorded = True
    read_about = "employee"

    correction: UUID


class CorrectionTrail(BaseModel):
    """A step: `by` whom, with the name of who answered for the union or for HR, if that was a
    person, and what they wrote."""

    at: datetime
    what: CorrectionStep
    by: Literal["oneself", "union", "hr", "clock"]
    name: str | None
    words: str | None


class CorrectionOf(CorrectionLine):
    """`due_by`: the rule that sets the day. `of_hr`: the thing comes of HR. `answers`: who asks
    may answer it."""

    employee: str
    name: str | None
    of_hr: bool
    which: str | None
    wrong: str
    should_be: str | None
    due_by: Basis
    answers: bool
    trail: list[CorrectionTrail]


# ------------------------------------------------------------------------------- who read it


class PostsOverMe(Query):
    """Who holds, or held, a post at or above a unit where one is or was: so that one can be told
    who read what is held of oneself. Newest first, a thousand at most."""

    zh = "查看本人所在各级的任职人员"
    for_whom = A_PERSON


class PostOver(BaseModel):
    """From `since` up to, not including, `until`."""

    person: UUID
    name: str | None
    role: PostRole
    unit: str
    unit_name: str
    since: date
    until: date | None


class PostsOverMeOf(BaseModel):
    items: list[PostOver]
