"""Where the bodies of the union do not stand as they should.

A committee is missing by the members of a place. That is asked of the law for the company and its
plants, which are employers or their grass-roots unions; whether a workshop has a branch is for its
union to say. A body does not end with its unit by itself, nor a seat with a membership: who
dissolves the one and who follows in the other is decided by people, who are told here.
"""

from sqlalchemy import text

from services.membership.bodies import rules
from services.membership.bodies.held import SEAT_HELD
from services.membership.provinces.lying import provinces_known
from shared.calendar import today
from shared.contracts.membership import (
    COUNTED_TO,
    MissingBodies,
    MissingBodiesOf,
    MissingBody,
    Outsider,
    StrandedBody,
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

# Where a unit stands today, or stood last: one that has ended is in no tree of that day.
_BELOW = """
    here AS MATERIALIZED (SELECT path FROM unit WHERE code = :unit AND known),
    below AS MATERIALIZED (
        SELECT unit.* FROM here JOIN unit
            ON unit.path = here.path OR starts_with(unit.path, here.path || '/')
        WHERE unit.known
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ), there AS MATERIALIZED (
        SELECT body.id AS body, body.kind, body.name, below.code AS unit, below.name AS unit_name,
            below.path, below.ended_on
        FROM below CROSS JOIN LATERAL (
            SELECT * FROM body WHERE body.unit = below.id AND founded_on <= CAST(:on AS date)
                AND (dissolved_on IS NULL OR dissolved_on > CAST(:on AS date)) OFFSET 0
        ) AS body
    )
"""
STRANDED = f"""
    WITH {_BELOW}
    SELECT body, kind, name, unit, unit_name, ended_on FROM there
    WHERE ended_on <= CAST(:on AS date) ORDER BY path, kind, body LIMIT :most
"""  # noqa: S608
OUTSIDERS = f"""
    WITH {_BELOW}
    SELECT there.body, there.kind, there.name, sits.id AS seat, sits.post, person.employee,
        person.name AS person_name,
        CASE WHEN works.yes THEN 'left-union' ELSE 'left-company' END AS why
    FROM there CROSS JOIN LATERAL (
        SELECT * FROM {SEAT_HELD} AS seat_held WHERE seat_held.body = there.body
            AND since <= CAST(:on AS date) AND (until IS NULL OR until > CAST(:on AS date)) OFFSET 0
    ) AS sits JOIN person ON person.id = sits.person CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM employment WHERE employment.person = sits.person
            AND during @> CAST(:on AS date)) AS yes
    ) AS works
    WHERE NOT EXISTS (SELECT FROM member WHERE member.person = sits.person
        AND during @> CAST(:on AS date) AND NOT kept) AND NOT (works.yes AND sits.vouched)
    ORDER BY there.path, there.kind, there.body, sits.id LIMIT :most
"""  # noqa: S608


@asked(MissingBodies)
async def missing_bodies(
    query: MissingBodies, actor: Actor, session: ReadSession
) -> MissingBodiesOf:
    """As of the day, by the law of the province in which a plant lies. Who was elected by vouching
    for a membership that is on no file here is not held against it while they work here."""
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
    stranded = (await session.execute(text(STRANDED), given)).all()
    outsiders = (await session.execute(text(OUTSIDERS), given)).all()
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
        stranded=[StrandedBody.model_validate(row, from_attributes=True) for row in stranded],
        outsiders=[Outsider.model_validate(row, from_attributes=True) for row in outsiders],
    )
