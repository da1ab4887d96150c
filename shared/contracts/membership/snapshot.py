"""The roll as a list of HR's is compared with it."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from shared.contracts.membership.shapes import CURSOR, PIECE
from shared.for_whom import company_wide
from shared.messages import DAY, LINE, UNIT, Query

MOST_NAMED = 1000


class PlacedOn(Query):
    """Who is employed where on a day, to be compared with a list of HR's: all of a unit and below
    it, or these people, wherever they are.

    It brings names, many at once: each reading is put on record.
    """

    zh = "取花名册与人事名单核对"
    for_whom = company_wide("officer", "hr")
    recorded = True

    unit: UNIT = "company"
    on: DAY
    employees: Annotated[
        str | None,
        Field(
            max_length=33 * MOST_NAMED,
            pattern=LINE,
            description="up to 1000 employee numbers, spaces between them; the unit does not "
            "matter then, and who is not employed comes too",
        ),
    ] = None
    limit: PIECE = 1000
    cursor: CURSOR | None = None


class Placement(BaseModel):
    """One person as of the day, by the number of the day; `numbers` are all that they have then,
    where an officer has ruled about one. `employed_since` is null for who is not employed, and
    `left_on` is then the day of leaving, if there was one. `since` is the first day with this unit
    and post; `unplaced_since` the last day on which a unit was left by who is in none."""

    employee: str
    name: str | None
    employed_since: date | None
    left_on: date | None
    unit: str | None
    post: str | None
    since: date | None
    unplaced_since: date | None
    numbers: list[str] = []


class PlacedOnOf(BaseModel):
    """In the order of numbers. `cursor` asks for what follows; null at the end."""

    on: date
    items: list[Placement]
    cursor: str | None
