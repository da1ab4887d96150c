"""The base of this service's tables. No schema is named: the role's search path is its own."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, Range
from sqlalchemy.orm import DeclarativeBase


class Table(DeclarativeBase):
    """Times are aware and stored in UTC; periods are half-open days."""

    type_annotation_map = {  # noqa: RUF012
        datetime: DateTime(timezone=True),
        Range[date]: DATERANGE,
        dict[str, Any]: JSONB,
    }
