"""Who is told what: webhooks with their secrets, and the stream; entered by HR or IT."""

import base64
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, text

from services.gateway import audit
from services.gateway.back.addresses import checked
from services.gateway.back.kinds import PING
from services.gateway.back.lanes import SECRET
from services.gateway.views.rows import Reader, rows
from shared.contracts.back import Kind
from shared.database import Session
from shared.for_whom import company_wide
from shared.messages import WHOLE, uuid7
from shared.rights import Actor, RuleBroken
from shared.sealing import encrypt

MOST = 20
SUBJECT = "HR gets back"
"""In the audit log."""
FOR_WHOM = company_wide("hr", "it")

Kinds = Annotated[tuple[Kind, ...], Field(min_length=1, max_length=10)]


class Asked(BaseModel):
    """Fields of what is asked; what is not known is refused by the door."""

    model_config = ConfigDict(frozen=True)


class Subscribe(Asked):
    """Have these kinds of events sent to an address from now on."""

    url: str = Field(min_length=1, max_length=500, description="https, without password, ? and #")
    kinds: Kinds


class Change(Asked):
    """Other kinds, or on and off. What is not given stays."""

    subscription: UUID
    kinds: Kinds | None = None
    active: bool | None = None


class Rotate(Asked):
    """A new secret. For so many hours the one before signs too, beside it."""

    subscription: UUID
    overlap_hours: Annotated[int, Field(ge=0, le=168), WHOLE] = 24


class Remove(Asked):
    """Nothing is sent there any more, and its log is gone."""

    subscription: UUID


class Ping(Asked):
    """Send a test."""

    subscription: UUID


class Made(BaseModel):
    """`secret` is shown this once."""

    subscription: UUID
    secret: str


class SubscriptionSeen(BaseModel):
    """`road` is a webhook, or HR's stream on NATS. `why_off`: `gone` when the receiver said that
    it is no more. `pending` wait, `given_up` failed for good; `oldest` waits since then."""

    id: UUID
    road: Literal["webhook", "stream"]
    url: str | None
    kinds: list[str]
    active: bool
    why_off: str | None
    since: datetime
    paused_until: datetime | None
    secret_at: datetime | None
    older_until: datetime | None
    pending: int
    given_up: int
    oldest: datetime | None


class SubscriptionsSeen(BaseModel):
    subscriptions: list[SubscriptionSeen]


_LIST = """
    SELECT asks.id, CASE WHEN url IS NULL THEN 'stream' ELSE 'webhook' END AS road, url, kinds,
        active, why_off, since, secret_at,
        CASE WHEN paused_until > now() THEN paused_until END AS paused_until,
        CASE WHEN older_until > now() THEN older_until END AS older_until,
        waiting.n AS pending, waiting.oldest, failed.n AS given_up
    FROM back_subscription AS asks
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, min(back_event.stated_at) AS oldest FROM back_delivery
        JOIN back_event ON back_event.id = back_delivery.event
        WHERE subscription = asks.id AND state = 'pending'
    ) AS waiting
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM back_delivery
        WHERE subscription = asks.id AND state = 'given-up' AND back_delivery.kind <> 'ping'
    ) AS failed
    ORDER BY url NULLS FIRST
"""
_ADD = text("""
    INSERT INTO back_subscription (id, url, kinds, secret, secret_at)
    VALUES (:id, :url, :kinds, :secret, now()) ON CONFLICT DO NOTHING RETURNING id
""")
_COUNT = text("SELECT count(*) FROM back_subscription WHERE url IS NOT NULL")
_ONE = text("""
    SELECT id, url, kinds, active FROM back_subscription WHERE id = :id FOR UPDATE
""")
# What happened while it was off is not told afterwards.
_CHANGE = text("""
    UPDATE back_subscription SET kinds = :kinds, active = :active,
        since = CASE WHEN :active AND NOT active THEN now() ELSE since END,
        why_off = CASE WHEN :active THEN NULL ELSE why_off END,
        paused_until = CASE WHEN :active AND NOT active THEN NULL ELSE paused_until END
    WHERE id = :id
""")
_ROTATE = text("""
    UPDATE back_subscription SET older_secret = secret,
        older_until = now() + CAST(:overlap AS interval), secret = :secret, secret_at = now()
    WHERE id = :id
""")
_REMOVE = text("DELETE FROM back_subscription WHERE id = :id")
_TEST = text("""
    WITH event AS (
        INSERT INTO back_event (id, kind, fact, stated_at)
        VALUES (:event, :kind, jsonb_build_object('on', CAST(:on AS date)), now()) RETURNING id
    )
    INSERT INTO back_delivery (subscription, event, kind) SELECT :id, id, :kind FROM event
""")


async def subscriptions(reader: Reader) -> SubscriptionsSeen:
    """One statement. The stream first."""
    found = await rows(reader, _LIST, {})
    return SubscriptionsSeen(
        subscriptions=[SubscriptionSeen.model_validate(dict(row)) for row in found]
    )


async def subscribe(asked: Subscribe, actor: Actor, session: Session, *, loopback: bool) -> Made:
    """Raises `RuleBroken`: 422 for an address that nothing is sent to, 409 for one that is there
    already, or one too many."""
    try:
        url = checked(asked.url, loopback=loopback)
    except ValueError as error:
        raise RuleBroken("not-sent-there", str(error), field="url", status=422) from None
    if await session.scalar(_COUNT) >= MOST:
        raise RuleBroken("too-many-subscriptions", f"there are {MOST} already; remove one first")
    made = Made(subscription=uuid7(), secret=_secret())
    added = await session.scalar(
        _ADD,
        {
            "id": made.subscription,
            "url": url,
            "kinds": _kinds(asked.kinds),
            "secret": encrypt(session, made.secret, SECRET, made.subscription),
        },
    )
    if added is None:
        raise RuleBroken("already-subscribed", "there is one with this address", field="url")
    await _on_record(actor, made.subscription, "added", session)
    return made


async def change(asked: Change, actor: Actor, session: Session) -> None:
    before = await _one(asked.subscription, session)
    kinds = before.kinds if asked.kinds is None else _kinds(asked.kinds)
    active = before.active if asked.active is None else asked.active
    if active and not kinds:
        raise RuleBroken("no-kinds", "say which kinds of events first", field="kinds")
    await session.execute(_CHANGE, {"id": before.id, "kinds": kinds, "active": active})
    await _on_record(actor, before.id, "changed", session)


async def rotate(asked: Rotate, actor: Actor, session: Session) -> Made:
    before = await _one(asked.subscription, session)
    _must_be_webhook(before.url)
    made = Made(subscription=before.id, secret=_secret())
    await session.execute(
        _ROTATE,
        {
            "id": before.id,
            "overlap": timedelta(hours=asked.overlap_hours),
            "secret": encrypt(session, made.secret, SECRET, before.id),
        },
    )
    await _on_record(actor, before.id, "secret", session)
    return made


async def remove(asked: Remove, actor: Actor, session: Session) -> None:
    before = await _one(asked.subscription, session)
    _must_be_webhook(before.url)
    await session.execute(_REMOVE, {"id": before.id})
    await _on_record(actor, before.id, "removed", session)


async def ping(asked: Ping, session: Session, on: date) -> UUID:
    """The id of the test's event."""
    before = await _one(asked.subscription, session)
    if not before.active:
        raise RuleBroken("is-off", "it is off, so nothing is sent; switch it on first")
    event = uuid7()
    await session.execute(_TEST, {"id": before.id, "event": event, "kind": PING, "on": on})
    return event


async def _one(id: UUID, session: Session) -> Row[tuple[UUID, str | None, list[str], bool]]:
    """As it is now, locked."""
    found = (await session.execute(_ONE, {"id": id})).one_or_none()
    if found is None:
        raise RuleBroken("unknown-subscription", "there is no such subscription")
    return found


def _must_be_webhook(url: str | None) -> None:
    if url is None:
        raise RuleBroken(
            "is-the-stream", "the stream has no secret and stays; it can be switched off"
        )


def _kinds(kinds: Sequence[str]) -> list[str]:
    return sorted(set(kinds))


def _secret() -> str:
    """As Standard Webhooks writes them: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


async def _on_record(actor: Actor, id: UUID, code: str, session: Session) -> None:
    entry = audit.Entry.by(actor, "subscription changed", SUBJECT, about=str(id), code=code)
    await audit.add(session, entry)
