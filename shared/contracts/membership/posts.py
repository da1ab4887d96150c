"""Posts of the union and of the plant's side."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, KNOWN, PIECE, PostRole
from shared.for_whom import there
from shared.messages import DAY, EMPLOYEE, UNIT, Command, Fact, Query
from shared.rights import Role


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


class MayAppoint(Query):
    """Whether `AppointPost` would be accepted just now; refused as it would be. Changes nothing."""

    zh = "核对任命能否成立"
    for_whom = there("chair", "it", zh="任职单位", en="the unit of the post")

    employee: EMPLOYEE
    role: PostRole
    unit: UNIT
    on: DAY | None = None
    until: DAY | None = None


class MayAppointOf(BaseModel):
    """It would be; from `since` up to, not including, `until`."""

    since: date
    until: date | None


class EndPost(Command):
    """End a post from a day on (today when none is given)."""

    zh = "结束职务"
    for_whom = there("chair", "it", zh="任职单位", en="the unit of the post")

    post: UUID
    on: DAY | None = None


class Posts(Query):
    """Who holds which post at a unit and below it, today or from a later day on; or who held one on
    a day, in the tree of that day."""

    zh = "查看任职"
    for_whom = there("chair", "it", zh="该单位", en="that unit")

    unit: UNIT = "company"
    on: Annotated[DAY | None, Field(description="held on that day")] = None
    known: KNOWN | None = None
    role: PostRole | None = None
    post: Annotated[UUID | None, Field(description="this one only")] = None
    limit: PIECE = 200
    cursor: CURSOR | None = None


class PostHolder(BaseModel):
    """From `since` up to, not including, `until`; null is open. `body`: the union body with whose
    seat it comes; it ends with the seat and not by itself."""

    post: UUID
    employee: str
    name: str | None
    role: PostRole
    unit: str
    unit_name: str
    since: date
    until: date | None
    body: UUID | None = None


class PostsOf(BaseModel):
    """As the units stand in the tree. `cursor` asks for what follows; null at the end. `known` is
    the moment as of which it was known; null for now."""

    on: date | None = None
    known: datetime | None = None

    items: list[PostHolder]
    cursor: str | None


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
