"""The roll as of a day."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, KNOWN, PIECE
from shared.for_whom import reaching
from shared.messages import DAY, LINE, UNIT, Query


class Heads(Query):
    """How many people are placed in each unit itself on a day."""

    zh = "查看人数"
    for_whom = reaching("officer", "chair", "hr", "director")

    on: DAY
    known: KNOWN | None = None


class HeadsOf(BaseModel):
    """`by_unit` by HR's code, units without people left out; `total` is their sum. `known` is the
    moment as of which it was known; null for now."""

    on: date
    known: datetime | None = None
    total: int
    by_unit: dict[str, int]


class Roll(Query):
    """Who was employed in a unit and below it on a day, members and others; or who had left by
    then, or of those the ones whose membership was kept, as in retirement. Shown are the units
    that the post of who asks reaches.

    It brings names, many at once: each reading is put on record.
    """

    zh = "查看花名册"
    for_whom = reaching("officer")
    recorded = True

    unit: UNIT = "company"
    on: Annotated[DAY | None, Field(description="today when none is given")] = None
    known: KNOWN | None = None
    state: Literal["employed", "member", "not-member", "left"] = "employed"
    kept: Annotated[
        bool,
        Field(
            description="of who has left, those whose membership is kept, without a vote; "
            "whatever the state"
        ),
    ] = False
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
    left, `unit` and `post` are the last ones. From `kept_since` on the membership is kept, without
    a vote (保留会籍)."""

    employee: str
    name: str | None
    unit: str | None
    unit_name: str | None
    post: str | None
    state: Literal["member", "not-member", "left"]
    member_since: date | None
    left_on: date | None
    kept_since: date | None = None


class RollOf(BaseModel):
    """`heads` are placed in the unit or below it, `members` of the union, `unplaced` employed and
    in no unit: all of them as of the day, whatever the filters. `cursor` asks for what follows;
    null at the end. `known` is the moment as of which it was known; null for now. Names and
    numbers are those of now in either case."""

    on: date
    known: datetime | None = None
    heads: int
    members: int
    unplaced: int
    items: list[RollEntry]
    cursor: str | None
