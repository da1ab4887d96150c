"""What HR says of units: one is created, and may be renamed, moved, merged or closed later on."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.hr_fields import Day, Name, UnitCode, UnitKind

ROOT = "company"
"""The unit that exists from the start."""


class HrData(BaseModel):
    """Readers ignore unknown fields. Equal data say the same thing, whatever event brings them."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class OfUnit(HrData):
    """What all data about the tree have."""

    unit: UnitCode


class UnitCreated(OfUnit):
    """A unit exists. `on` is not always told; `parent` is told for every unit but the root."""

    name: Name
    kind: UnitKind
    parent: UnitCode | None = None
    on: Day | None = None

    @model_validator(mode="after")
    def _below_something(self) -> Self:
        if self.parent is None and self.unit != ROOT:
            raise PydanticCustomError(
                "parent", f"must name a parent, because only {ROOT!r} has none"
            )
        return self


class UnitRenamed(OfUnit):
    """From `on` called `name`; its code stays."""

    name: Name
    on: Day


class UnitMoved(OfUnit):
    """From `on` below `parent`, with all that is below it."""

    parent: UnitCode
    on: Day


class UnitMerged(OfUnit):
    """From `on` no more: whoever and whatever is in it is in `into`, without an event of theirs."""

    into: UnitCode
    on: Day


class UnitClosed(OfUnit):
    """From `on` no more; whoever is in it still is in no unit. Nothing may be below it."""

    on: Day
