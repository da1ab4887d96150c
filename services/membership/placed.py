"""Who is employed where on a day, for comparing the roll with a list of HR's.

The tree is that of the day, as on the roll."""

from sqlalchemy import text

from services.membership.paging import cursor_after, place_in
from services.membership.units import known_unit
from shared.contracts.membership import PlacedOn, PlacedOnOf, Placement
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor

_COLUMNS = """
    SELECT person.employee, person.name, work.since AS employed_since,
        CASE WHEN work.since IS NULL THEN gone.left_on END AS left_on,
        unit.code AS unit, here.post, here.since,
        CASE WHEN here.since IS NULL THEN before.until END AS unplaced_since
"""
_DAYS = """
    LEFT JOIN LATERAL (
        SELECT lower(during) AS since FROM employment
        WHERE employment.person = person.id AND during @> CAST(:on AS date) OFFSET 0
    ) AS work ON true
    LEFT JOIN LATERAL (
        SELECT max(upper(during)) AS left_on FROM employment
        WHERE employment.person = person.id AND upper(during) <= CAST(:on AS date)
    ) AS gone ON true
    LEFT JOIN LATERAL (
        SELECT unit, post, lower(during) AS since FROM stay
        WHERE stay.person = person.id AND during @> CAST(:on AS date) OFFSET 0
    ) AS here ON true
    LEFT JOIN LATERAL (
        SELECT max(upper(during)) AS until FROM stay
        WHERE stay.person = person.id AND upper(during) <= CAST(:on AS date)
    ) AS before ON true
    LEFT JOIN unit ON unit.id = here.unit
"""
# Walked by their numbers until a piece is full: it costs what the piece is, however many there are.
WHOLE = f"""{_COLUMNS} FROM person {_DAYS}
    WHERE work.since IS NOT NULL AND person.employee > :after
    ORDER BY person.employee LIMIT :limit
"""
NAMED = f"""{_COLUMNS} FROM person {_DAYS}
    WHERE person.employee = ANY(:employees) AND person.employee > :after
    ORDER BY person.employee LIMIT :limit
"""
BELOW = f"""
    WITH here AS MATERIALIZED (
        SELECT placed.path FROM unit JOIN unit_placement AS placed ON placed.unit = unit.id
        WHERE unit.code = :unit AND placed.during @> CAST(:on AS date)
    ), below AS MATERIALIZED (
        SELECT placed.unit AS id FROM here JOIN unit_placement AS placed
            ON placed.path = here.path OR starts_with(placed.path, here.path || '/')
        WHERE placed.during @> CAST(:on AS date)
    ), there AS MATERIALIZED (
        SELECT theirs.person FROM below CROSS JOIN LATERAL (
            SELECT person FROM stay
            WHERE stay.unit = below.id AND stay.during @> CAST(:on AS date) OFFSET 0
        ) AS theirs
    )
    {_COLUMNS} FROM there JOIN person ON person.id = there.person {_DAYS}
    WHERE person.employee > :after ORDER BY person.employee LIMIT :limit
"""  # noqa: S608 - all of it is ours


@asked(PlacedOn)
async def placed_on(query: PlacedOn, actor: Actor, session: ReadSession) -> PlacedOnOf:
    """Of the whole company also those who are employed and in no unit."""
    query.for_whom.must_include(actor)
    (after,) = place_in(query.cursor, 1)
    given = {"on": query.on, "after": after or "", "limit": query.limit + 1}
    if query.employees is not None:
        statement = NAMED
        given["employees"] = query.employees.split()
    elif query.unit == COMPANY:
        statement = WHOLE
    else:
        statement = BELOW
        given["unit"] = (await known_unit(query.unit, session, status=404)).code
    found = (await session.execute(text(statement), given)).all()
    people = [Placement.model_validate(row, from_attributes=True) for row in found[: query.limit]]
    more = len(found) > query.limit
    return PlacedOnOf(
        on=query.on, items=people, cursor=cursor_after(people[-1].employee) if more else None
    )
