"""The log of what HR was told, delivery by delivery, and telling again. It names nobody."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from services.gateway import audit
from services.gateway.back.subscriptions import FOR_WHOM, SUBJECT, Asked
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import LIMIT
from services.gateway.views.rows import Reader, rows
from shared.calendar import midnight
from shared.database import Session
from shared.messages import DAY
from shared.rights import Actor, RuleBroken

State = Literal["pending", "delivered", "given-up"]
LoggedKind = Literal["course-completed", "member-joined", "ping"]


class DeliveriesAsked(ViewAsked):
    """Deliveries, newest first. All filters hold together."""

    zh = "查看回告人事的记录"
    for_whom = FOR_WHOM

    state: State | None = None
    kind: LoggedKind | None = None
    subscription: UUID | None = None
    event: UUID | None = None
    limit: LIMIT = 50
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")] | None = None


class DeliverySeen(BaseModel):
    """`event` is the id that the receiver sees. `outcome` and `status` (of HTTP) are those of the
    last attempt; `due_at` is when the next one is made."""

    place: int
    event: UUID
    kind: str
    subscription: UUID
    url: str | None
    state: State
    stated_at: datetime
    tries: int
    outcome: str | None
    status: int | None
    last_at: datetime | None
    due_at: datetime | None


class DeliveriesSeen(BaseModel):
    """`cursor` asks for what follows; null at the end."""

    items: list[DeliverySeen]
    cursor: str | None


class Replay(Asked):
    """Tell again: one event, or all that was given up of what happened since a day. The id stays,
    so that the receiver knows what it has seen."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("event", "since")
            ]
        }
    )

    event: UUID | None = None
    since: DAY | None = None
    subscription: UUID | None = Field(default=None, description="of this one alone")


class Replayed(BaseModel):
    """So many deliveries are due again."""

    deliveries: int


_CONDITIONS = {
    "state": "delivery.state = :state",
    "kind": "delivery.kind = :kind",
    "subscription": "delivery.subscription = :subscription",
    "event": "delivery.event = :event",
    "cursor": "delivery.place < :cursor",
}
_ONE_EVENT = text("""
    UPDATE back_delivery SET state = 'pending', due_at = now(), tries = 0
    WHERE event = :event AND state <> 'pending'
        AND (CAST(:subscription AS uuid) IS NULL OR subscription = :subscription)
""")
_KNOWN = text("SELECT 1 FROM back_delivery WHERE event = :event LIMIT 1")
_GIVEN_UP = text("""
    UPDATE back_delivery SET state = 'pending', due_at = now(), tries = 0
    FROM back_event WHERE back_event.id = back_delivery.event
        AND state = 'given-up' AND back_delivery.kind <> 'ping' AND stated_at >= :since
        AND (CAST(:subscription AS uuid) IS NULL OR subscription = :subscription)
""")


def statement(asked: DeliveriesAsked) -> tuple[str, dict[str, Any]]:
    """Only what is asked for is a condition, so that a planner knows which index serves."""
    given: dict[str, Any] = {
        name: value for name, value in asked.model_dump().items() if value is not None
    }
    if asked.cursor:
        given["cursor"] = int(asked.cursor)
    where = " AND ".join(_CONDITIONS[name] for name in given if name in _CONDITIONS) or "true"
    said = f"""
        SELECT delivery.place, delivery.event, delivery.kind, delivery.subscription, asks.url,
            delivery.state, event.stated_at, delivery.tries, delivery.outcome, delivery.status,
            delivery.last_at,
            CASE WHEN delivery.state = 'pending' THEN delivery.due_at END AS due_at
        FROM back_delivery AS delivery
        JOIN back_event AS event ON event.id = delivery.event
        JOIN back_subscription AS asks ON asks.id = delivery.subscription
        WHERE {where} ORDER BY delivery.place DESC LIMIT :limit
    """  # noqa: S608 - all of it is ours
    return said, given | {"limit": asked.limit + 1}


async def deliveries(asked: DeliveriesAsked, reader: Reader) -> DeliveriesSeen:
    """One statement."""
    found = await rows(reader, *statement(asked))
    items = [DeliverySeen.model_validate(dict(row)) for row in found[: asked.limit]]
    more = len(found) > asked.limit
    return DeliveriesSeen(items=items, cursor=str(items[-1].place) if more else None)


_STUCK = """
    SELECT (SELECT count(*) FROM back_delivery WHERE state = 'given-up' AND kind <> 'ping')
        + (SELECT count(*) FROM back_subscription WHERE why_off IS NOT NULL) AS stuck
"""


async def stuck(reader: Reader) -> int:
    """How much of telling HR waits for a person: given up, or switched off by the receiver."""
    return int((await rows(reader, _STUCK, {}))[0]["stuck"])


async def replay(asked: Replay, actor: Actor, session: Session) -> Replayed:
    """Raises `RuleBroken`: 422 unless one of event and day is given, 409 for an event that is not
    in the log."""
    if (asked.event is None) == (asked.since is None):
        raise RuleBroken("malformed", "say which event, or since which day", status=422)
    given: dict[str, Any] = {"subscription": asked.subscription}
    if asked.event is not None:
        if not await session.scalar(_KNOWN, {"event": asked.event}):
            raise RuleBroken("never-told", "the log has no such event", field="event")
        done = await session.execute(_ONE_EVENT, given | {"event": asked.event})
    else:
        assert asked.since
        done = await session.execute(_GIVEN_UP, given | {"since": midnight(asked.since)})
    about = str(asked.event) if asked.event else None
    entry = audit.Entry.by(actor, "subscription changed", SUBJECT, about=about, code="replayed")
    await audit.add(session, entry)
    return Replayed(deliveries=int(getattr(done, "rowcount", 0)))
