"""What of a unit is told to the other services."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.provinces.lying import said_of
from shared.calendar import today
from shared.contracts.membership import UnitPlaced, UnitStood
from shared.database import Session
from shared.outbox import state

Earlier = Mapping[UUID, list[UnitStood]]


def earlier(rows: Iterable[tuple[Any, ...]], on: date) -> dict[UUID, list[UnitStood]]:
    """Of each unit that stood elsewhere once, or was called otherwise: until when, in order."""
    past: defaultdict[UUID, list[UnitStood]] = defaultdict(list)
    for unit, name, _, path, _, _, until in rows:
        if until is not None and until <= on:
            past[unit].append(UnitStood(name=name, path=path, until=until))
    for stood in past.values():
        stood.sort(key=attrgetter("until"))
    return past


async def tell(rows: Collection[Mapping[str, Any]], stood: Earlier, session: Session) -> None:
    """As each stands today, where it stood before, where it lies, and when it ends."""
    if not rows:
        return
    told = ("code", "name", "kind", "parent", "path", "plant", "ended_on")
    said = await said_of([row["id"] for row in rows], session)
    for row in rows:
        fact = UnitPlaced(
            unit=row["id"],
            earlier=tuple(stood.get(row["id"], ())),
            provinces=said[row["id"]],
            **{name: row[name] for name in told},
        )
        state(session, fact)


_ROWS = text("SELECT * FROM unit WHERE known AND id = ANY(:units) ORDER BY path")
_STOOD = text("""
    SELECT unit, name, parent, path, plant, lower(during), upper(during)
    FROM unit_placement WHERE unit = ANY(:units)
""")


async def tell_anew(units: Collection[UUID], session: Session) -> None:
    """What was said of them beside HR has changed. The callers hold the tree."""
    given = {"units": list(units)}
    rows = [dict(row._mapping) for row in await session.execute(_ROWS, given)]
    stood = earlier([tuple(row) for row in await session.execute(_STOOD, given)], today())
    await tell(rows, stood, session)
