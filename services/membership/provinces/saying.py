"""Saying in which province a plant lies, from a day on, and telling the other services of it."""

from uuid import UUID

from sqlalchemy import text

from services.membership import units
from services.membership.provinces.lying import provinces_known
from services.membership.provinces.map import EVERYWHERE
from services.membership.units import known_unit
from services.membership.units_told import tell_anew
from shared.calendar import today
from shared.contracts.membership import ProvinceOf, Provinces, ProvincesOf, SetProvince
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted
from shared.rights import Actor, RuleBroken

UNTOLD = "provinces-untold"
"""What falls due once, by a migration: what was said before facts carried it is told."""

_NO_LONGER = text("""
    DELETE FROM province
    WHERE unit = :unit AND (CAST(:on AS date) IS NULL OR lower(during) >= :on)
""")
_UNTIL_THEN = text("""
    UPDATE province SET during = during * daterange(NULL, CAST(:on AS date))
    WHERE unit = :unit AND during @> CAST(:on AS date)
""")
_FROM_THEN = text("""
    INSERT INTO province (unit, code, during, said_by)
    VALUES (:unit, :code, daterange(CAST(:on AS date), NULL), :by)
""")


@asked(SetProvince)
async def set_province(command: SetProvince, actor: Actor, session: Session) -> Accepted:
    """Verdicts keep the province that they were given by. A unit is told of by one writer at a
    time: whoever has the tree."""
    unit = await known_unit(command.unit, session)
    command.for_whom.must_include(actor, at=unit.path)
    if unit.kind not in ("plant", "company"):
        raise RuleBroken("no-plant", "a plant or the company has a province", field="unit")
    await units.lock(session)
    given = {"unit": unit.id, "on": command.on}
    await session.execute(_NO_LONGER, given)
    await session.execute(_UNTIL_THEN, given)
    if command.province:
        said = given | {"code": command.province, "by": actor.signature}
        await session.execute(_FROM_THEN, said)
    await tell_anew([unit.id], session)
    return Accepted(id=unit.id)


async def tell_all(session: Session) -> None:
    """All units of which anything was said; telling again changes nothing for whoever has heard."""
    await units.lock(session)
    said: list[UUID] = [*await session.scalars(text("SELECT DISTINCT unit FROM province"))]
    await tell_anew(said, session)


_PLANTS = text("""
    SELECT code AS unit, name AS unit_name, path FROM unit
    WHERE known AND kind IN ('company', 'plant')
        AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
            WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ORDER BY path
""")


@asked(Provinces)
async def provinces(query: Provinces, actor: Actor, session: ReadSession) -> ProvincesOf:
    """As the plants stand in the tree, and lie today."""
    on, known = today(), await provinces_known(session)
    rows = await session.execute(_PLANTS, {"reach": query.for_whom.reach(actor)})
    return ProvincesOf(
        items=[
            ProvinceOf.model_validate(
                {
                    "unit": row.unit,
                    "unit_name": row.unit_name,
                    "province": _or_none(known.at(row.unit, on)),
                    "holds": _or_none(known.at(row.path, on)),
                    "periods": known.said.get(row.unit, ()),
                }
            )
            for row in rows
        ]
    )


def _or_none(province: str) -> str | None:
    return None if province == EVERYWHERE else province
