"""Who is erased: a human being with all ids and numbers, and nobody else who had one of these.

A number that is, or was, somebody else's too stays theirs, on the days on which it is. What was
ruled of it goes on to hold, with an id that is nobody's where the erased person's stood.
"""

import json
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.membership import numbers
from services.membership.timeline.rulings import fingerprint
from services.membership.whose import Human, human
from shared.contracts.hr import parse
from shared.database import Session
from shared.messages import uuid7
from shared.numbers_held import Span
from shared.personal import GONE

_LOCK = text("SELECT FROM person WHERE id = ANY(:people) ORDER BY id FOR UPDATE")


async def whole_of(person: UUID, session: Session) -> Human | None:
    """With their rows locked; None when they are erased."""
    found = await human(person, session)
    if found is None:
        return None
    await session.execute(_LOCK, {"people": found.ids})
    return await human(person, session)


def told_by(message: bytes, one: Span) -> bool:
    """Whether HR's message is of one of these days; one without a day is nobody else's."""
    try:
        return one.holds(date.fromisoformat(json.loads(message)["data"]["on"]))
    except (ValueError, TypeError, KeyError):
        return True


def seals(whole: Human, on: date) -> list[tuple[str, UUID, date]]:
    """Number, id, and the day from which it is somebody new. Each id has one at least."""
    of = {number: person for person, number in whole.called.items()}
    root = whole.ids[0]
    return [
        *((number, of.get(number, root), on) for number in whole.own),
        *((one.number, of.get(one.number, root), min(one.until or on, on)) for one in whole.shared),
    ]


# ------------------------------------------------------------------- numbers of others too

_ON_DAYS = """
    (CAST(:since AS date) IS NULL OR {day} >= :since)
        AND (CAST(:until AS date) IS NULL OR {day} < :until)
"""
_SAID = "CAST(raw -> 'data' ->> 'on' AS date)"
_NO_LONGER_SAID = text(f"""
    DELETE FROM hr_event WHERE about = :number AND type NOT LIKE 'hr.unit-%'
        AND {_ON_DAYS.format(day=_SAID)} RETURNING raw
""")  # noqa: S608 - all of it is ours
_NO_LONGER_UNFIT = text("""
    DELETE FROM unfit WHERE about = :number AND NOT of_unit AND NOT EXISTS (
        SELECT FROM hr_event WHERE hr_event.source = unfit.source AND hr_event.id = unfit.id)
""")
_NO_LONGER_ADRIFT = text(f"""
    DELETE FROM drift WHERE employee = :number AND {_ON_DAYS.format(day="found_on")}
""")  # noqa: S608
_NO_LONGER_RULED = text("""
    WITH gone AS (SELECT id FROM ruling
        WHERE employee = :number AND (event = ANY(:events) OR over = ANY(:events)))
    DELETE FROM ruling WHERE id IN (SELECT id FROM gone) OR takes_back IN (SELECT id FROM gone)
""")
_WHY = text("""
    UPDATE ruling SET reason = :gone WHERE employee = :number
        AND (id IN (SELECT id FROM number_ruling)
            OR takes_back IN (SELECT id FROM number_ruling))
""")
_NOBODY = text("""
    INSERT INTO person (id, employee)
    SELECT id, CAST(id AS text) FROM unnest(CAST(:nobodies AS uuid[])) AS id
""")
_NOT_JOINED = text("""
    WITH gone AS (
        SELECT id FROM number_ruling JOIN ruling USING (id)
        WHERE (number_ruling.person = ANY(:people) OR same_as = ANY(:people))
            AND (since IS NULL OR employee <> ALL(:numbers))
    )
    DELETE FROM ruling WHERE id IN (SELECT id FROM gone) OR takes_back IN (SELECT id FROM gone)
""")
_JOINED_TO_NOBODY = text("UPDATE number_ruling SET same_as = NULL WHERE same_as = ANY(:people)")
_PUT_NOBODY = """
    UPDATE {table} SET person = put.nobody
    FROM unnest(CAST(:people AS uuid[]), CAST(:nobodies AS uuid[])) AS put (person, nobody)
    WHERE {table}.person = put.person
"""
_PUT_NOBODY_RULED = text(_PUT_NOBODY.format(table="number_ruling"))
_PUT_NOBODY_FIRST = text(
    _PUT_NOBODY.format(table="number_first") + "AND number_first.number = ANY(:numbers)"
)


async def leave_to_others(whole: Human, session: Session) -> list[UUID]:
    """What numbers of others too tell of the erased person goes. Returns who stands for them in
    what was ruled: ids of nobody. Says nothing of whose they are now (`numbers.settle`)."""
    for one in whole.shared:
        said = await session.scalars(_NO_LONGER_SAID, one._asdict())
        events = [fingerprint(parse(raw)) for raw in said]
        await session.execute(_NO_LONGER_RULED, {"number": one.number, "events": events})
        await session.execute(_NO_LONGER_UNFIT, {"number": one.number})
        await session.execute(_NO_LONGER_ADRIFT, one._asdict())
        await session.execute(_WHY, {"number": one.number, "gone": GONE})
    nobodies = [uuid7() for _ in whole.ids] if whole.shared else []
    given = {
        "people": whole.ids,
        "nobodies": nobodies,
        "numbers": [one.number for one in whole.shared],
    }
    await session.execute(_NOT_JOINED, given)
    if nobodies:
        await session.execute(_NOBODY, given)
        await session.execute(_JOINED_TO_NOBODY, given)
        await session.execute(_PUT_NOBODY_RULED, given)
        await session.execute(_PUT_NOBODY_FIRST, given)
    return nobodies


async def settle_others(whole: Human, nobodies: list[UUID], session: Session) -> None:
    """Whose the numbers of others are, once the erased person has none."""
    if whole.shared:
        await numbers.settle({one.number for one in whole.shared}, nobodies, session)
