"""What several messages of membership are made of."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from shared.messages import DAY

UnitKind = Literal["company", "plant", "workshop", "team"]
PostRole = Literal["leader", "officer", "chair", "manager", "director"]
"""The roles that a dated post gives."""
CURSOR = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,1000}$", description="the `cursor` of the piece before"),
]


_YEARS = r"(19|20|21)[0-9]{2}-"
"""Those of `DAY`. Beyond, a moment in its zone may have none in UTC."""


def _written(value: Any) -> Any:
    """Pydantic takes a number, also in quotes, for seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and re.match(_YEARS, value)):
        return value
    raise ValueError("a moment with its zone, or a day, of 1900 to 2199: 2024-05-01")


KNOWN = Annotated[
    AwareDatetime | DAY,
    Field(
        description="as it was known at that moment, or at the end of that day: what was heard, "
        "decided or corrected later does not count; what is known now when none is given; "
        "of the years 1900 to 2199"
    ),
    BeforeValidator(_written),
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
