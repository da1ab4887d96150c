"""The base of this service's tables. No schema is named: the role's search path is its own."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase


class Table(DeclarativeBase):
    """Times are aware and stored in UTC."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012
