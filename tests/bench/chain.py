"""The bare chain: commit two rows, publish to JetStream, fetch from a pull consumer, commit a row.

On the same PostgreSQL, and on a nats-server with the site's own settings; nothing but asyncpg and
nats-py in between.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self
from uuid import UUID

import asyncpg
from nats.errors import TimeoutError as NatsTimeoutError

from deploy.local import postgres
from shared.broker import connect
from shared.messages import uuid7
from tests.bench.payloads import BODY, SUBJECT, submitted
from tests.bench.rig import Rig, copies, own_nats

READERS = 4
PATIENCE = 30
TABLES = {
    "proposal": "democracy.proposal",
    "outbox": "democracy.outbox",
    "view_proposal": "views.proposal",
}
_PROPOSAL = """
    INSERT INTO bench.proposal (id, unit, author_seal, category, title, body, state, supports,
        submitted_on, due_on, due_verdict, overdue)
    VALUES ($1, $1, '', 'production', 'said to be timed', $2, 'open', 0, current_date,
        current_date, '{}', false)
"""
_OUTBOX = """
    INSERT INTO bench.outbox (fact, subject, aggregate, sequence, payload)
    VALUES ($1, $2, $1, 1, $3)
"""
_VIEW = """
    INSERT INTO bench.view_proposal (id, unit, category, title, body, state, supports, overdue,
        submitted_on, due_on, stated_at)
    VALUES ($1, $1, 'production', 'said to be timed', $2, 'open', 0, false, current_date,
        current_date, now())
"""


class Chain:
    """One process does all four steps, with a pool of connections and some readers."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.shown: dict[UUID, asyncio.Future[None]] = {}

    async def __aenter__(self) -> Self:
        self.stack = AsyncExitStack()
        home = self.rig.home
        await self.stack.enter_async_context(copies(home, TABLES))
        road = await self.stack.enter_async_context(own_nats(self.rig.directory / "chain"))
        self.pool = await self.stack.enter_async_context(
            asyncpg.create_pool(
                host=str(home.sockets),
                user=postgres.ADMIN,
                password=home.secret("admin", "postgres_password"),
                database="tongxin",
                min_size=20,
                max_size=20,
                reset=_no_reset,
            )
        )
        self.sending = await connect(
            road.nats_url, "democracy", road.secret("democracy", "nats_password")
        )
        self.stack.push_async_callback(self.sending.close)
        fetching = await connect(road.nats_url, "gateway", road.secret("gateway", "nats_password"))
        self.stack.push_async_callback(fetching.close)
        self.readers = [asyncio.create_task(self._read(fetching)) for _ in range(READERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for reader in self.readers:
            reader.cancel()
        await asyncio.gather(*self.readers, return_exceptions=True)
        await self.stack.aclose()

    async def one(self) -> None:
        """Returns when the last row is committed."""
        id = uuid7()
        payload = submitted(id)
        shown = self.shown[id] = asyncio.get_running_loop().create_future()
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(_PROPOSAL, id, BODY)
            await connection.execute(_OUTBOX, id, SUBJECT, payload)
        await self.sending.jetstream().publish(SUBJECT, payload, headers={"Nats-Msg-Id": str(id)})
        async with asyncio.timeout(PATIENCE):
            await shown

    async def _read(self, client: Any) -> None:
        durable = await client.jetstream().pull_subscribe_bind("gateway", "FACTS")
        while True:
            try:
                (message,) = await durable.fetch(1, timeout=5)
            except NatsTimeoutError:
                continue
            id = UUID(message.headers["Nats-Msg-Id"])
            await self.pool.execute(_VIEW, id, BODY)
            await message.ack()
            self.shown.pop(id).set_result(None)


async def _no_reset(_: Any) -> None:
    """A bare connection: nothing to be put back between two uses."""
