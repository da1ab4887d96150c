"""What each service tells somebody of what it holds of them: the same shape everywhere."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class OwnTable(BaseModel):
    """One table; a row has the fields that the service's inventory names. Days and times are ISO
    8601, ids UUIDs, money integer fen."""

    table: str
    rows: list[dict[str, Any]]


class OwnDataOf(BaseModel):
    """Tables in which nothing of the person is are there, without rows."""

    person: UUID
    employee: str
    tables: list[OwnTable] = Field(description="as the service's inventory names them")
