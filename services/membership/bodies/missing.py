"""Where a union body is missing that the law asks for: a committee, by the members of a place.

Asked of the law for the company and its plants, which are employers or their grass-roots unions;
whether a workshop has a branch is for its union to say."""

from sqlalchemy import text

from services.membership.bodies import rules
from services.membership.provinces.lying import provinces_known
from shared.calendar import today
from shared.contracts.membership import (
    COUNTED_TO,
    MissingBodies,
    MissingBodiesOf,
    MissingBody,
)
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor, RuleBroken

# Of each place only as many members are counted as are told. The tree is that of the day; rights go
# by where a unit stands today.
MISSING = """
    WITH here AS MATERIALIZED (
        SELECT placed.path FROM unit JOIN unit_placement AS placed ON placed.unit = unit.id
        WHERE unit.code = :unit AND unit.known AND placed.during @> CAST(:on AS date)
    ), tree AS MATERIALIZED (
        SELECT unit, name, path FROM unit_placement WHERE during @> CAST(:on AS date)
    ), place AS MATERIALIZED (
        SELECT unit.id, unit.code, tree.name, tree.path
        FROM here JOIN tree ON tree.path = here.path OR starts_with(tree.path, here.path || '/')
        JOIN unit ON unit.id = tree.unit
        WHERE unit.known AND unit.kind IN ('company', 'plant')
            AND coalesce(unit.ended_on > CAST(:on AS date), true)
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
            AND NOT EXISTS (SELECT FROM body WHERE body.unit = unit.id AND kind = 'committee'
                AND founded_on <= CAST(:on AS date)
                AND (dissolved_on IS NULL OR dissolved_on > CAST(:on AS date)))
    ), counted AS (
        SELECT place.*, (
            SELECT count(*) FROM (
                SELECT FROM tree CROSS JOIN LATERAL (
                    SELECT person FROM stay
                    WHERE stay.unit = tree.unit AND stay.during @> CAST(:on AS date) OFFSET 0
                ) AS placed CROSS JOIN LATERAL (
                    SELECT FROM member WHERE member.person = placed.person
                        AND during @> CAST(:on AS date) AND NOT kept OFFSET 0
                ) AS joined
                WHERE tree.path = place.path OR starts_with(tree.path, place.path || '/')
                LIMIT :most
            ) AS theirs
        ) AS members FROM place
    )
    SELECT code AS unit, name AS unit_name, path, members FROM counted ORDER BY path
"""


@asked(MissingBodies)
async def missing_bodies(
    query: MissingBodies, actor: Actor, session: ReadSession
) -> MissingBodiesOf:
    """As of the day, by the law of the province in which a plant lies."""
    reach, on = query.for_whom.reach(actor), query.on or today()
    known = await session.scalar(
        text("SELECT true FROM unit WHERE code = :unit AND known"), {"unit": query.unit}
    )
    if not known:
        raise RuleBroken(
            "unknown-unit", f"there is no unit with the code {query.unit}", field="unit", status=404
        )
    provinces = await provinces_known(session)
    given = {"unit": query.unit, "on": on, "reach": reach, "most": COUNTED_TO}
    rows = (await session.execute(text(MISSING), given)).all()
    said = [
        (row, rules.committee_needed(row.members, on=on, province=provinces.at(row.path, on)))
        for row in rows
    ]
    return MissingBodiesOf(
        on=on,
        items=[
            MissingBody(
                unit=row.unit,
                unit_name=row.unit_name,
                kind="committee",
                members=row.members,
                needed=needed,
            )
            for row, needed in said
            if needed.lawful
        ],
    )
