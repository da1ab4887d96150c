"""Where a union body is missing that the law asks for."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from shared.contracts.membership.bodies import BodyKind, Judged
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


class MissingBodiesOf(BaseModel):
    """In the order of the tree of that day."""

    on: date
    items: list[MissingBody]
