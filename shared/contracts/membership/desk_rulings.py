"""What was settled at the desk: which decision, by whom, when and why."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.membership.desk import AnyRulingKind, Decided
from shared.contracts.membership.shapes import CURSOR
from shared.for_whom import reaching
from shared.messages import EMPLOYEE, UNIT, Query


class Rulings(Query):
    """What was settled, newest first, of people within the reach of who asks; what is about units,
    and about people who are in none, is shown to those whose reach is the whole company.

    It says what was decided about whom and why: each reading is put on record.
    """

    zh = "查看已核定的事项"
    for_whom = reaching("officer")
    recorded = True

    unit: Annotated[UNIT, Field(description="of people there and below")] = "company"
    kind: AnyRulingKind | None = None
    state: Literal["standing", "taken-back"] | None = None
    employee: EMPLOYEE | None = None
    ruling: Annotated[UUID | None, Field(description="this one alone")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: CURSOR | None = None


class Ruled(BaseModel):
    """What HR said, of which it was decided. `other`: of a unit, the second one that HR names."""

    type: str
    on: date | None
    unit: str | None
    from_unit: str | None
    other: str | None


class RulingListed(Decided):
    """About a person (`employee`) or a unit (`about_unit`). `said` is null as long as no such event
    is there; `instead` is what was set aside for it."""

    kind: AnyRulingKind
    event: str | None
    employee: str | None
    about_unit: str | None
    place: str | None
    place_name: str | None
    said: Ruled | None
    instead: Ruled | None


class RulingsOf(BaseModel):
    """`standing` and `taken_back` count what was settled there, whatever is asked for."""

    items: list[RulingListed]
    standing: int
    taken_back: int
    cursor: str | None = None
