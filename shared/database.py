"""PostgreSQL as the services use it: engine, sessions, row locks, migrations.

Nothing names a schema: each role's `search_path` is its own schema, so a service cannot even
spell another's table.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NewType, TypeVar, cast
from uuid import UUID

import asyncpg
from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.pool import NullPool

from shared.rights import RuleBroken
from shared.settings import Settings

Session = AsyncSession
T = TypeVar("T")
ReadSession = NewType("ReadSession", AsyncSession)
"""A session in a READ ONLY transaction: what a query gets."""

sql = cache(text)
"""A statement that is the same each time; SQLAlchemy takes long to read one."""

SERVICES = Path(__file__).parent.parent / "services"


def engine(settings: Settings, *, pool_size: int = 20) -> AsyncEngine:
    """One pool a process, for `Sessions`. Its connections commit each statement by themselves,
    unless a session has begun a transaction on them."""
    made = create_async_engine(
        settings.database_url,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_reset_on_return="rollback",
        hide_parameters=True,
        connect_args={
            "password": settings.postgres_password.get_secret_value(),
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {"application_name": "tongxin"},
        },
    )
    event.listen(made.sync_engine, "checkin", _nothing_left_open)
    return made


def _nothing_left_open(adapted: Any, record: Any) -> None:
    """A cancelled task must not hand its transaction on to whoever comes next, nor anybody a
    connection that was lost."""
    if adapted is None:
        return
    driver = adapted.driver_connection
    if driver is None or driver.is_closed() or driver.is_in_transaction():
        record.invalidate()


@dataclass(frozen=True)
class Sessions:
    """Sessions on transactions of their own: `async with sessions() as session`. What was not
    committed is rolled back at the end.

    BEGIN and COMMIT are asyncpg's, and so are the few statements that every command and every fact
    pays (`raw`): through SQLAlchemy each costs three times as much. Handlers do not notice.
    """

    bind: AsyncEngine
    seal_key: bytes = field(default=b"", repr=False)

    @asynccontextmanager
    async def __call__(self, *, read_only: bool = False) -> AsyncIterator[Session]:
        async with self.bind.connect() as connection, self.on(connection, read_only) as session:
            yield session

    @asynccontextmanager
    async def on(
        self, connection: AsyncConnection, read_only: bool = False
    ) -> AsyncIterator[Session]:
        """The same on a connection that is held already."""
        driver = await driver_of(connection)
        isolation: Any = {"isolation": "repeatable_read", "readonly": True} if read_only else {}
        begun = driver.transaction(**isolation)
        session = _Work(
            connection,
            expire_on_commit=False,
            info={"seal": self.seal_key, "raw": driver, "begun": begun},
        )
        try:
            await begun.start()
            yield session
        except (asyncio.CancelledError, asyncpg.InternalClientError):
            # The connection may still be at work on the statement that was given up, also on the
            # one that begins the transaction; or asyncpg knows no more what it is at.
            driver.terminate()
            raise
        finally:
            await session.close()
            if not driver.is_closed() and driver.is_in_transaction():
                await session.info["begun"].rollback()
            if driver.is_closed():
                await connection.invalidate()


class _Work(AsyncSession):
    async def commit(self) -> None:
        await self.flush()
        await self.info["begun"].commit()

    async def rollback(self) -> None:
        """Back to the beginning; what follows is a new transaction."""
        await super().rollback()
        await self.info["begun"].rollback()
        self.info["begun"] = raw(self).transaction()
        await self.info["begun"].start()


async def driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """asyncpg's own connection underneath."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    return driver


def raw(session: AsyncSession) -> asyncpg.Connection:
    """asyncpg's connection, inside the session's transaction. Objects that were changed but not
    flushed are not seen through it."""
    driver: asyncpg.Connection = session.info["raw"]
    return driver


def put_off(session: AsyncSession, statement: str, *values: object) -> None:
    """Says a statement (asyncpg's, with `$1`) that nothing else in this transaction looks at. It
    is put through before the commit, with all others like it at once."""
    session.info.setdefault("put off", {}).setdefault(statement, []).append(values)


async def put_through(session: AsyncSession) -> None:
    """What was put off is done; called by the edge just before it commits."""
    for statement, rows in session.info.pop("put off", {}).items():
        await raw(session).executemany(statement, rows)


def reading(sessions: Sessions) -> AbstractAsyncContextManager[ReadSession]:
    """A READ ONLY transaction with one snapshot; nothing to commit."""
    opened: Any = sessions(read_only=True)
    return cast(AbstractAsyncContextManager[ReadSession], opened)


async def locked(session: Session, table: type[T], id: UUID) -> T:
    """The row, locked until the end of the transaction: the serial point of its aggregate.

    Raises `RuleBroken` (409 `unknown-…`) when there is none.
    """
    row = await session.get(table, id, with_for_update=True)
    if row is None:
        what = table.__name__.lower()
        raise RuleBroken(f"unknown-{what}", f"there is no {what} with the id {id}", field=what)
    return row


def is_away(error: BaseException) -> bool:
    """True for errors that pass: PostgreSQL stopping, restarting or full, a lock timeout, a
    connection that broke."""
    passing = (ConnectionError, TimeoutError, OSError, InterfaceError, PoolTimeout)
    if isinstance(error, (*passing, asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return True
    if isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return True
    state = str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")
    # 08 connection, 25006 read only, 40 serialization and deadlock, 53 resources, 55P03 lock
    # timeout, 57 operator intervention, 58 system error (PostgreSQL, appendix A)
    return state.startswith(("08", "40", "53", "57", "58")) or state in {"25006", "55P03"}


def migrate(service: str, admin_url: str) -> None:
    """Brings the schema of one service to the newest revision, as its owner role.

    `admin_url` is an asyncpg URL of a role that may become `<service>_owner`.
    """
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    config.attributes["service"] = service
    config.attributes["admin_url"] = admin_url
    alembic.upgrade(config, "head")


async def run_migrations(config: Config, run: Any) -> None:
    """Called by each service's `migrations/env.py`: connects, becomes the owner, runs."""
    service: str = config.attributes["service"]
    bind = create_async_engine(config.attributes["admin_url"], poolclass=NullPool)

    def work(connection: Connection) -> None:
        connection.exec_driver_sql(f'SET ROLE "{service}_owner"')
        connection.exec_driver_sql(f'SET search_path TO "{service}", public')
        connection.commit()
        run(connection)

    try:
        async with bind.connect() as connection:
            await connection.run_sync(work)
    finally:
        await bind.dispose()
