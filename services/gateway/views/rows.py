"""Reading the views: rows past SQLAlchemy, which costs more than the statement of a page."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import asyncpg

from shared.database import ReadSession, raw

_NAMED = re.compile(r"(?<!:):([a-z_]+)\b")


async def rows(
    session: ReadSession, statement: str, given: Mapping[str, Any]
) -> list[asyncpg.Record]:
    """`statement` names its parameters, `:unit`; what is given beyond these is not looked at."""
    sql, names = spelled(statement)
    return await raw(session).fetch(sql, *(given[name] for name in names))


@lru_cache(maxsize=1024)
def spelled(statement: str) -> tuple[str, tuple[str, ...]]:
    """As PostgreSQL wants it: `$1`, and which names stand for the numbers."""
    names: dict[str, int] = {}
    sql = _NAMED.sub(
        lambda found: f"${names.setdefault(found.group(1), len(names) + 1)}", statement
    )
    return sql, tuple(names)


async def unit_path(code: str, session: ReadSession) -> str | None:
    """The path of the unit with that code; None when there is none."""
    found = await rows(session, "SELECT path FROM unit WHERE code = :code", {"code": code})
    return found[0]["path"] if found else None
