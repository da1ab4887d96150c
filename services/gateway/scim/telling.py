"""From SCIM to HR's stream: events are written with the resource that they come from, in one
transaction, then published, then gone. What a crash leaves between is published by a sweep; twice
is harmless, for an event's id is that of its resource, its version and its place.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import text

from services.gateway.problems import Problem
from services.gateway.scim.saying import Said, Standing, Told, tell
from shared.calendar import today
from shared.contracts.hr import parse
from shared.database import Session, Sessions
from shared.publishing import Outgoing
from shared.telemetry import fault

log = structlog.get_logger(__name__)

SOURCE = "/scim"
AT_ONCE = 500
LOOK_EVERY = 5.0
YOUNG = timedelta(seconds=5)
"""So long an event is left to the request that wrote it."""

_TOLD = text("SELECT told FROM scim_told WHERE employee = :employee FOR UPDATE")
_FIRST = text("""
    INSERT INTO scim_told (employee, told) VALUES (:employee, CAST(:told AS jsonb))
    ON CONFLICT DO NOTHING
""")
_KEEP_TOLD = text("UPDATE scim_told SET told = CAST(:told AS jsonb) WHERE employee = :employee")
_ON_ROLL = text("""
    SELECT person.employed @> CAST(:today AS date) AS employed, unit.code AS unit, stay.post
    FROM person
    LEFT JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
    LEFT JOIN unit ON unit.id = stay.unit
    WHERE person.id = (
        SELECT coalesce(same_as, id) FROM person AS called WHERE called.employee = :employee)
""")
_KEEP = text("""
    INSERT INTO scim_event (raw) SELECT unnest(CAST(:raw AS jsonb[])) RETURNING place
""")
_YOURS = text("SELECT place, raw FROM scim_event WHERE place = ANY(:places) ORDER BY place")
_LEFT_BEHIND = text("""
    SELECT place, raw FROM scim_event WHERE kept_at < now() - CAST(:young AS interval)
    ORDER BY place LIMIT :most
""")
_GONE = text("DELETE FROM scim_event WHERE place = ANY(:places)")

Publish = Callable[[Sequence[Outgoing]], Awaitable[list[int]]]


async def say(employee: str, name: str, to: Standing, change: str, session: Session) -> list[int]:
    """Writes down the events by which the number comes to stand there; returns their places.
    `change` names the change of the resource. What the roll holds already is not said again."""
    told = await session.scalar(_TOLD, {"employee": employee})
    if told is None:
        first = Told(now=await _on_roll(employee, session))
        await session.execute(_FIRST, {"employee": employee, "told": first.model_dump_json()})
        told = await session.scalar(_TOLD, {"employee": employee})
    said, now = tell(Told.model_validate(told), employee, name, to, today())
    await session.execute(_KEEP_TOLD, {"employee": employee, "told": now.model_dump_json()})
    if not said:
        return []
    raw = [_event(each, f"{change}.{place}") for place, each in enumerate(said)]
    return list(await session.scalars(_KEEP, {"raw": [json.dumps(each) for each in raw]}))


async def _on_roll(employee: str, session: Session) -> Standing:
    """As the views know it today; HR may have told of the person by another door."""
    given = {"employee": employee, "today": today()}
    row = (await session.execute(_ON_ROLL, given)).one_or_none()
    if row is None:
        return Standing()
    return Standing.of(employed=bool(row.employed), unit=row.unit, post=row.post)


def _event(said: Said, id: str) -> dict[str, Any]:
    type_, data = said
    return {
        "specversion": "1.0",
        "id": id,
        "source": SOURCE,
        "type": type_,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


@dataclass(frozen=True)
class Telling:
    """Of one gateway; several share the work."""

    sessions: Sessions
    publish: Publish
    site: str

    async def tell(self, places: Sequence[int]) -> None:
        """Publishes these events. What cannot be published now, the sweep does."""
        if not places:
            return
        try:
            async with self.sessions() as session:
                found = await session.execute(_YOURS, {"places": list(places)})
                await self._tell([(row.place, row.raw) for row in found], session)
        except Exception as error:
            log.warning("SCIM's events wait", **fault(error))

    async def sweep(self) -> int:
        """Publishes what was left behind; returns how many there were, `AT_ONCE` at most."""
        async with self.sessions() as session:
            found = await session.execute(_LEFT_BEHIND, {"young": YOUNG, "most": AT_ONCE})
            return await self._tell([(row.place, row.raw) for row in found], session)

    async def _tell(self, rows: Sequence[tuple[int, Any]], session: Session) -> int:
        if rows:
            events = [parse(raw) for _, raw in rows]
            await self.publish(
                [Outgoing(each.address(self.site), None, each.body, each.id) for each in events]
            )
            await session.execute(_GONE, {"places": [place for place, _ in rows]})
            await session.commit()
        return len(rows)

    async def keep_sweeping(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while await self.sweep() == AT_ONCE:
                    pass
            except Problem:
                pass  # no line to NATS yet
            except Exception as error:
                log.warning("SCIM's events not swept", **fault(error))
            await asyncio.sleep(LOOK_EVERY)
