"""Bodies of the union beside the tree: their terms, and who sits in them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, KNOWN, PIECE, PostRole
from shared.for_whom import there
from shared.messages import DAY, EMPLOYEE, LINE, UNIT, WHOLE, Command, Fact, Query
from shared.rulebook import Basis, Standing

BodyKind = Literal["committee", "branch", "group", "women", "auditors"]
BodyPost = Literal["chair", "vice-chair", "head", "deputy-head", "leader", "member"]
Acting = Literal["vacant", "away"]
"""Why somebody acts: nobody holds the post, or who holds it is away."""
SeatEnd = Literal["resigned", "recalled", "left", "acting-over", "mistake"]
"""Why a seat ended before its term; `mistake`: it was never held."""
BodyState = Literal["none", "running", "due", "overdue"]
"""How the term stands: there was none yet; its election is to be prepared; it has run out."""
PEOPLE = Annotated[int, Field(ge=1, le=10_000_000), WHOLE]
MINUTES = Annotated[
    str | None,
    Field(max_length=200, pattern=LINE, description="where the minutes are to be found"),
]
KEEPS = there("chair", "it", zh="工会组织所在单位", en="the unit of the body")
READS = there("officer", "chair", "it", zh="该单位", en="that unit")


class FoundBody(Command):
    """A body of the union begins, beside a unit of the tree."""

    zh = "建立工会组织"
    for_whom = KEEPS

    kind: BodyKind
    unit: UNIT
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=LINE)]
    on: DAY | None = None


class DissolveBody(Command):
    """A body ends from a day on (today when none is given), and with it every seat in it."""

    zh = "撤销工会组织"
    for_whom = KEEPS

    body: UUID
    on: DAY | None = None


class Elected(BaseModel):
    """One row of the result of an election."""

    employee: EMPLOYEE
    post: BodyPost


class OpenTerm(Command):
    """Record an election: a new term with all who were elected, or none of it.

    Whoever sat before is out of office from `since` on. `members` are those of the union on the
    day of the election; where none are given the roll is asked. `vouched`: the minutes say that
    those elected were members, for a day on which this roll does not know them as such yet.
    `gives_posts`: who heads the body gets the post of its unit, with its rights, as long as the
    seat is held.
    """

    zh = "登记选举"
    for_whom = KEEPS

    body: UUID
    years: Literal[3, 5]
    since: DAY
    elected_on: Annotated[DAY | None, Field(description="`since` when none is given")] = None
    number: Annotated[int | None, Field(ge=1, le=999, description="the next by itself"), WHOLE] = (
        None
    )
    seats: Annotated[
        int | None, Field(ge=1, le=200, description="as many as were elected by itself"), WHOLE
    ] = None
    members: PEOPLE | None = None
    minutes: MINUTES = None
    vouched: bool = False
    gives_posts: bool = True
    elected: Annotated[list[Elected], Field(min_length=1, max_length=200)]


class WithdrawTerm(Command):
    """Take back a term that was entered by mistake: it never was, and whoever sat before still
    does. What was entered stays on file."""

    zh = "撤回误录的届次"
    for_whom = KEEPS

    term: UUID
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]


class FillSeat(Command):
    """Somebody takes a seat within a term: by an election in between, or acting."""

    zh = "增补或代理"
    for_whom = KEEPS

    body: UUID
    employee: EMPLOYEE
    post: BodyPost
    on: Annotated[DAY | None, Field(description="today when none is given")] = None
    acting: Acting | None = None
    minutes: MINUTES = None
    vouched: bool = False
    gives_posts: bool = True


class EndSeat(Command):
    """A seat ends before its term, from a day on (today when none is given). Said again, the
    later word counts and the earlier one stays on file. A recall names its votes."""

    zh = "结束任职"
    for_whom = KEEPS

    seat: UUID
    why: SeatEnd
    on: DAY | None = None
    votes: Annotated[
        int | None, Field(ge=0, le=10_000_000, description="for a recall: who voted for it"), WHOLE
    ] = None
    electors: Annotated[
        int | None,
        Field(ge=1, le=10_000_000, description="for a recall: all who have a vote"),
        WHOLE,
    ] = None
    minutes: MINUTES = None


class Judged(BaseModel):
    """What a rule says, by which version, and from what; `lawful` is null where it says a number
    only."""

    rule: str
    version: int
    citation: str
    citation_en: str
    standing: Standing
    inputs: dict[str, int | str | None]
    lawful: bool | None = None


class Bodies(Query):
    """The bodies beside a unit and those below it, as of a day."""

    zh = "查看工会组织"
    for_whom = READS

    unit: UNIT = "company"
    on: Annotated[DAY | None, Field(description="today when none is given")] = None
    known: KNOWN | None = None
    kind: BodyKind | None = None
    state: BodyState | None = None
    limit: PIECE = 200
    cursor: CURSOR | None = None


class BodyHead(BaseModel):
    """Who heads a body, or acts as its head."""

    employee: str
    name: str | None
    acting: bool


class BodySeen(BaseModel):
    """A body as of the day. `seats` are those of its term, `filled` those taken; `number` to
    `size` are null before its first term."""

    body: UUID
    kind: BodyKind
    unit: str
    unit_name: str
    name: str
    head: BodyHead | None
    filled: int
    state: BodyState
    number: int | None
    years: int | None
    since: date | None
    due_on: date | None
    seats: int | None
    members: int | None
    size: Judged | None


class BodiesOf(BaseModel):
    """As the units stand in the tree. `cursor` asks for what follows; null at the end. `known` is
    the moment as of which it was known; null for now."""

    on: date
    known: datetime | None = None
    items: list[BodySeen]
    cursor: str | None


class Body(Query):
    """One body whole: its terms, who sat and sits in it, and what the rules say of it."""

    zh = "查看一个工会组织"
    for_whom = there("officer", "chair", "it", zh="工会组织所在单位", en="the unit of the body")

    body: UUID
    on: Annotated[DAY | None, Field(description="today when none is given")] = None
    known: KNOWN | None = None


class SeatSeen(BaseModel):
    """A seat from `since` up to, not including, `until`; null is open. `held`: on the day that
    was asked for. `role` is the post that comes with it. `employed` and
    `member`, with a vote: on that day, too."""

    seat: UUID
    post: BodyPost
    employee: str
    name: str | None
    since: date
    until: date | None
    held: bool
    acting: Acting | None
    why: SeatEnd | None
    role: PostRole | None
    vouched: bool
    employed: bool
    member: bool = True


class TermSeen(BaseModel):
    """A term. It is elected for up to `until`; `over_on` is when the next one began, or the body
    ended. The election after it is due on `due_on`, to be prepared from `prepare_on` on."""

    term: UUID
    number: int
    years: int
    elected_on: date
    since: date
    until: date
    over_on: date | None
    due_on: date
    prepare_on: date
    seats: int
    members: int
    counted: Literal["minutes", "roll"]
    minutes: str | None
    size: Judged
    length: Judged
    prepared: Judged
    held: list[SeatSeen]


class BodyOf(BaseModel):
    """As of `on`, and as known at `known` (null for now). `path` of its unit are the codes from the
    root, as it stands today. `terms`: the newest first.
    `members` are those of its unit and below on that day; `rules` what holds for them: the size
    of the next election, who may call a meeting, who may recall, time for those who do it beside
    their work."""

    body: UUID
    kind: BodyKind
    unit: str
    unit_name: str
    path: str
    name: str
    founded_on: date
    dissolved_on: date | None
    on: date
    known: datetime | None = None
    state: BodyState
    current: UUID | None = Field(description="the term that holds on the day")
    members: int
    rules: list[Judged]
    terms: list[TermSeen]


class ElectionDue(Fact):
    """The next election of a body is to be prepared, and due on a day."""

    about = "body"
    body: UUID
    kind: BodyKind
    unit: UUID
    since: date
    due_on: date
    due_by: Basis


class ElectionSettled(Fact):
    """It is due no longer: it was held, or the body is no more."""

    about = "body"
    body: UUID
