"""What is found of a person that still rests on who they are."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.membership.erasure.rules import in_the_way
from shared.contracts.membership import Obstacle
from shared.database import ReadSession, Session

_ALL_IDS = text("""
    WITH one AS (SELECT coalesce(same_as, id) AS id FROM person WHERE id = :person)
    SELECT person.id FROM person, one WHERE person.id = one.id OR person.same_as = one.id
""")
# Days to come count as today: who has been hired for next week is employed.
_FOUND = text("""
    SELECT 'employed' WHERE EXISTS (SELECT FROM employment
        WHERE person = ANY(:people) AND (upper(during) IS NULL OR upper(during) > :today))
    UNION ALL SELECT 'member' WHERE EXISTS (SELECT FROM member
        WHERE person = ANY(:people) AND (upper(during) IS NULL OR upper(during) > :today))
    UNION ALL SELECT 'post' WHERE EXISTS (SELECT FROM post
        WHERE person = ANY(:people) AND (upper(during) IS NULL OR upper(during) > :today))
    UNION ALL SELECT 'seat' WHERE EXISTS (
        SELECT FROM seat JOIN term ON term.id = seat.term JOIN body ON body.id = term.body
        WHERE seat.person = ANY(:people) AND term.withdrawn_at IS NULL
            AND (body.dissolved_on IS NULL OR body.dissolved_on > :today)
            AND NOT EXISTS (SELECT FROM term AS later
                WHERE later.body = term.body AND later.withdrawn_at IS NULL
                    AND later.since > term.since AND later.since <= :today)
            AND coalesce((SELECT until FROM seat_end WHERE seat_end.seat = seat.id
                ORDER BY nth DESC LIMIT 1) > :today, true))
    UNION ALL SELECT 'dues' WHERE EXISTS (
        SELECT FROM dues_fault JOIN payroll ON payroll.id = dues_fault.payroll
        WHERE dues_fault.person = ANY(:people) AND dues_fault.settled IS NULL
            AND payroll.state = 'booked')
    UNION ALL SELECT 'told-today' WHERE EXISTS (
        SELECT FROM hr_event WHERE about = ANY(ARRAY(
            SELECT employee FROM person WHERE id = ANY(:people)
            UNION SELECT number FROM number_held WHERE person = ANY(:people) AND upper_inf(during)
        )) AND type NOT LIKE 'hr.unit-%'
            AND CAST(raw -> 'data' ->> 'on' AS date) >= :today)
""")


async def obstacles(person: UUID, on: date, session: Session | ReadSession) -> list[Obstacle]:
    """In the order in which the rule names them: of the human being, under whatever id."""
    people = list(await session.scalars(_ALL_IDS, {"person": person}))
    found = await session.scalars(_FOUND, {"people": people, "today": on})
    return in_the_way(list(found), on)
