"""The base of the gateway's tables: schema `gateway` is a record, schema `views` is disposable.

Neither is named in a statement; the role's search path is `gateway, views`.
"""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase


class Table(DeclarativeBase):
    """Times are aware and stored in UTC."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012
