"""What a service says of itself when it is asked how it is."""

from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError
from pydantic import BaseModel
from sqlalchemy import text

from shared.database import ReadSession
from shared.hearing import Ear


class DurableState(BaseModel):
    """`floor` is the stream sequence up to which all is acknowledged, `pending` what is ahead."""

    stream: str
    name: str
    present: bool
    listening: bool
    pending: int = 0
    unacknowledged: int = 0
    floor: int = 0


class OutboxState(BaseModel):
    """`kept` is the highest id there is, `sent_to` where the last one sent stands in FACTS."""

    unsent: int = 0
    oldest_unsent_seconds: float | None = None
    first_unsent: int | None = None
    kept: int = 0
    sent_to: int = 0


class ServiceHealth(BaseModel):
    """Ready when every durable is there and read. Held and dead are counts of facts."""

    service: str
    ready: bool
    at: datetime
    durables: list[DurableState]
    outbox: OutboxState | None
    held: int
    dead: int


_OUTBOX = text("""
    SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
           (SELECT extract(epoch FROM now() - min(stated_at))
              FROM outbox WHERE sent_at IS NULL) AS oldest_unsent_seconds,
           (SELECT min(id) FROM outbox WHERE sent_at IS NULL) AS first_unsent,
           coalesce((SELECT max(id) FROM outbox), 0) AS kept,
           coalesce((SELECT stream_sequence FROM outbox
                      WHERE sent_at IS NOT NULL AND starts_with(subject, 'events.')
                      ORDER BY id DESC LIMIT 1), 0) AS sent_to
""")
_HELD = text("""
    SELECT count(*) FILTER (WHERE dead_at IS NULL) AS held,
           count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead FROM held
""")


async def service_health(
    service: str,
    client: Client,
    ears: list[Ear],
    session: ReadSession,
    *,
    states_facts: bool = True,
) -> ServiceHealth:
    """Asks NATS and PostgreSQL; raises when either is away."""
    durables = [await _durable(client, ear) for ear in ears]
    outbox = None
    if states_facts:
        outbox = OutboxState.model_validate(
            (await session.execute(_OUTBOX)).one(), from_attributes=True
        )
    held = (await session.execute(_HELD)).one()
    now: Any = await session.scalar(text("SELECT now()"))
    return ServiceHealth(
        service=service,
        ready=all(durable.present for durable in durables),
        at=now,
        durables=durables,
        outbox=outbox,
        held=held.held,
        dead=held.dead,
    )


async def _durable(client: Client, ear: Ear) -> DurableState:
    state = DurableState(
        stream=ear.stream, name=ear.durable, present=False, listening=ear.listening
    )
    try:
        info = await client.jetstream().consumer_info(ear.stream, ear.durable, timeout=2)
    except (NotFoundError, APIError):
        return state
    return state.model_copy(
        update={
            "present": True,
            "pending": info.num_pending or 0,
            "unacknowledged": info.num_ack_pending or 0,
            "floor": (info.ack_floor.stream_seq if info.ack_floor else 0) or 0,
        }
    )
