"""The roll as of a day: who was employed where, who of them was in the union, and who had left.

Membership alone can tell: the days of memberships are kept here and in no fact (`member-joined`
says since when somebody is a member now), and so are the names.
"""

from typing import Any

from sqlalchemy import text

from services.membership.as_known import as_known, moment
from services.membership.paging import cursor_after, place_in
from shared.calendar import today
from shared.contracts.membership import Roll, RollEntry, RollOf
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor, RuleBroken

# Unit by unit, and then person by person: joined freely, a planner that knows neither day nor unit
# may read what everybody in the company has. OFFSET 0 keeps it from joining freely.
# The tree is that of the day; rights go by where a unit stands today.
_BELOW = """
    here AS MATERIALIZED (
        SELECT placed.path FROM unit JOIN unit_placement AS placed ON placed.unit = unit.id
        WHERE unit.code = :unit AND placed.during @> CAST(:on AS date)
    ), below AS MATERIALIZED (
        SELECT unit.id, unit.code, placed.name, placed.path
        FROM here JOIN unit_placement AS placed
            ON placed.path = here.path OR starts_with(placed.path, here.path || '/')
        JOIN unit ON unit.id = placed.unit
        WHERE placed.during @> CAST(:on AS date)
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    )
"""
_EMPLOYED = """
    SELECT theirs.person, theirs.post, below.code, below.name, below.path
    FROM below CROSS JOIN LATERAL (
        SELECT person, post FROM stay
        WHERE stay.unit = below.id AND stay.during @> CAST(:on AS date) OFFSET 0
    ) AS theirs
    UNION ALL
    SELECT person, NULL, NULL, NULL, '' FROM employment
    WHERE CAST(:whole AS boolean) AND during @> CAST(:on AS date)
        AND NOT EXISTS (SELECT FROM stay WHERE stay.person = employment.person
            AND stay.during @> CAST(:on AS date))
"""
# Who has left stands where they were last.
_LEFT = """
    SELECT theirs.person, theirs.post, below.code, below.name, below.path
    FROM below CROSS JOIN LATERAL (
        SELECT person, post FROM stay
        WHERE stay.unit = below.id AND stay.during << daterange(CAST(:on AS date), NULL)
            AND NOT EXISTS (SELECT FROM stay AS later WHERE later.person = stay.person
                AND later.during >> stay.during AND lower(later.during) <= CAST(:on AS date)
                OFFSET 0)
        OFFSET 0
    ) AS theirs
    WHERE CAST(:state AS text) IN ('left', 'kept')
        AND NOT EXISTS (SELECT FROM employment WHERE employment.person = theirs.person
            AND employment.during @> CAST(:on AS date) OFFSET 0)
    UNION ALL
    SELECT DISTINCT person, NULL, NULL, NULL, '' FROM employment
    WHERE CAST(:whole AS boolean) AND CAST(:state AS text) IN ('left', 'kept')
        AND during << daterange(CAST(:on AS date), NULL)
        AND NOT EXISTS (SELECT FROM employment AS now WHERE now.person = employment.person
            AND now.during @> CAST(:on AS date))
        AND NOT EXISTS (SELECT FROM stay WHERE stay.person = employment.person
            AND lower(stay.during) <= CAST(:on AS date))
"""
_KEY = """
    CASE CAST(:sort AS text)
        WHEN 'unit' THEN entry.path
        -- The later the day, the smaller: like all keys it is read upwards.
        WHEN 'latest' THEN
            lpad((DATE '2200-01-01' - coalesce(since, kept_since, left_on, '1900-01-01'))::text,
                6, '0')
        ELSE ''
    END
"""
ROLL = f"""
    WITH {_BELOW}, placed AS MATERIALIZED ({_EMPLOYED}), employed AS MATERIALIZED (
        SELECT placed.*, (
            SELECT lower(during) FROM member
            WHERE member.person = placed.person AND during @> CAST(:on AS date) AND NOT kept
        ) AS since, CAST(NULL AS date) AS left_on, CAST(NULL AS date) AS kept_since FROM placed
    ), gone AS MATERIALIZED ({_LEFT}), entry AS (
        SELECT * FROM employed WHERE CASE CAST(:state AS text)
            WHEN 'employed' THEN true
            WHEN 'member' THEN since IS NOT NULL
            WHEN 'not-member' THEN since IS NULL
            ELSE false
        END
        UNION ALL
        SELECT gone.*, NULL, (
            SELECT max(upper(during)) FROM employment
            WHERE employment.person = gone.person AND during << daterange(CAST(:on AS date), NULL)
        ), keeping.since FROM gone LEFT JOIN LATERAL (
            SELECT lower(during) AS since FROM member
            WHERE member.person = gone.person AND kept AND during @> CAST(:on AS date) OFFSET 0
        ) AS keeping ON true
        WHERE CAST(:state AS text) = 'left' OR keeping.since IS NOT NULL
    ), found AS (
        SELECT {_KEY} AS key, theirs.employee, theirs.name, entry.code AS unit,
            entry.name AS unit_name, entry.post, entry.since, entry.left_on, entry.kept_since
        FROM entry CROSS JOIN LATERAL (
            SELECT employee, name FROM person WHERE person.id = entry.person OFFSET 0
        ) AS theirs
        WHERE CAST(:words AS text) IS NULL
            OR starts_with(theirs.employee, :words) OR strpos(theirs.name, :words) > 0
    ), counted AS (
        SELECT (SELECT path FROM unit WHERE code = :unit AND known) AS path,
            count(code) AS heads, count(since) AS members, count(*) - count(code) AS unplaced
        FROM employed
    ), page AS (
        SELECT * FROM found
        WHERE CAST(:key AS text) IS NULL
            OR (key, employee) > (:key, CAST(:employee AS text))
        ORDER BY key, employee LIMIT :limit
    )
    SELECT counted.path, heads, members, unplaced, page.*
    FROM counted LEFT JOIN page ON true ORDER BY key, employee
"""  # noqa: S608 - all of it is ours
"""One row a person, and one without a person where there is nobody; the counts stand in each."""
# Nobody has to be found first: people are walked by their numbers until a piece is full, so it
# costs what the piece is. All that is done with everybody is to count them. Of those whose
# membership is kept there are few: they are taken by their index.
_PEOPLE = """
    WITH counted AS (
        SELECT 'company' AS path,
            (SELECT count(*) FROM stay WHERE during @> CAST(:on AS date)) AS heads,
            (SELECT count(*) FROM member
                WHERE during @> CAST(:on AS date) AND NOT kept) AS members,
            (SELECT count(*) FROM employment WHERE during @> CAST(:on AS date)) AS employed
    ), page AS (
        SELECT '' AS key, person.employee, person.name, unit.code AS unit,
            coalesce(placed.name, unit.name) AS unit_name,
            last.post, CASE WHEN work.here AND NOT joined.kept THEN joined.since END AS since,
            CASE WHEN NOT work.here THEN work.ended END AS left_on,
            CASE WHEN NOT work.here AND joined.kept THEN joined.since END AS kept_since
        FROM {people} AS person
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE during @> CAST(:on AS date)) > 0 AS here,
                max(upper(during)) FILTER (WHERE upper(during) <= CAST(:on AS date)) AS ended
            FROM employment WHERE employment.person = person.id
        ) AS work
        LEFT JOIN LATERAL (
            SELECT unit, post, during FROM stay
            WHERE stay.person = person.id AND lower(during) <= CAST(:on AS date)
            ORDER BY lower(during) DESC LIMIT 1
        ) AS last ON NOT work.here OR last.during @> CAST(:on AS date)
        LEFT JOIN unit ON unit.id = last.unit
        LEFT JOIN unit_placement AS placed
            ON placed.unit = last.unit AND placed.during @> CAST(:on AS date)
        LEFT JOIN LATERAL (
            SELECT lower(during) AS since, kept FROM member
            WHERE member.person = person.id AND during @> CAST(:on AS date) OFFSET 0
        ) AS joined ON true
        WHERE person.employee > coalesce(CAST(:employee AS text), '')
            AND CASE CAST(:state AS text)
                WHEN 'employed' THEN work.here
                WHEN 'member' THEN work.here AND NOT joined.kept
                WHEN 'not-member' THEN work.here AND coalesce(joined.kept, true)
                WHEN 'kept' THEN NOT work.here AND joined.kept
                ELSE NOT work.here AND work.ended IS NOT NULL
            END
            AND (CAST(:words AS text) IS NULL
                OR starts_with(person.employee, :words) OR strpos(person.name, :words) > 0)
        ORDER BY person.employee LIMIT :limit
    )
    SELECT path, heads, members, employed - heads AS unplaced, page.*
    FROM counted LEFT JOIN page ON true ORDER BY employee
"""
WHOLE = _PEOPLE.format(people="person")
"""The same of the whole company in the order of numbers, which is how most people look at it."""
KEPT = _PEOPLE.format(
    people="""(
            SELECT theirs.* FROM member CROSS JOIN LATERAL (
                SELECT id, employee, name FROM person WHERE person.id = member.person OFFSET 0
            ) AS theirs
            WHERE member.kept AND member.during @> CAST(:on AS date)
        )"""
)


STATEMENTS = {each: (each, as_known(each)) for each in (ROLL, WHOLE, KEPT)}


@asked(Roll)
async def roll(query: Roll, actor: Actor, session: ReadSession) -> RollOf:
    """As of the day, within the reach of who asks. Who is in no unit is shown to those whose reach
    is the whole company."""
    reach, on = query.for_whom.reach(actor), query.on or today()
    key, employee = place_in(query.cursor, 2)
    whole = query.unit == COMPANY and COMPANY in reach
    known = moment(query.known)
    walked = whole and query.sort == "number"
    now, then = STATEMENTS[(KEPT if query.kept else WHOLE) if walked else ROLL]
    statement = then if known else now
    given = (
        query.model_dump(include={"unit", "sort"})
        | {
            "state": "kept" if query.kept else query.state,
            "on": on,
            "reach": reach,
            "whole": whole,
            "words": query.words or None,
            "key": key,
            "employee": employee,
            "limit": query.limit + 1,
        }
        | ({"known": known} if known else {})
    )
    found = (await session.execute(text(statement), given)).all()
    if found[0].path is None:
        raise RuleBroken(
            "unknown-unit", f"there is no unit with the code {query.unit}", field="unit", status=404
        )
    people = [row for row in found if row.employee is not None]
    more = len(people) > query.limit
    people = people[: query.limit]
    return RollOf(
        on=on,
        known=known,
        heads=found[0].heads,
        members=found[0].members,
        unplaced=found[0].unplaced,
        items=[_entry(row) for row in people],
        cursor=cursor_after(people[-1].key, people[-1].employee) if more else None,
    )


def _entry(row: Any) -> RollEntry:
    state = "left" if row.left_on else "member" if row.since else "not-member"
    return RollEntry(
        employee=row.employee,
        name=row.name,
        unit=row.unit,
        unit_name=row.unit_name,
        post=row.post,
        state=state,
        member_since=row.since,
        left_on=row.left_on,
        kept_since=row.kept_since,
    )
