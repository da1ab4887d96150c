"""From a fact to what HR is to be told: written with the inbox's position, in one transaction.

It is no view: `tongxin rebuild` leaves it alone. A fact that is heard again finds its rows there.
"""

from collections.abc import Sequence
from datetime import timedelta

from services.gateway.back.kinds import TOLD
from shared.database import Session, raw
from shared.facts import Heard
from shared.messages import Envelope

KEPT = timedelta(days=90)
"""So long the log is kept; a fact older than that is told no more."""

# A subscription that is being removed is waited for, and then not there.
_KEEP = """
    WITH told AS (
        SELECT * FROM unnest(CAST($1 AS uuid[]), CAST($2 AS text[]), CAST($3 AS uuid[]),
            CAST($4 AS text[]), CAST($5 AS timestamptz[])) WITH ORDINALITY
            AS told (id, kind, person, fact, stated_at, n)
    ), wanted AS (
        SELECT told.*, asks.id AS subscription
        FROM told JOIN back_subscription AS asks
            ON asks.active AND told.kind = ANY(asks.kinds) AND told.stated_at >= asks.since
        WHERE told.stated_at > now() - CAST($6 AS interval)
        FOR KEY SHARE OF asks
    ), kept AS (
        INSERT INTO back_event (id, kind, person, fact, stated_at)
        SELECT DISTINCT ON (n) id, kind, person, CAST(fact AS jsonb), stated_at
        FROM wanted ORDER BY n
        ON CONFLICT DO NOTHING
    )
    INSERT INTO back_delivery (subscription, event, kind)
    SELECT subscription, id, kind FROM wanted ORDER BY n
    ON CONFLICT DO NOTHING
"""


def concerns(heard: Heard) -> bool:
    return type(heard.message) in TOLD


async def keep(batch: Sequence[Heard], session: Session) -> None:
    """One statement, and none when nothing in the batch is for HR."""
    told = [one for one in batch if concerns(one)]
    if not told:
        return
    await raw(session).execute(
        _KEEP,
        [Envelope.model_validate_json(one.raw).id for one in told],
        [TOLD[type(one.message)] for one in told],
        [one.message.person for one in told],
        [one.message.model_dump_json(exclude={"person"}) for one in told],
        [one.message.time for one in told],
        KEPT,
    )
