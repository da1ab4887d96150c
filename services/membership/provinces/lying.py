"""Where a unit lay on a day: for the rules that judge what is of that day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.membership.provinces.map import EVERYWHERE, Map
from services.membership.whereabouts import LAST
from shared.calendar import today
from shared.contracts.membership import InProvince
from shared.database import ReadSession, Session

_SAID = """
    SELECT unit.id, unit.code AS unit, province.code AS province, lower(during) AS since,
        upper(during) AS until
    FROM province JOIN unit ON unit.id = province.unit
"""
_IN_ORDER = " ORDER BY unit.code, lower(during) NULLS FIRST"
# By the tree of the day: the nearest at or above of which it was said.
_OF = text("""
    SELECT province.code FROM unit_placement AS here
    JOIN unit ON unit.code = ANY(string_to_array(here.path, '/'))
    JOIN province ON province.unit = unit.id AND province.during @> CAST(:on AS date)
    WHERE here.unit = :unit AND here.during @> CAST(:on AS date)
    ORDER BY array_position(string_to_array(here.path, '/'), unit.code) DESC LIMIT 1
""")
_LAST_PLACE = text(f"""
    SELECT last.path FROM person LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE person.id = :person
""")  # noqa: S608 - all of it is ours


async def provinces_known(session: Session | ReadSession) -> Map:
    """One statement; of a few plants."""
    rows = await session.execute(text(_SAID + _IN_ORDER))
    held = (
        (row.unit, InProvince(province=row.province, since=row.since, until=row.until))
        for row in rows
    )
    return Map.of(held)


async def province_of(unit: UUID, on: date, session: Session | ReadSession) -> str:
    """By whose rules what is of that day is judged in a unit."""
    found: str | None = await session.scalar(_OF, {"unit": unit, "on": on})
    return found or EVERYWHERE


async def province_of_person(person: UUID, session: Session | ReadSession) -> str:
    """As of today, where they are, or were last."""
    on = today()
    path = await session.scalar(_LAST_PLACE, {"person": person, "today": on})
    return (await provinces_known(session)).at(path, on)


async def said_of(
    units: Collection[UUID], session: Session | ReadSession
) -> dict[UUID, tuple[InProvince, ...]]:
    """What was said of these units themselves, in order."""
    rows = await session.execute(
        text(f"{_SAID} WHERE province.unit = ANY(:units) {_IN_ORDER}"), {"units": list(units)}
    )
    said: defaultdict[UUID, tuple[InProvince, ...]] = defaultdict(tuple)
    for row in rows:
        held = InProvince(province=row.province, since=row.since, until=row.until)
        said[row.id] += (held,)
    return said
