"""Reading the views: rows past SQLAlchemy, which costs more than the statement of a page."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import make_url

from shared.settings import Settings

Reader = PoolConnectionProxy
"""A connection to read the views with."""

_NAMED = re.compile(r"(?<!:):([a-z_]+)\b")


def address(settings: Settings) -> dict[str, Any]:
    """Where PostgreSQL is and who asks, as asyncpg wants it."""
    url = make_url(settings.database_url)
    _, where = url.get_dialect()().create_connect_args(url)
    return {**where, "password": settings.postgres_password.get_secret_value()}


class Readers:
    """Connections for reading. None is opened before it is needed."""

    def __init__(self, settings: Settings, *, size: int = 10) -> None:
        self._settings, self._size = settings, size
        self._pool: asyncpg.Pool | None = None

    async def _opened(self) -> asyncpg.Pool:
        """The pool belongs to the event loop that first asks."""
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                **address(self._settings),
                min_size=0,
                max_size=self._size,
                timeout=5,
                command_timeout=30,
                server_settings={"application_name": "tongxin"},
                init=_speak_json,
                reset=_as_it_is,
            )
        # Nothing is awaited in here as long as no connection is wanted at once.
        return await self._pool

    async def close(self) -> None:
        if self._pool:
            self._pool.terminate()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Reader]:
        """For one statement, which is a snapshot by itself."""
        pool = await self._opened()
        async with pool.acquire(timeout=5) as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """A READ ONLY transaction: all statements see the same."""
        async with (
            self.one() as reader,
            reader.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield reader


async def _as_it_is(_: object) -> None:
    """Nothing is set on these connections that would have to be put back."""


async def _speak_json(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=json.dumps, decoder=json.loads
        )


async def rows(
    reader: Reader | asyncpg.Connection, statement: str, given: Mapping[str, Any]
) -> list[asyncpg.Record]:
    """`statement` names its parameters, `:unit`; what is given beyond these is not looked at."""
    sql, names = spelled(statement)
    return await reader.fetch(sql, *(given[name] for name in names))


@lru_cache(maxsize=1024)
def spelled(statement: str) -> tuple[str, tuple[str, ...]]:
    """As PostgreSQL wants it: `$1`, and which names stand for the numbers."""
    names: dict[str, int] = {}
    sql = _NAMED.sub(
        lambda found: f"${names.setdefault(found.group(1), len(names) + 1)}", statement
    )
    return sql, tuple(names)


async def unit_path(code: str, reader: Reader) -> str | None:
    """The path of the unit with that code; None when there is none."""
    found = await rows(reader, "SELECT path FROM unit WHERE code = :code", {"code": code})
    return found[0]["path"] if found else None
