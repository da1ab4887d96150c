"""`tongxin provision`: walls, streams and durables as declared; and `tongxin migrate`."""

import asyncio
from collections.abc import Callable

import asyncpg

from deploy.local import postgres
from deploy.local.home import SERVICES, Home
from deploy.postgres import walls
from shared.broker import connect, reconcile, stream_created, wait_for
from shared.database import migrate

Say = Callable[[str], None]

_IDENTITY = """
    CREATE TABLE IF NOT EXISTS stream_identity (name text PRIMARY KEY, created text NOT NULL)
"""


async def build_walls(home: Home) -> None:
    """Database, roles and schemas in PostgreSQL."""
    passwords = {name: home.secret(name, "postgres_password") for name in SERVICES}
    await walls.build(lambda database: postgres.connect(home, database), passwords)


async def migrate_all(home: Home, say: Say = lambda _: None) -> None:
    """Brings every service's schema to its newest revision."""
    for service in SERVICES:
        say(f"schema {service}")
        await asyncio.to_thread(migrate, service, postgres.admin_url(home))


async def reconcile_streams(home: Home) -> list[str]:
    """Makes and repairs streams and durables; says what it had to do.

    A stream that is another incarnation than the one remembered has lost what it kept: every
    service's outbox is marked as unsent, and the relays fill it again. Consumers drop what they
    had heard. Remembering comes last, so that a crash in between only repeats this.
    """
    client = await connect(
        home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
    )
    try:
        await wait_for(client)
        js = client.jetstream()
        done = await reconcile(js, home.site)
        created = await stream_created(js, "FACTS")
    finally:
        await client.close()
    admin = await postgres.connect(home)
    try:
        done += await _refill(admin, created)
    finally:
        await admin.close()
    return done


async def _refill(admin: asyncpg.Connection, created: str) -> list[str]:
    await admin.execute(_IDENTITY)
    known = await admin.fetchval("SELECT created FROM stream_identity WHERE name = 'FACTS'")
    if known == created:
        return []
    done = []
    for service in SERVICES:
        if await admin.fetchval("SELECT to_regclass($1)", f"{service}.outbox"):
            marked = await admin.execute(
                f"UPDATE {service}.outbox SET sent_at = NULL WHERE sent_at IS NOT NULL"  # noqa: S608
            )
            if marked != "UPDATE 0":
                done.append(f"{service} sends its facts again: {marked.split()[-1]}")
    await admin.execute(
        """
        INSERT INTO stream_identity VALUES ('FACTS', $1)
        ON CONFLICT (name) DO UPDATE SET created = excluded.created
        """,
        created,
    )
    return done


async def provision(home: Home, say: Say = lambda _: None) -> None:
    """Everything that must be there before the services; PostgreSQL and NATS are up."""
    say("walls")
    await build_walls(home)
    await migrate_all(home, say)
    for line in await reconcile_streams(home):
        say(line)
