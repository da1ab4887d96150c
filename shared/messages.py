"""The kinds of message, each defined once, and the form they have on the wire.

A command asks its one owner to do something, a query asks it to tell something, a fact says what
has happened. Service and name are read off the class: `shared.contracts.democracy.SubmitProposal`
is asked at `commands.<site>.democracy.submit-proposal`.
"""

import builtins
import json
import re
from datetime import UTC, date, datetime
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, create_model
from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from shared.for_whom import ForWhom

__all__ = [
    "ANSWER",
    "DAY",
    "EMPLOYEE",
    "TEXT",
    "UNIT",
    "Accepted",
    "Answer",
    "Command",
    "Envelope",
    "Fact",
    "Failed",
    "Position",
    "Query",
    "Refused",
    "RefusedRow",
    "Stated",
    "Told",
    "uuid7",
]

LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""Text on one line, without control characters."""
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps every character in a text but this one."""
_BLANK = r"\s\x85\ufeff"
"""Whitespace in every dialect of regular expressions: some leave out the one, some the other."""
TEXT = rf"^[^\x00]*[^{_BLANK}\x00][^\x00]*$"
"""The same, with something to read in it."""
_DAY = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _as_written(value: Any) -> Any:
    """Pydantic takes a number for seconds since 1970: `0` and `"0"` would be a day."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("a day from 1900-01-01 to 2199-12-31, written as 2024-05-01")


def _as_whole(value: Any) -> Any:
    """To JSON 20.0 is as whole as 20."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_as_whole)
"""Beside `int` in what is asked."""
EMPLOYEE = Annotated[
    str,
    Field(pattern=rf"^[^{_BLANK}/\x00-\x1f]{{1,32}}$", description="employee number, HR's"),
]
UNIT = Annotated[
    str, Field(pattern=rf"^[^{_BLANK}/\x00-\x1f]{{1,64}}$", description="unit code, HR's")
]
DAY = Annotated[
    date, BeforeValidator(_as_written), Field(json_schema_extra={"pattern": f"^{_DAY.pattern}$"})
]


class Message(BaseModel):
    """Readers ignore unknown fields, so that a newer writer does not stop an older reader."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    @classmethod
    @cache
    def owner(cls) -> str:
        """The owner: the contract's module, or the package of its modules, is named after it."""
        parts = cls.__module__.split(".")
        return parts[parts.index("contracts") + 1] if "contracts" in parts else parts[-1]

    @classmethod
    @cache
    def slug(cls) -> str:
        """`SubmitProposal` → `submit-proposal`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


class Command(Message):
    """Asks the owner to do something: imperative, answered `Accepted`, `Refused` or `Failed`."""

    zh: ClassVar[str]
    """What it does, in Chinese."""
    for_whom: ClassVar["ForWhom"]

    @classmethod
    @cache
    def address(cls, site: str) -> str:
        return f"commands.{site}.{cls.owner()}.{cls.slug()}"


class Query(Message):
    """Asks the owner to tell something; changes nothing, but for a `recorded` one, which leaves a
    record of who read what."""

    zh: ClassVar[str]
    for_whom: ClassVar["ForWhom"]
    recorded: ClassVar[bool] = False
    read_about: ClassVar[str | None] = None
    """The field of the answer that says what was read; none: the first field of the query says."""

    @classmethod
    @cache
    def address(cls, site: str) -> str:
        return f"queries.{site}.{cls.owner()}.{cls.slug()}"


class Fact(Message):
    """Something that has happened to one aggregate, told to all.

    Carries ids, codes and what the whole plant may read; never a name, an illness, money or a
    ballot. `about` names the field that holds the aggregate's id, which no other service uses.
    """

    about: ClassVar[str]
    version: ClassVar[int] = 1
    road: ClassVar[str] = "events.{site}.{service}.{fact}"
    """Where it is stated; the first word decides which stream keeps it."""
    # Slots: private attributes of pydantic are made by a call for each fact that is read.
    __slots__ = ("_time", "_traceparent")
    if TYPE_CHECKING:
        _time: datetime
        _traceparent: str | None

    @property
    def aggregate(self) -> UUID:
        value = getattr(self, self.about)
        return value if isinstance(value, UUID) else UUID(str(value))

    @property
    def time(self) -> datetime:
        """When it was stated, UTC; of one that is not stated yet, now."""
        try:
            return self._time
        except AttributeError:
            self._time = datetime.now(UTC)
            return self._time

    @property
    def traceparent(self) -> str | None:
        """The trace (W3C) of the work that stated it."""
        return getattr(self, "_traceparent", None)

    def stated_within(self, traceparent: str | None, at: datetime) -> None:
        self._time, self._traceparent = at, traceparent

    @classmethod
    @cache
    def address(cls, site: str) -> str:
        return cls.road.format(site=site, service=cls.owner(), fact=cls.slug())

    @classmethod
    @cache
    def ce_type(cls) -> str:
        return f"tongxin.{cls.owner()}.{cls.slug()}.v{cls.version}"

    def frame(self, *, id: UUID, site: str, traceparent: str | None) -> tuple[str, str]:
        """CloudEvents 1.0, JSON format (section 3), with the extensions `sequence` and
        `traceparent`: the text before and after the twelve digits of the sequence.

        `sequence` counts the facts of the aggregate from 1; it is a decimal string padded to 12
        digits, because that extension is defined as a string that sorts. It is filled in by the
        outbox, which alone knows it.
        """
        before: dict[str, Any] = {
            "specversion": "1.0",
            "id": str(id),
            "source": f"/{site}/{self.owner()}",
            "type": self.ce_type(),
            "subject": str(self.aggregate),
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
        }
        head = _COMPACT(before)
        traced = f'"traceparent":"{traceparent}",' if traceparent else ""
        return (
            f'{head[:-1]},"sequence":"',
            f'",{traced}"data":{self.model_dump_json()}}}',
        )

    def envelope(self, *, id: UUID, site: str, sequence: int, traceparent: str | None) -> bytes:
        """The whole message as it is sent."""
        head, tail = self.frame(id=id, site=site, traceparent=traceparent)
        return f"{head}{sequence:012d}{tail}".encode()


class Envelope(BaseModel):
    """The CloudEvents frame of one of our facts as it was received."""

    specversion: Literal["1.0"]
    id: UUID
    source: Annotated[str, Field(pattern=r"^/[^/]+/[^/]+$")]
    type: str
    subject: UUID
    time: datetime
    sequence: Annotated[int, Field(ge=1, strict=False)]
    traceparent: str | None = None
    data: dict[str, Any]

    def open(self, fact: builtins.type[Fact]) -> Fact:
        """The fact inside, knowing when it was stated."""
        opened = self.data if isinstance(self.data, fact) else fact.model_validate(self.data)
        opened._time = self.time
        return opened

    @classmethod
    @cache
    def around(cls, fact: builtins.type[Fact]) -> "builtins.type[Envelope]":
        """The envelope of one kind of fact, which is read with it in one go."""
        return create_model(f"EnvelopeOf{fact.__name__}", __base__=cls, data=(fact, ...))


class Position(BaseModel):
    """A place in the history of one aggregate: views have applied it or not yet."""

    aggregate: UUID
    sequence: int


class Stated(BaseModel):
    """A fact as it goes to the stream: its subject there, and the whole CloudEvents message."""

    subject: str
    fact: str


class Accepted(BaseModel):
    """Done and kept. `facts` are the places in history that a view must have reached to show it.

    `stated` brings the facts themselves, ahead of the stream, to whoever asked first; a stored
    answer, given to a copy of the command, has none.
    """

    kind: Literal["accepted"] = "accepted"
    id: UUID
    home: str = ""
    facts: list[Position] = Field(default_factory=list)
    stated: list[Stated] = Field(default_factory=list)


class RefusedRow(BaseModel):
    """What is wrong with one row of many that were asked for at once; the first is 1."""

    row: int
    code: str
    detail: str


class Refused(BaseModel):
    """Not done, and why: a broken rule (409), a missing right (403), a malformed ask (422). Of a
    command with many rows, `rows` says it row by row; nothing of it was done."""

    kind: Literal["refused"] = "refused"
    status: Literal[403, 404, 409, 422] = 409
    code: str
    detail: str
    field: str | None = None
    rule: str | None = None
    citation: str | None = None
    rows: list[RefusedRow] | None = None

    @classmethod
    def malformed(cls, field: str | None, detail: str) -> Self:
        return cls(status=422, code="malformed", detail=detail, field=field)


class Failed(BaseModel):
    """A fault of ours. Nothing was done. `away` says that trying again later may help."""

    kind: Literal["failed"] = "failed"
    code: str = "fault"
    detail: str
    away: bool = False


class Told(BaseModel):
    """What a query asked for; `data` is the JSON of the query's own answer model."""

    kind: Literal["told"] = "told"
    data: Any


Answer = Accepted | Told | Refused | Failed
ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def messages_in(*contracts: ModuleType) -> list[type[Command] | type[Query] | type[Fact]]:
    """Every message that these contracts define, be they modules or packages of modules."""
    return [
        thing
        for contract in contracts
        for thing in vars(contract).values()
        if isinstance(thing, type)
        and issubclass(thing, Command | Query | Fact)
        and f"{thing.__module__}.".startswith(f"{contract.__name__}.")
    ]
