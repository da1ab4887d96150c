"""The events of corporate HR, as they come in.

This is HR's language, not ours: CloudEvents 1.0 whose `type` says which data they carry. A field
we do not know is ignored. Dates are days; `on` is the first day on which something holds.
"""

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

import pydantic_core
from pydantic import Field, ValidationError, model_validator

from shared.contracts.hr_fields import (
    Day,
    Employee,
    Name,
    Prose,
    Reference,
    Time,
    UnitCode,
    Word,
    must_be,
)
from shared.contracts.hr_units import HrData, UnitClosed, UnitMerged, UnitMoved, UnitRenamed
from shared.contracts.hr_units import UnitCreated as UnitCreated

MAX_BYTES = 128 * 1024  # as for every body that comes in


class HrEventInvalid(ValueError):  # noqa: N818 - said as the reader of a report says it
    """An event that is not in HR's language: one sentence that names field and rule.

    The sentence never repeats a value: it goes into logs and reports, the value may be personal.
    `field` is the first field at fault, such as `data.on`; None when the whole is at fault.
    """

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class OfEmployee(HrData):
    """What all data about one person have."""

    employee: Employee
    on: Day


class EmployeeHired(OfEmployee):
    """From `on` employed, not yet in any unit."""

    name: Name
    birth_date: Day | None = None
    sex: Word | None = None


class EmployeeRenamed(OfEmployee):
    """From `on` of another name; nothing else changes."""

    name: Name


class EmployeeAssigned(OfEmployee):
    """From `on` in `unit`: the first place, or a place after a gap."""

    unit: UnitCode
    post: Name | None = None


class EmployeeTransferred(OfEmployee):
    """From `on` in `unit` and no longer in `from_unit`; the post is kept."""

    unit: UnitCode
    from_unit: UnitCode


class EmployeeUnassigned(OfEmployee):
    """From `on` in no unit, still employed."""


class EmployeeRetitled(OfEmployee):
    """From `on` another post in the same unit."""

    post: Name


class EmployeeLeft(OfEmployee):
    """From `on` no longer employed. Of the reasons, such as `retired`, `resigned` or `dismissed`,
    the roll uses `retired` alone: then a membership is kept."""

    reason: Word | None = None


class EmployeeSeconded(OfEmployee):
    """From `on` lent to `to`; back on `until` as planned. The unit and post are kept."""

    to: Name
    until: Day | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.until is not None and self.until < self.on:
            raise pydantic_core.PydanticCustomError("until", "must not have until before on")
        return self


class EmployeeReturned(OfEmployee):
    """From `on` back from being lent."""


class LeaveStarted(OfEmployee):
    """From `on` away. `kind` such as sick, work-injury, maternity, bereavement; no diagnosis."""

    kind: Word


class LeaveEnded(OfEmployee):
    """From `on` back from the leave of that kind."""

    kind: Word


class DismissalIntended(OfEmployee):
    """HR means to dismiss the person on `on`; the union has to be heard before."""

    reason: Prose


class LayoffIntended(HrData):
    """HR means to lay off `count` people of `unit` on `on`."""

    unit: UnitCode
    count: Annotated[int, Field(ge=1, le=1_000_000, strict=True), must_be("a number from 1 on")]
    reason: Prose
    on: Day


Data = (
    UnitCreated
    | UnitRenamed
    | UnitMoved
    | UnitMerged
    | UnitClosed
    | EmployeeHired
    | EmployeeRenamed
    | EmployeeAssigned
    | EmployeeTransferred
    | EmployeeUnassigned
    | EmployeeRetitled
    | EmployeeLeft
    | EmployeeSeconded
    | EmployeeReturned
    | LeaveStarted
    | LeaveEnded
    | DismissalIntended
    | LayoffIntended
)
DATA: Mapping[str, type[Data]] = {
    "hr.unit-created": UnitCreated,
    "hr.unit-renamed": UnitRenamed,
    "hr.unit-moved": UnitMoved,
    "hr.unit-merged": UnitMerged,
    "hr.unit-closed": UnitClosed,
    "hr.employee-hired": EmployeeHired,
    "hr.employee-renamed": EmployeeRenamed,
    "hr.employee-assigned": EmployeeAssigned,
    "hr.employee-transferred": EmployeeTransferred,
    "hr.employee-unassigned": EmployeeUnassigned,
    "hr.employee-retitled": EmployeeRetitled,
    "hr.employee-left": EmployeeLeft,
    "hr.employee-seconded": EmployeeSeconded,
    "hr.employee-returned": EmployeeReturned,
    "hr.leave-started": LeaveStarted,
    "hr.leave-ended": LeaveEnded,
    "hr.dismissal-intended": DismissalIntended,
    "hr.layoff-intended": LayoffIntended,
}


class HrEnvelope(HrData):
    """The frame of one event: CloudEvents 1.0. `source` and `id` together are its identity."""

    # Not the cloudevents library: it gives an event without id a random one, and one without time
    # the present, so that a repeat would look like news; and its errors repeat values.
    specversion: Annotated[Literal["1.0"], must_be("1.0")]
    id: Reference
    source: Reference
    type: Annotated[str, Field(max_length=255), must_be("the name of a type of event")]
    time: Time | None = None
    subject: Annotated[str | None, Field(max_length=255), must_be("text")] = None
    datacontenttype: Annotated[
        str | None, Field(pattern=r"(?i)^application/json\s*(;.*)?$"), must_be("application/json")
    ] = None
    data: Annotated[dict[str, Any], must_be("an object")]


@dataclass(frozen=True, slots=True)
class HrEvent:
    """One event of HR. `source` and `id` together are its identity: a repeat has the same two.

    `raw` is the event as it came, every unknown field included, fit for jsonb, and `written` the
    same as JSON. None of them nor `data` shows in `repr`: they may hold a name.
    """

    id: str
    source: str
    type: str
    time: datetime | None
    data: Data = field(repr=False)
    raw: dict[str, Any] = field(repr=False, compare=False)
    written: str = field(repr=False, compare=False)

    @property
    def subject_key(self) -> str:
        """The employee number or unit code the event is about: within it, order matters.

        Read from the data; the envelope's optional `subject` is not relied upon.
        """
        return self.data.employee if isinstance(self.data, OfEmployee) else self.data.unit

    def address(self, site: str) -> str:
        """Where it goes on HR's stream: `events.<site>.hr.employee-hired`."""
        return f"events.{site}.{self.type}"

    @property
    def body(self) -> bytes:
        """`raw` as JSON, UTF-8, on one line."""
        return self.written.encode()


def parse(raw: bytes | str | dict[str, Any]) -> HrEvent:
    """One structured CloudEvent → one event of HR. Raises `HrEventInvalid`."""
    return _event(*_object(raw))


def parse_kept(written: str) -> HrEvent:
    """The same for an event that was parsed before, as it was `written` or as jsonb shows it."""
    return _event(pydantic_core.from_json(written), written)


def _event(body: dict[str, Any], written: str) -> HrEvent:
    envelope = _checked(HrEnvelope, body, "")
    data = DATA.get(envelope.type)
    if data is None:
        raise HrEventInvalid(f"type must be one of {', '.join(DATA)}", "type")
    return HrEvent(
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        time=envelope.time,
        data=_checked(data, envelope.data, "data"),
        raw=body,
        written=written,
    )


def parse_lines(lines: Iterable[bytes | str]) -> Iterator[tuple[int, HrEvent | HrEventInvalid]]:
    """One event a line; yields (number of the line from 1, the event or what is wrong with it).

    Blank lines are passed over; a byte order mark before the first line too.
    """
    for number, line in enumerate(lines, start=1):
        text = line.encode(errors="surrogatepass") if isinstance(line, str) else line
        if number == 1:
            text = text.removeprefix(codecs.BOM_UTF8)
        if not text.strip():
            continue
        try:
            yield number, parse(text)
        except HrEventInvalid as invalid:
            yield number, invalid


_WRITTEN = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode
"""Raises ValueError for what JSON has no number for."""


def _object(raw: bytes | str | dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A JSON object that PostgreSQL's jsonb can hold: real UTF-8, no NaN, no NUL, bounded; and how
    it is written."""
    try:
        written = json.dumps(raw, ensure_ascii=False) if isinstance(raw, dict) else raw
        if len(written if isinstance(written, bytes) else written.encode()) > MAX_BYTES:
            raise HrEventInvalid(f"an event must be at most {MAX_BYTES // 1024} KiB")
        body = pydantic_core.from_json(written, allow_inf_nan=False)
        said = _WRITTEN(body)  # 1e999 is JSON and yet read as infinity
    except HrEventInvalid:
        raise
    except (ValueError, TypeError, RecursionError):
        raise HrEventInvalid("an event must be JSON in UTF-8, without NaN and infinity") from None
    if not isinstance(body, dict):
        raise HrEventInvalid("an event must be one JSON object")
    may_have = b"\\u0000" in written if isinstance(written, bytes) else "\\u0000" in written
    if may_have and _has_nul(body):
        raise HrEventInvalid("no text of an event may hold the NUL character")
    return body, said


def _has_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(_has_nul, value))
        case dict():
            return any(map(_has_nul, value)) or any(map(_has_nul, value.values()))
    return False


Model = TypeVar("Model", bound=HrData)


def _checked(model: type[Model], value: dict[str, Any], inside: str) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        wrongs = error.errors(include_url=False, include_input=False, include_context=False)
    places = [".".join(filter(None, (inside, *map(str, wrong["loc"])))) for wrong in wrongs]
    rules = ["is missing" if wrong["type"] == "missing" else wrong["msg"] for wrong in wrongs]
    sentence = "; ".join(f"{place} {rule}" for place, rule in zip(places, rules, strict=True))
    raise HrEventInvalid(sentence, places[0])
