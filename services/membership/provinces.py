"""省份: where plants lie. A unit is in the province of the nearest unit at or above it of which
that was said; where it was said of none, rules are those of the land (`*`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from services.membership.units import known_unit
from shared.contracts.membership import ProvinceOf, Provinces, ProvincesOf, SetProvince
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted
from shared.rights import Actor, RuleBroken

EVERYWHERE = "*"


@dataclass(frozen=True)
class Map:
    """What was said, by the path of the unit."""

    said: Mapping[str, str]

    def at(self, path: str | None) -> str:
        """The province by which rules are read there."""
        while path:
            if path in self.said:
                return self.said[path]
            path = path.rpartition("/")[0]
        return EVERYWHERE


async def provinces_known(session: Session | ReadSession) -> Map:
    """One statement; of a few plants."""
    rows = await session.execute(
        text("SELECT unit.path, province.code FROM province JOIN unit ON unit.id = province.unit")
    )
    return Map({row.path: row.code for row in rows})


async def province_at(path: str | None, session: Session | ReadSession) -> str:
    return (await provinces_known(session)).at(path)


@asked(SetProvince)
async def set_province(command: SetProvince, actor: Actor, session: Session) -> Accepted:
    """Verdicts keep the province that they were given by."""
    unit = await known_unit(command.unit, session)
    command.for_whom.must_include(actor, at=unit.path)
    if unit.kind not in ("plant", "company"):
        raise RuleBroken("no-plant", "a plant or the company has a province", field="unit")
    statement = (
        """
        INSERT INTO province (unit, code, said_by) VALUES (:unit, :code, :by)
        ON CONFLICT (unit) DO UPDATE
            SET code = excluded.code, said_by = excluded.said_by, said_at = now()
        """
        if command.province
        else "DELETE FROM province WHERE unit = :unit"
    )
    given = {"unit": unit.id, "code": command.province, "by": actor.signature}
    await session.execute(text(statement), given)
    return Accepted(id=unit.id)


_PLANTS = text("""
    SELECT code AS unit, name AS unit_name, path FROM unit
    WHERE known AND kind IN ('company', 'plant')
        AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
            WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ORDER BY path
""")


@asked(Provinces)
async def provinces(query: Provinces, actor: Actor, session: ReadSession) -> ProvincesOf:
    """As the plants stand in the tree."""
    known = await provinces_known(session)
    rows = await session.execute(_PLANTS, {"reach": query.for_whom.reach(actor)})
    return ProvincesOf(
        items=[
            ProvinceOf.model_validate(
                {
                    "unit": row.unit,
                    "unit_name": row.unit_name,
                    "province": known.said.get(row.path),
                    "holds": None if (held := known.at(row.path)) == EVERYWHERE else held,
                }
            )
            for row in rows
        ]
    )
