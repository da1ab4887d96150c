"""What the house knows of somebody's dues and of their taking part, asked for many at once."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from services.membership.bodies.held import SEAT_HELD
from services.membership.lapse.rules import Evidence, Law, law
from services.membership.provinces.lying import province_of_person
from services.membership.whereabouts import LAST
from services.membership.whose import IDS
from shared.calendar import today
from shared.contracts.membership import Spell
from shared.database import ReadSession, Session

# A month is missed when its dues are, nobody has settled that, and they were not paid elsewhere. A
# payroll tells of whoever is in it, and of whoever stands where it is for. All of it is looked up
# for all of them together: one by one, each would be looked for in every payroll there is. What was
# said under the id of who turned out to be the same counts.
EVIDENCE = f"""
    WITH whose AS MATERIALIZED (
        SELECT person.id, person.away, last.path, {IDS.format(person="person.id")} AS ids
        FROM person LEFT JOIN LATERAL ({LAST}) AS last ON true
        WHERE person.id = ANY(CAST(:people AS uuid[]))
    ), theirs AS MATERIALIZED (
        SELECT id AS owner, unnest(ids) AS person FROM whose
    ), told AS MATERIALIZED (
        SELECT theirs.owner AS person, payroll.id AS payroll, payroll.month,
            kept.money IN ('right', 'wrong') AS paid
        FROM payroll_row AS kept JOIN payroll ON payroll.id = kept.payroll
        JOIN theirs ON theirs.person = kept.person
        WHERE kept.person = ANY(ARRAY(SELECT person FROM theirs)) AND payroll.state = 'booked'
    ), told_in AS (
        SELECT person, array_agg(DISTINCT month) AS months FROM told GROUP BY person
    ), missed AS (
        SELECT theirs.owner AS person, array_agg(DISTINCT payroll.month) AS months
        FROM dues_fault AS fault JOIN payroll ON payroll.id = fault.payroll
        JOIN theirs ON theirs.person = fault.person
        WHERE fault.person = ANY(ARRAY(SELECT person FROM theirs)) AND fault.kind = 'missing'
            AND fault.settled IS NULL AND payroll.state = 'booked' AND NOT EXISTS (
                SELECT FROM told WHERE told.person = theirs.owner AND told.paid
                    AND told.month = payroll.month AND told.payroll <> payroll.id
            )
        GROUP BY theirs.owner
    ), above AS (
        SELECT path, array_to_string((string_to_array(path, '/'))[1:deep], '/') AS over
        FROM (SELECT DISTINCT path FROM whose) AS place,
            generate_series(1, cardinality(string_to_array(path, '/'))) AS deep
    ), booked AS (
        SELECT above.path, array_agg(DISTINCT payroll.month) AS months
        FROM above JOIN unit ON unit.path = above.over JOIN payroll ON payroll.unit = unit.id
        WHERE payroll.state = 'booked' GROUP BY above.path
    )
    SELECT whose.id AS person, whose.away, missed.months AS missed,
        booked.months || told_in.months AS booked,
        ARRAY(
            SELECT jsonb_build_object('since', lower(during), 'until', upper(during)) FROM member
            WHERE member.person = whose.id AND NOT kept
        ) AS voting,
        greatest(
            (SELECT max(last_on) FROM activity WHERE activity.person = ANY(whose.ids)),
            (SELECT max(least(upper(during) - 1, CAST(:today AS date))) FROM post
                WHERE post.person = ANY(whose.ids) AND role IN ('leader', 'officer', 'chair')
                    AND lower(during) <= CAST(:today AS date)),
            (SELECT max(least(until - 1, CAST(:today AS date))) FROM {SEAT_HELD} AS seat_held
                WHERE seat_held.person = ANY(whose.ids) AND since <= CAST(:today AS date)
                    AND (until IS NULL OR since < until))
        ) AS active_on
    FROM whose LEFT JOIN told_in ON told_in.person = whose.id
    LEFT JOIN missed ON missed.person = whose.id
    LEFT JOIN booked ON booked.path = whose.path
"""  # noqa: S608 - all of it is ours
_SPELLS = TypeAdapter(list[Spell])


async def evidence_of(
    people: Collection[UUID], session: Session | ReadSession
) -> dict[UUID, Evidence]:
    """Of those who are on the roll; one statement."""
    rows = await session.execute(text(EVIDENCE), {"people": list(people), "today": today()})
    return {
        row.person: Evidence(
            missed=frozenset(row.missed or ()),
            booked=frozenset(row.booked or ()),
            voting=_SPELLS.validate_python(row.voting),
            away=_SPELLS.validate_python(row.away),
            active_on=row.active_on,
        )
        for row in rows
    }


async def law_at(person: UUID, session: Session | ReadSession) -> Law:
    """As it holds today where the person is, or was last."""
    return law(today(), await province_of_person(person, session))


async def note_activity(person: UUID, on: date, session: Session) -> None:
    """They took part on that day, in what is not kept."""
    await session.execute(
        text("""
            INSERT INTO activity (person, last_on) SELECT id, :on FROM person WHERE id = :person
            ON CONFLICT (person) DO UPDATE SET last_on = excluded.last_on
                WHERE activity.last_on < excluded.last_on
        """),
        {"person": person, "on": on},
    )
