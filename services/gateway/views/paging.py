"""Cursors: opaque to the caller; to us the id of the last row, and what it was ordered by where
that may change."""

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field, WithJsonSchema, model_validator

from services.gateway.problems import Problem

LIMIT = Annotated[int, Field(ge=1, le=200, description="how many at most")]
Key = Literal["rank", "day"]
NOT_OURS = "this cursor is not one that we gave; begin without it"
ID = 16


class Cursor(BaseModel):
    """Where the next page begins. `key`: four bytes of a rank or a day."""

    id: UUID
    key: bytes | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            told = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return {"id": UUID(bytes=told[:ID]), "key": told[ID:] or None}
        except (ValueError, binascii.Error):
            raise ValueError(NOT_OURS) from None

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(self.id.bytes + (self.key or b"")).decode().rstrip("=")

    @classmethod
    def of(cls, id: UUID, ordered_by: float | date | None = None) -> Self:
        if ordered_by is None:
            return cls(id=id)
        if isinstance(ordered_by, date):
            return cls(id=id, key=struct.pack(">I", ordered_by.toordinal()))
        return cls(id=id, key=struct.pack(">f", ordered_by))

    def ordered_by(self, kind: Key | None) -> float | date | None:
        """Raises `ValueError` for a cursor of another order."""
        if (self.key is not None) != (kind is not None):
            raise ValueError(NOT_OURS)
        if self.key is None:
            return None
        try:
            if kind == "day":
                return date.fromordinal(struct.unpack(">I", self.key)[0])
            rank: float = struct.unpack(">f", self.key)[0]
        except (struct.error, ValueError, OverflowError):
            raise ValueError(NOT_OURS) from None
        return rank


CURSOR = Annotated[
    Cursor,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{22}([A-Za-z0-9_-]{5})?$",
            "description": "the `cursor` of the page before",
        }
    ),
]


@dataclass(frozen=True)
class Order:
    """`by`: of the rows. `after`: what holds for those after the `:cursor`. `key`: what they are
    ordered by stands in the cursor as `:key`, and in a column of that name."""

    by: str
    after: str
    key: Key | None = None

    def following(self, cursor: Cursor) -> dict[str, Any]:
        """What `after` is given. Raises `Problem` (404) for a cursor of another order."""
        try:
            return {"cursor": cursor.id, "key": cursor.ordered_by(self.key)}
        except ValueError as error:
            raise Problem(404, "unknown-cursor", str(error), field="cursor") from None

    def page(
        self, found: Sequence[asyncpg.Record], limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Of one row more than were wanted: those, and the cursor for what follows."""
        items = [dict(row) for row in found[:limit]]
        if len(found) <= limit:
            return items, None
        last = items[-1]
        return items, str(Cursor.of(last["id"], last[self.key] if self.key else None))
