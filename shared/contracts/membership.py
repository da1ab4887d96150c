"""What membership is asked and what it states: units, people, members, posts."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.for_whom import (
    A_PERSON,
    EMPLOYED,
    company_wide,
    oneself_or_there,
    reaching,
    there,
)
from shared.messages import DAY, EMPLOYEE, LINE, UNIT, Command, Fact, Query
from shared.rights import Role

UnitKind = Literal["company", "plant", "workshop", "team"]
PostRole = Literal["leader", "officer", "chair", "manager", "director"]
"""The roles that a dated post gives."""
CURSOR = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,1000}$", description="the `cursor` of the piece before"),
]
PIECE = Annotated[int, Field(ge=1, le=1000, description="how many at most")]


class Spell(BaseModel):
    """Days from `since` up to, not including, `until`; null is open."""

    since: date
    until: date | None = None

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


class Stay(Spell):
    """A time in one unit with one post (HR's title, if it gave one)."""

    unit: UUID
    post: str | None = None


class JoinUnion(Command):
    """Accept the union's invitation. Done by the worker in person, with consent."""

    zh = "加入工会"
    for_whom = EMPLOYED

    consent: Literal[True] = Field(description="I wish to join and agree that the roll holds me")


class LeaveUnion(Command):
    """Leave the union of one's own will, from a day on (today when none is given)."""

    zh = "退出工会"
    for_whom = A_PERSON

    on: DAY | None = None


class AppointPost(Command):
    """Give a person a post of the union or of the plant's side, from a day on.

    IT enters the first ones, from the minutes of the election.
    """

    zh = "任命职务"
    for_whom = there("chair", "it", zh="任职单位", en="the unit of the post")

    employee: EMPLOYEE
    role: PostRole
    unit: UNIT
    on: DAY | None = None
    until: DAY | None = None


class EndPost(Command):
    """End a post from a day on (today when none is given)."""

    zh = "结束职务"
    for_whom = there("chair", "it", zh="任职单位", en="the unit of the post")

    post: UUID
    on: DAY | None = None


class Heads(Query):
    """How many people are placed in each unit itself on a day."""

    zh = "查看人数"
    for_whom = reaching("officer", "chair", "hr", "director")

    on: DAY


class HeadsOf(BaseModel):
    """`by_unit` by HR's code, units without people left out; `total` is their sum."""

    on: date
    total: int
    by_unit: dict[str, int]


class Roll(Query):
    """Who was employed in a unit and below it on a day, members and others; or who had left by
    then. Shown are the units that the post of who asks reaches.

    It brings names, many at once: each reading is put on record.
    """

    zh = "查看花名册"
    for_whom = reaching("officer")
    recorded = True

    unit: UNIT = "company"
    on: Annotated[DAY | None, Field(description="today when none is given")] = None
    state: Literal["employed", "member", "not-member", "left"] = "employed"
    words: Annotated[
        str | None,
        Field(
            max_length=64,
            pattern=LINE,
            description="how the employee number begins, or part of the name",
        ),
    ] = None
    sort: Annotated[
        Literal["number", "unit", "latest"],
        Field(description="`latest`: who joined, or left, last comes first"),
    ] = "number"
    limit: PIECE = 50
    cursor: CURSOR | None = None


class RollEntry(BaseModel):
    """One person as of the day. `unit` is null for who is employed and in no unit yet; for who has
    left, `unit` and `post` are the last ones."""

    employee: str
    name: str | None
    unit: str | None
    unit_name: str | None
    post: str | None
    state: Literal["member", "not-member", "left"]
    member_since: date | None
    left_on: date | None


class RollOf(BaseModel):
    """`heads` are placed in the unit or below it, `members` of the union, `unplaced` employed and
    in no unit: all of them as of the day, whatever the filters. `cursor` asks for what follows;
    null at the end."""

    on: date
    heads: int
    members: int
    unplaced: int
    items: list[RollEntry]
    cursor: str | None


class Posts(Query):
    """Who holds which post at a unit and below it, today or from a later day on."""

    zh = "查看任职"
    for_whom = there("chair", "it", zh="该单位", en="that unit")

    unit: UNIT = "company"
    role: PostRole | None = None
    post: Annotated[UUID | None, Field(description="this one only")] = None
    limit: PIECE = 200
    cursor: CURSOR | None = None


class PostHolder(BaseModel):
    """From `since` up to, not including, `until`; null is open."""

    post: UUID
    employee: str
    name: str | None
    role: PostRole
    unit: str
    unit_name: str
    since: date
    until: date | None


class PostsOf(BaseModel):
    """As the units stand in the tree. `cursor` asks for what follows; null at the end."""

    items: list[PostHolder]
    cursor: str | None


class Profile(Query):
    """Name and post of one person, from the roll itself."""

    zh = "查看姓名和岗位"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )

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


class Unfit(Query):
    """HR events that do not fit, newest first."""

    zh = "查看待核的人事事件"
    for_whom = company_wide("officer", "hr")

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class UnfitEvent(BaseModel):
    """`reason` is a code, `detail` a sentence. The event itself is kept as it was heard."""

    source: str
    id: str
    type: str
    about: str
    reason: str
    detail: str
    heard_at: Any


class UnfitEvents(BaseModel):
    total: int
    events: list[UnfitEvent]


class UnitPlaced(Fact):
    """A unit, where it stands in the tree and what it is called. `path` are the codes from the
    root, `company/nanjing/d004`; `plant` is the path of the plant that it belongs to."""

    about = "unit"
    unit: UUID
    code: str
    name: str
    kind: UnitKind
    parent: UUID | None
    path: str
    plant: str


class PersonPlaced(Fact):
    """The whole dated timeline of one person, as far as it is known now. Replaces the last one."""

    about = "person"
    person: UUID
    employee: str
    employed: list[Spell]
    stays: list[Stay]


class AbsenceChanged(Fact):
    """When a person is away, whole, as far as it is known now. Nothing says why."""

    about = "person"
    person: UUID
    absences: list[Spell]


CareKind = Literal["sick", "work-injury", "maternity", "bereavement"]
"""The leaves in which the union cares for a person. Any other is told to nobody."""


class LeaveStarted(Fact):
    """A leave that calls for care. Stated on the road that welfare alone may read, and again when
    its end becomes known or moves."""

    about = "leave"
    road = "care.{site}.{fact}"
    leave: UUID
    person: UUID
    kind: CareKind
    since: date
    until: date | None


class LeaveWithdrawn(Fact):
    """HR has corrected itself: there was no such leave."""

    about = "leave"
    road = "care.{site}.{fact}"
    leave: UUID
    person: UUID


class MemberJoined(Fact):
    """A person is a member of the union from a day on."""

    about = "person"
    person: UUID
    on: date


class MemberLeft(Fact):
    """A person is no longer a member from a day on."""

    about = "person"
    person: UUID
    on: date


class PostAppointed(Fact):
    """A person holds a role at a unit and below it, from `since` up to, not including, `until`."""

    about = "post"
    post: UUID
    person: UUID
    role: Role
    unit: UUID
    since: date
    until: date | None


class PostEnded(Fact):
    """A post ends on a day."""

    about = "post"
    post: UUID
    on: date
