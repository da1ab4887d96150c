"""PostgreSQL as the services use it: engine, sessions, row locks, migrations.

Nothing names a schema: each role's `search_path` is its own schema, so a service cannot even
spell another's table.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NewType, TypeVar
from uuid import UUID

from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import NullPool

from shared.rights import RuleBroken
from shared.settings import Settings

Session = AsyncSession
Sessions = async_sessionmaker[AsyncSession]
T = TypeVar("T")
ReadSession = NewType("ReadSession", AsyncSession)
"""A session in a READ ONLY transaction: what a query gets."""

SERVICES = Path(__file__).parent.parent / "services"


def engine(settings: Settings, *, pool_size: int = 20) -> AsyncEngine:
    """One pool a process. `pool_reset_on_return` ends what a cancelled task left open."""
    return create_async_engine(
        settings.database_url,
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


def sessions(bind: AsyncEngine, seal_key: bytes = b"") -> Sessions:
    """`seal_key` keys the digests of `shared.sealing`, for services that make any."""
    return async_sessionmaker(bind, expire_on_commit=False, info={"seal": seal_key})


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
    """True for errors that pass: PostgreSQL stopping, restarting or full, a lock timeout."""
    if isinstance(error, (ConnectionError, TimeoutError, OSError, InterfaceError, PoolTimeout)):
        return True
    if isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return True
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
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


@asynccontextmanager
async def reading(make: Sessions) -> AsyncIterator[ReadSession]:
    """A READ ONLY transaction with one snapshot; nothing to commit."""
    async with make() as session:
        await session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        yield ReadSession(session)
