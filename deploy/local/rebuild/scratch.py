"""Where the new views are filled, and the moment in which the live ones stand still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from deploy.local import postgres
from deploy.local.errors import SiteError
from deploy.local.home import Home
from deploy.local.rebuild.difference import LIVE, NEW, tables


@asynccontextmanager
async def scratch(
    home: Home, admin: asyncpg.Connection
) -> AsyncIterator[tuple[AsyncConnection, frozenset[tuple[str, str, int]]]]:
    """The new schema, empty, and a connection for which it is the views; and what was skipped.

    One that an interrupted rebuild left behind goes first. Its tables need no log: should
    PostgreSQL fall over, the next rebuild begins anew anyway.
    """
    await _drop(admin)
    engine = create_async_engine(
        postgres.admin_url(home),
        poolclass=NullPool,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",  # as `shared.database.Sessions` wants it
    )
    try:
        await _make(admin)
        skipped = await admin.fetch(
            "SELECT aggregate, owner, sequence FROM gateway.skipped WHERE numbered"
        )
        async with engine.connect() as connection:
            for setting in (
                "SET ROLE gateway",
                f"SET search_path TO {NEW}, public",
                "SET synchronous_commit TO off",
            ):
                await connection.execute(text(setting))
            yield connection, frozenset(map(tuple, skipped))
    finally:
        await engine.dispose()
        await _drop(admin)


async def _make(admin: asyncpg.Connection) -> None:
    """The tables of the live schema, and a copy of what was skipped; nothing else is in reach."""
    await admin.execute(f"CREATE SCHEMA {NEW} AUTHORIZATION gateway")
    for table in await tables(admin):
        await admin.execute(
            f"CREATE UNLOGGED TABLE {NEW}.{table.name} (LIKE {LIVE}.{table.name} INCLUDING ALL)"
        )
    await admin.execute(f"CREATE TABLE {NEW}.skipped AS SELECT * FROM gateway.skipped")  # noqa: S608
    for things in ("TABLES", "SEQUENCES"):
        await admin.execute(f"GRANT ALL ON ALL {things} IN SCHEMA {NEW} TO gateway")


async def _drop(admin: asyncpg.Connection) -> None:
    await admin.execute(f"DROP SCHEMA IF EXISTS {NEW} CASCADE")


@asynccontextmanager
async def ear_waits(admin: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction of the admin during which no ear of the gateway begins one; committed at the
    end. The ear looks at these two tables first of all, in either order: the first one to notice
    that both wait for each other is this one, and it steps back."""
    for _ in range(50):
        transaction: Any = admin.transaction()
        await transaction.start()
        try:
            await admin.execute("SET LOCAL deadlock_timeout = '50ms'; SET LOCAL lock_timeout = 0")
            await admin.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")
            await admin.execute(f"LOCK TABLE {LIVE}.position, {LIVE}.held IN ACCESS EXCLUSIVE MODE")
        except asyncpg.DeadlockDetectedError:
            await transaction.rollback()
            continue
        try:
            yield
        except BaseException:
            await transaction.rollback()
            raise
        await transaction.commit()
        return
    raise SiteError("The views' ear leaves no gap; try again.")
