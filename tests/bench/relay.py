"""Outbox → JetStream by the real relay, beside bare atomic batches of the same bytes.

The outbox is a copy and the nats-server one of its own with the site's settings (`sync_interval:
always`), because the site's relays and readers would take part otherwise.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from uuid import UUID

from nats.aio.client import Client

from deploy.local import postgres
from deploy.local.home import Home
from shared.broker import connect
from shared.messages import uuid7
from shared.publishing import Publisher
from shared.relay import BATCH, Relay
from shared.service import end
from shared.testing import eventually
from tests.bench.figures import Figure, alternately
from tests.bench.payloads import SUBJECT, submitted
from tests.bench.rig import Rig, bench_engine, copies, own_nats

COLUMNS = ("fact", "subject", "aggregate", "sequence", "payload")


async def measure(rig: Rig) -> list[Figure]:
    """Facts a second from the first taken to the last marked as sent."""
    facts = min(20_000, int(rig.seconds * 2_000))
    async with own_nats(rig.directory / "relay") as road:
        client = await connect(
            road.nats_url, "democracy", road.secret("democracy", "nats_password")
        )

        async def ours() -> float:
            return await _drained(rig.home, client, facts)

        async def bare() -> float:
            return await _published(client, [(id, submitted(id)) for id in _ids(facts)])

        sent, limit = await alternately(rig.rounds, ours, bare)
        await client.close()
    return [
        Figure(
            f"relay, {facts} facts from the outbox",
            f"bare atomic batches of {BATCH}, the same bytes",
            "/s",
            sent,
            limit,
            least=0.6,
        )
    ]


def _ids(number: int) -> list[UUID]:
    return [uuid7() for _ in range(number)]


async def _drained(home: Home, client: Client, facts: int) -> float:
    tables = {name: f"democracy.{name}" for name in ("outbox", "redacted")}
    async with copies(home, tables):
        admin = await postgres.connect(home)
        rows = [(id, SUBJECT, id, 1, submitted(id)) for id in _ids(facts)]
        await admin.copy_records_to_table(
            "outbox", schema_name="bench", columns=COLUMNS, records=rows
        )
        last = await admin.fetchval("SELECT max(id) FROM bench.outbox")

        async def all_sent() -> bool:
            return bool(
                await admin.fetchval("SELECT sent_at FROM bench.outbox WHERE id = $1", last)
            )

        engine = bench_engine(home).execution_options(isolation_level="AUTOCOMMIT")
        begun = time.perf_counter()
        running = asyncio.create_task(Relay(engine, Publisher(client)).run())
        await eventually(all_sent, seconds=120)
        taken = time.perf_counter() - begun
        await end([running])
        await engine.dispose()
        left = await admin.fetchval("SELECT count(*) FROM bench.outbox WHERE sent_at IS NULL")
        await admin.close()
    if left:
        raise RuntimeError(f"{left} facts were not sent")
    return facts / taken


async def _published(client: Client, facts: Sequence[tuple[UUID, bytes]]) -> float:
    """The headers are those of NATS' ADR-50, nothing else is around them."""
    begun = time.perf_counter()
    for start in range(0, len(facts), BATCH):
        part = facts[start : start + BATCH]
        batch = str(uuid7())
        for number, (id, payload) in enumerate(part[:-1], start=1):
            await client.publish(SUBJECT, payload, headers=_headers(id, batch, number))
        id, payload = part[-1]
        reply = await client.request(
            SUBJECT,
            payload,
            timeout=5,
            headers=_headers(id, batch, len(part)) | {"Nats-Batch-Commit": "1"},
        )
        if "error" in json.loads(reply.data):
            raise RuntimeError(reply.data.decode())
    return len(facts) / (time.perf_counter() - begun)


def _headers(id: UUID, batch: str, number: int) -> dict[str, str]:
    return {
        "Nats-Msg-Id": str(id),
        "Nats-Batch-Id": batch,
        "Nats-Batch-Sequence": str(number),
    }
