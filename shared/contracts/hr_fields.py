"""The fields of HR's events: what each may hold, and the rule one is told when it does not."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

from shared.messages import LINE

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True)
class must_be:  # noqa: N801 - reads as a rule beside a field
    """Whatever is wrong with a value, the answer is the rule, in our words and without it."""

    rule: str

    def __get_pydantic_core_schema__(self, kind: Any, inner: GetCoreSchemaHandler) -> CoreSchema:
        # Not a validator of ours around it: that is a call for each field of a flood of events.
        return core_schema.custom_error_schema(
            inner(kind), custom_error_type="rule", custom_error_message=f"must be {self.rule}"
        )


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ]")


def _written_as_day(value: Any) -> Any:
    # Pydantic also reads 0 and "1700000000" as days; HR writes 2024-05-01 and nothing else.
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError


def _written_as_time(value: Any) -> Any:
    if isinstance(value, str) and _TIME.match(value):
        return value
    raise ValueError


def _visible(value: str) -> str:
    # Printable leaves out whitespace, controls and characters without a shape of their own, which
    # would make two codes that look the same.
    if value.isprintable() and " " not in value:
        return value
    raise ValueError


def _part_of_path(value: str) -> str:
    if "/" not in value:
        return _visible(value)
    raise ValueError


def _text(longest: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest, pattern=LINE)


Employee = Annotated[
    str,
    Field(min_length=1, max_length=32, description="employee number"),
    AfterValidator(_part_of_path),
    must_be("1 to 32 visible characters without whitespace or '/'"),
]
UnitCode = Annotated[
    str,
    Field(min_length=1, max_length=64, description="unit code"),
    AfterValidator(_part_of_path),
    must_be("1 to 64 visible characters without whitespace or '/'"),
]
Reference = Annotated[
    str,
    Field(min_length=1, max_length=255),
    AfterValidator(_visible),
    must_be("1 to 255 visible characters without whitespace"),
]
Name = Annotated[str, _text(200), must_be("1 to 200 characters of text on one line")]
Word = Annotated[str, _text(64), must_be("1 to 64 characters of text on one line")]
Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    must_be("1 to 4000 characters of text"),
]
Day = Annotated[
    date,
    Field(ge=FIRST_DAY, le=LAST_DAY),
    BeforeValidator(_written_as_day),
    must_be(f"a day from {FIRST_DAY} to {LAST_DAY}, written as 2024-05-01"),
]
Time = Annotated[
    AwareDatetime,
    BeforeValidator(_written_as_time),
    must_be("a time with its zone, such as 2024-05-01T08:00:00+08:00"),
]
UnitKind = Annotated[
    Literal["company", "plant", "workshop", "team"],
    must_be("one of company, plant, workshop, team"),
]
