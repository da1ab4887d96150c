"""Who is employed where on a day, for comparing the roll with a list of HR's.

The tree is that of the day, as on the roll, and so are the numbers: one that is somebody else's
today was of who had it then."""

from sqlalchemy import text

from services.membership.paging import cursor_after, place_in
from services.membership.units import known_unit
from services.membership.whose import WHOSE_ON
from shared.contracts.membership import PlacedOn, PlacedOnOf, Placement
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor

_COLUMNS = """
    SELECT {employee} AS employee, {walked} AS walked, coalesce(theirs.numbers, '{{}}') AS numbers,
        person.name, work.since AS employed_since,
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
# Of whom somebody ruled about: all numbers on that day, and the one under which HR spoke last.
_NUMBERS = """
    LEFT JOIN LATERAL (
        SELECT array_agg(number ORDER BY number) AS numbers,
            (array_agg(number ORDER BY begun DESC NULLS LAST, number)
                FILTER (WHERE begun <= CAST(:on AS date)))[1] AS latest
        FROM (
            SELECT held.number, greatest(lower(held.during), (
                    SELECT min(CAST(raw -> 'data' ->> 'on' AS date)) FROM hr_event
                    WHERE about = held.number AND type NOT LIKE 'hr.unit-%'
                )) AS begun
            FROM number_held AS held
            WHERE held.person = person.id AND held.during @> CAST(:on AS date)
        ) AS held
    ) AS theirs ON true
"""
_OF_THE_DAY = _COLUMNS.format(
    employee="coalesce(theirs.latest, person.employee)", walked="person.employee"
)
# Walked by their numbers until a piece is full: it costs what the piece is, however many there are.
WHOLE = f"""{_OF_THE_DAY} FROM person {_DAYS} {_NUMBERS}
    WHERE work.since IS NOT NULL AND person.employee > :after
    ORDER BY person.employee LIMIT :limit
"""
NAMED = f"""{_COLUMNS.format(employee="given.number", walked="given.number")}
    FROM (SELECT DISTINCT unnest(CAST(:employees AS text[])) AS number) AS given
    CROSS JOIN LATERAL (
        SELECT ({WHOSE_ON.format(number="given.number", on=":on")}) AS id OFFSET 0
    ) AS whose
    JOIN person ON person.id = whose.id {_DAYS} {_NUMBERS}
    WHERE given.number > :after ORDER BY given.number LIMIT :limit
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
    {_OF_THE_DAY} FROM there JOIN person ON person.id = there.person {_DAYS} {_NUMBERS}
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
        on=query.on,
        items=people,
        cursor=cursor_after(found[query.limit - 1].walked) if more else None,
    )
