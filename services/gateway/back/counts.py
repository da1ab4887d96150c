"""What IT's metrics say of telling HR: what waits, since when, and what was given up."""

from collections.abc import Mapping

from sqlalchemy import text

from shared.database import ReadSession
from shared.metrics import Count

_STATES = text("""
    SELECT state, count(*) AS n FROM back_delivery
    WHERE state IN ('pending', 'given-up') AND kind <> 'ping' GROUP BY state
""")
# Of what is off nobody expects anything.
_OLDEST = text("""
    SELECT CASE WHEN url IS NULL THEN 'stream' ELSE 'webhook' END AS road,
        max(extract(epoch FROM now() - waiting.since))::integer AS seconds
    FROM back_subscription AS asks CROSS JOIN LATERAL (
        SELECT min(stated_at) AS since FROM back_delivery
        JOIN back_event ON back_event.id = back_delivery.event
        WHERE subscription = asks.id AND state = 'pending'
    ) AS waiting
    WHERE active AND waiting.since IS NOT NULL GROUP BY 1
""")


async def _by_state(session: ReadSession) -> Mapping[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {("pending",): 0, ("given-up",): 0}
    for row in await session.execute(_STATES):
        found[(row.state,)] = row.n
    return found


async def _oldest(session: ReadSession) -> Mapping[tuple[str, ...], int]:
    return {(row.road,): row.seconds for row in await session.execute(_OLDEST)}


COUNTS = (
    Count(
        "tongxin_back_deliveries",
        "Events for HR that wait to be delivered, and that were given up.",
        ("state",),
        _by_state,
    ),
    Count(
        "tongxin_back_oldest_pending_seconds",
        "Age of the oldest event that HR has not been told, by road.",
        ("road",),
        _oldest,
    ),
)
