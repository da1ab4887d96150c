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
from shared.calendar import today
from shared.contracts.membership import Spell
from shared.database import ReadSession, Session

# A month is missed when its dues are, nobody has settled that, and they were not paid elsewhere. A
# payroll tells of whoever is in it, and of whoever stands where it is for.
_EVIDENCE = text(f"""
    SELECT person.id AS person,
        ARRAY(
            SELECT DISTINCT payroll.month
            FROM dues_fault AS fault JOIN payroll ON payroll.id = fault.payroll
            WHERE fault.person = person.id AND fault.kind = 'missing' AND fault.settled IS NULL
                AND payroll.state = 'booked' AND NOT EXISTS (
                    SELECT FROM payroll_row AS other JOIN payroll AS theirs
                        ON theirs.id = other.payroll
                    WHERE other.person = person.id AND other.money IN ('right', 'wrong')
                        AND theirs.state = 'booked' AND theirs.month = payroll.month
                        AND theirs.id <> payroll.id
                )
        ) AS missed,
        ARRAY(
            SELECT payroll.month FROM payroll JOIN unit ON unit.id = payroll.unit
            WHERE payroll.state = 'booked'
                AND (last.path = unit.path OR starts_with(last.path, unit.path || '/'))
            UNION
            SELECT payroll.month FROM payroll_row AS kept JOIN payroll ON payroll.id = kept.payroll
            WHERE kept.person = person.id AND payroll.state = 'booked'
        ) AS booked,
        ARRAY(
            SELECT jsonb_build_object('since', lower(during), 'until', upper(during)) FROM member
            WHERE member.person = person.id AND NOT kept
        ) AS voting,
        person.away,
        greatest(
            (SELECT last_on FROM activity WHERE activity.person = person.id),
            (SELECT max(least(upper(during) - 1, CAST(:today AS date))) FROM post
                WHERE post.person = person.id AND role IN ('leader', 'officer', 'chair')
                    AND lower(during) <= CAST(:today AS date)),
            (SELECT max(least(until - 1, CAST(:today AS date))) FROM {SEAT_HELD} AS seat_held
                WHERE seat_held.person = person.id AND since <= CAST(:today AS date)
                    AND (until IS NULL OR since < until))
        ) AS active_on
    FROM person LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE person.id = ANY(:people)
""")  # noqa: S608 - all of it is ours
_SPELLS = TypeAdapter(list[Spell])


async def evidence_of(
    people: Collection[UUID], session: Session | ReadSession
) -> dict[UUID, Evidence]:
    """Of those who are on the roll; one statement."""
    rows = await session.execute(_EVIDENCE, {"people": list(people), "today": today()})
    return {
        row.person: Evidence(
            missed=frozenset(row.missed),
            booked=frozenset(row.booked),
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
