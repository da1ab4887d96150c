"""Locks by which one process of several does what only one may do."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SILENCE = 30
"""Seconds without a statement after which PostgreSQL takes the lock from its holder."""

# PostgreSQL ends a holder that is idle for too long. One may also have been stopped while it read
# more than its socket takes, between preparing a statement and executing it (asyncpg waits for the
# one before it sends the other), or before it set its time-out; it would keep its lock for as long
# as it stands still.
_FREE = text("""
    SELECT pg_terminate_backend(holder.pid)
    FROM pg_locks JOIN pg_stat_activity AS holder USING (pid)
    WHERE locktype = 'advisory' AND objsubid = 2
        AND classid = CAST(CAST(hashtext(current_schema()) AS bigint) & 4294967295 AS oid)
        AND objid = CAST(CAST(hashtext(:name) AS bigint) & 4294967295 AS oid)
        AND holder.datname = current_database()
        AND holder.wait_event IN ('ClientWrite', 'ClientRead')
        AND holder.state_change < now() - make_interval(secs => :silence)
""")


async def hold_lock(connection: AsyncConnection, name: str) -> None:
    """Waits for the lock, at most a second longer than its holder lives."""
    while not await try_lock(connection, name):
        await asyncio.sleep(1)
        await connection.execute(_FREE, {"name": name, "silence": SILENCE})


async def try_lock(connection: AsyncConnection, name: str) -> bool:
    """A lock of this schema that lives as long as the connection; not the pool's any more then."""
    taken = await connection.scalar(
        text("SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext(:name))"),
        {"name": name},
    )
    if taken:
        # A process that was stopped keeps its connection, and would keep all others waiting.
        await connection.execute(text(f"SET idle_session_timeout TO '{SILENCE}s'"))
    return bool(taken)
