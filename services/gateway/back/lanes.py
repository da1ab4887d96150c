"""What is due to be told, taken and noted: a statement for many, whoever shares the work.

Each subscription is a lane of its own, so that a receiver that hangs holds up nobody else. What is
taken falls due again when it is not noted in time: who dies in between has it sent once more.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag

from services.gateway.back.sending import Attempt
from shared.database import Session, raw
from shared.sealing import decrypt

STREAM = UUID("00000000-0000-7000-8000-000000000000")
"""The subscription without an address."""
AT_ONCE = 8
"""Attempts under way for one webhook."""
PUBLISHED = 200
"""Events that go onto the stream together; the next ones after them, so that they keep order."""
TAKEN_FOR = timedelta(minutes=3)
"""Longer than `AT_ONCE` attempts one after the other, as they are when all are of one person."""
SECRET = "back"  # noqa: S105 - the place that the encrypted column is bound to

TAKE = """
    WITH taken AS (
        SELECT due.place FROM back_subscription AS asks
        LEFT JOIN unnest(CAST($1 AS uuid[]), CAST($2 AS integer[])) AS busy (subscription, n)
            ON busy.subscription = asks.id
        CROSS JOIN LATERAL (
            SELECT place FROM back_delivery
            WHERE subscription = asks.id AND state = 'pending' AND due_at <= now()
            ORDER BY due_at, place
            LIMIT CASE WHEN asks.url IS NOT NULL THEN greatest($3 - coalesce(busy.n, 0), 0)
                WHEN busy.n IS NULL THEN CAST($4 AS integer) ELSE 0 END
            FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE asks.active AND coalesce(asks.paused_until <= now(), true)
    )
    UPDATE back_delivery AS delivery SET due_at = now() + CAST($5 AS interval)
    FROM taken
    JOIN back_delivery AS mine ON mine.place = taken.place
    JOIN back_subscription AS asks ON asks.id = mine.subscription
    JOIN back_event AS event ON event.id = mine.event
    LEFT JOIN person ON person.id = event.person
    LEFT JOIN LATERAL (
        SELECT unit.code FROM stay JOIN unit ON unit.id = stay.unit
        WHERE stay.person = event.person
            AND stay.during @> CAST(event.fact ->> 'on' AS date) OFFSET 0
    ) AS stood ON true
    LEFT JOIN course ON course.id = CAST(event.fact ->> 'course' AS uuid)
    WHERE delivery.place = taken.place
    RETURNING delivery.place, delivery.due_at AS taken_until, delivery.tries, asks.id, asks.url,
        asks.secret, CASE WHEN asks.older_until > now() THEN asks.older_secret END AS older,
        event.id AS event, event.kind, event.stated_at, CAST(event.fact AS text) AS fact,
        person.employee, stood.code AS unit, course.title
"""
_NOTE = """
    WITH noted AS (
        SELECT * FROM unnest(CAST($1 AS bigint[]), CAST($2 AS timestamptz[]), CAST($3 AS text[]),
            CAST($4 AS timestamptz[]), CAST($5 AS integer[]), CAST($6 AS text[]),
            CAST($7 AS integer[]), CAST($8 AS integer[]), CAST($9 AS timestamptz[]),
            CAST($10 AS timestamptz[]))
            AS noted (place, taken_until, state, due_at, tries, outcome, status, ms, at, wish)
    ), marked AS (
        UPDATE back_delivery AS delivery SET state = noted.state, due_at = noted.due_at,
            tries = noted.tries, outcome = noted.outcome, status = noted.status,
            last_at = noted.at
        FROM noted
        WHERE delivery.place = noted.place AND delivery.due_at = noted.taken_until
            AND delivery.state = 'pending'
        RETURNING noted.*, delivery.subscription
    ), asked AS (
        UPDATE back_subscription SET
            active = active AND NOT told.gone,
            why_off = CASE WHEN told.gone THEN 'gone' ELSE why_off END,
            paused_until = greatest(paused_until, told.wish)
        FROM (
            SELECT subscription, bool_or(outcome = 'gone') AS gone, max(wish) AS wish
            FROM marked GROUP BY subscription
        ) AS told
        WHERE back_subscription.id = told.subscription AND (told.gone OR told.wish > now())
    )
    INSERT INTO back_attempt (delivery, at, outcome, status, ms)
    SELECT place, at, outcome, status, ms FROM marked WHERE outcome <> 'away'
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Due:
    """A delivery that is ours until `taken_until`. `known`: what its event is made of."""

    place: int
    taken_until: datetime
    tries: int
    subscription: UUID
    url: str | None
    secrets: Sequence[str] = field(repr=False)
    event: UUID
    kind: str
    stated_at: datetime
    known: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Noted:
    """What became of it, and what becomes of it now."""

    due: Due
    attempt: Attempt
    state: str
    due_at: datetime
    tries: int
    at: datetime


async def take(busy: Mapping[UUID, int], session: Session) -> list[Due]:
    """Ours for `TAKEN_FOR`; `busy`: how many of each subscription are under way here. In the order
    of each lane. The caller commits."""
    found = await raw(session).fetch(
        TAKE, list(busy), list(busy.values()), AT_ONCE, PUBLISHED, TAKEN_FOR
    )
    return [_due(row, session) for row in sorted(found, key=lambda row: row["place"])]


def _due(row: Any, session: Session) -> Due:
    secrets: list[str] = []
    for hidden in filter(None, (row["secret"], row["older"])):
        # Keyed otherwise: the site's own secrets were made anew, and this one is lost with them.
        with suppress(InvalidTag):
            secrets.append(decrypt(session, hidden, SECRET, row["id"]))
    known = json.loads(row["fact"]) | {name: row[name] for name in ("employee", "unit", "title")}
    return Due(
        row["place"],
        row["taken_until"],
        row["tries"],
        row["id"],
        row["url"],
        secrets,
        row["event"],
        row["kind"],
        row["stated_at"],
        known,
    )


async def note(noted: Sequence[Noted], session: Session) -> None:
    """All of them at once; what somebody else has taken meanwhile is left alone. The caller
    commits."""
    await raw(session).execute(
        _NOTE,
        [one.due.place for one in noted],
        [one.due.taken_until for one in noted],
        [one.state for one in noted],
        [one.due_at for one in noted],
        [one.tries for one in noted],
        [one.attempt.outcome for one in noted],
        [one.attempt.status for one in noted],
        [one.attempt.ms for one in noted],
        [one.at for one in noted],
        [one.attempt.not_before for one in noted],
    )
