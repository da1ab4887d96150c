"""Where the bodies of the union do not stand as they should: missing, in a unit that is no more,
with somebody in office who may not be."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.bodies import BodyKind, BodyPost, Judged
from shared.for_whom import reaching
from shared.messages import DAY, UNIT, Query

COUNTED_TO = 1_000
"""How many members of a place are counted at most: enough to say that it needs a committee."""


class MissingBodies(Query):
    """Plants, and the company, that have so many members with a vote that they must have a
    committee of the union, and have none; within the reach of who asks."""

    zh = "查看应建未建的工会组织"
    for_whom = reaching("officer", "chair", "it")

    unit: UNIT = "company"
    on: Annotated[DAY | None, Field(description="today when none is given")] = None


class MissingBody(BaseModel):
    """`members` are those of the unit and below on the day, counted up to 1,000; `needed` is the
    rule that asks for a body of that kind."""

    unit: str
    unit_name: str
    kind: BodyKind
    members: int
    needed: Judged


class StrandedBody(BaseModel):
    """A body whose unit was closed or went into another one: it is to be dissolved."""

    body: UUID
    kind: BodyKind
    name: str
    unit: str
    unit_name: str
    ended_on: date


class Outsider(BaseModel):
    """Who is in office and, that day, no member of the union with a vote: the seat is to be ended.
    `why`: `left-company` works here no longer, `left-union` works here and is no member."""

    body: UUID
    kind: BodyKind
    name: str
    seat: UUID
    post: BodyPost
    employee: str
    person_name: str | None
    why: Literal["left-company", "left-union"]


class MissingBodiesOf(BaseModel):
    """In the order of the tree: the missing ones by that of the day, the others, up to 1,000 each,
    by where their unit stands, or stood last."""

    on: date
    items: list[MissingBody]
    stranded: list[StrandedBody] = []
    outsiders: list[Outsider] = []
