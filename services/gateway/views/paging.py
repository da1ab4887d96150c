"""Cursors: opaque to the caller, the id of the last row to us."""

import base64
import binascii
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, WithJsonSchema, model_validator

LIMIT = Annotated[int, Field(ge=1, le=200, description="how many at most")]


class Cursor(BaseModel):
    """Where the next page begins."""

    id: UUID

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return {"id": UUID(bytes=base64.urlsafe_b64decode(value + "=="))}
        except (ValueError, binascii.Error):
            raise ValueError("this cursor is not one that we gave; begin without it") from None

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(self.id.bytes).decode().rstrip("=")

    @classmethod
    def of(cls, id: UUID) -> Self:
        return cls(id=id)


CURSOR = Annotated[
    Cursor,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{22}$",
            "description": "the `cursor` of the page before",
        }
    ),
]
