"""`tongxin provision`: walls, streams and durables as declared; and `tongxin migrate`."""

import asyncio
from collections.abc import Callable

import asyncpg

from deploy.local import postgres
from deploy.local.erasing import apply_ledger
from deploy.local.home import SERVICES, Home
from deploy.postgres import walls
from shared.broker import BACK, BACK_DAYS, STATED, connect, reconcile, stream_created, wait_for
from shared.database import migrate

Say = Callable[[str], None]

FILLED_AGAIN = (*STATED, BACK)
"""Streams that are filled anew by whoever said what was in them."""

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
        created = {stream: await stream_created(js, stream) for stream in FILLED_AGAIN}
    finally:
        await client.close()
    admin = await postgres.connect(home)
    try:
        for stream, moment in created.items():
            done += await _refill(admin, stream, moment)
    finally:
        await admin.close()
    return done


async def _refill(admin: asyncpg.Connection, stream: str, created: str) -> list[str]:
    await admin.execute(_IDENTITY)
    known = await admin.fetchval("SELECT created FROM stream_identity WHERE name = $1", stream)
    if known == created:
        return []
    done = []
    if stream == BACK:
        done += await _tell_hr_again(admin)
    for service in SERVICES if stream in STATED else ():
        word, kept_for = STATED[stream]
        if await admin.fetchval("SELECT to_regclass($1)", f"{service}.outbox"):
            marked = await admin.execute(
                f"""
                UPDATE {service}.outbox SET sent_at = NULL
                WHERE sent_at IS NOT NULL AND starts_with(subject, $1)
                    AND ($2::interval IS NULL OR stated_at > now() - $2::interval)
                """,  # noqa: S608
                f"{word}.",
                kept_for,
            )
            # These were places in the stream that is gone; HR's is another one.
            await admin.execute(
                f"""
                DELETE FROM {service}.redacted WHERE starts_with(subject, $1)
                    AND split_part(subject, '.', 3) <> 'hr'
                """,  # noqa: S608
                f"{word}.",
            )
            if marked != "UPDATE 0":
                done.append(f"{service} sends again to {stream}: {marked.split()[-1]} facts")
    await admin.execute(
        """
        INSERT INTO stream_identity VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET created = excluded.created
        """,
        stream,
        created,
    )
    return done


async def _tell_hr_again(admin: asyncpg.Connection) -> list[str]:
    """HR's stream is filled by the gateway, from its log."""
    if not await admin.fetchval("SELECT to_regclass('gateway.back_delivery')"):
        return []
    marked = await admin.execute(
        """
        UPDATE gateway.back_delivery SET state = 'pending', due_at = now(), tries = 0
        FROM gateway.back_subscription AS asks, gateway.back_event AS event
        WHERE asks.id = subscription AND asks.url IS NULL AND event.id = back_delivery.event
            AND state = 'delivered' AND event.stated_at > now() - $1::interval
        """,
        BACK_DAYS,
    )
    return [] if marked == "UPDATE 0" else [f"HR is told again: {marked.split()[-1]} events"]


async def provision(home: Home, say: Say = lambda _: None) -> None:
    """Everything that must be there before the services; PostgreSQL and NATS are up."""
    say("walls")
    await build_walls(home)
    await migrate_all(home, say)
    for line in await apply_ledger(home):
        say(line)
    for line in await reconcile_streams(home):
        say(line)
