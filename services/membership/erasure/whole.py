"""Who is erased: a human being with all ids and numbers, and nobody else who had one of these.

A number that is, or was, somebody else's too stays theirs, on the days on which it is. What was
ruled of it goes on to hold, with an id that is nobody's where the erased person's stood.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.membership import numbers
from services.membership.timeline.rulings import fingerprint
from shared.contracts.hr import parse
from shared.database import Session
from shared.messages import uuid7
from shared.personal import GONE


class Shared(NamedTuple):
    """Half-open days on which a number was theirs that is, or was, somebody else's too."""

    number: str
    since: date | None
    until: date | None

    def is_told_by(self, message: bytes) -> bool:
        """Whether HR's message is of one of these days; one without a day is nobody else's."""
        try:
            on = date.fromisoformat(json.loads(message)["data"]["on"])
        except (ValueError, TypeError, KeyError):
            return True
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Whole:
    """`called`: id → the number that it is found by. `own`: all numbers that nobody else has, or
    had; those that only mark whose number is another's by now are among them."""

    called: dict[UUID, str]
    own: list[str]
    shared: list[Shared]

    @property
    def ids(self) -> list[UUID]:
        return list(self.called)

    def seals(self, on: date) -> list[tuple[str, UUID, date]]:
        """Number, id, and the day from which it is somebody new. Each id has one at least."""
        of = {number: person for person, number in self.called.items()}
        root = self.ids[0]
        return [
            *((number, of.get(number, root), on) for number in self.own),
            *(
                (one.number, of.get(one.number, root), min(one.until or on, on))
                for one in self.shared
            ),
        ]


# The id of whom they turned out to be first; who is erased already has no number.
_IDS = text("""
    WITH one AS (SELECT coalesce(same_as, id) AS id FROM person WHERE id = :person)
    SELECT person.id, person.employee FROM person, one
    WHERE (person.id = one.id OR person.same_as = one.id)
        AND person.employee <> replace(CAST(person.id AS text), '-', '')
    ORDER BY person.id <> one.id, person.id
""")
_LOCK = text("SELECT FROM person WHERE id = ANY(:people) ORDER BY id FOR UPDATE")
_HELD = text("""
    SELECT mine.number, lower(mine.during) AS since, upper(mine.during) AS until,
        EXISTS (SELECT FROM number_held AS other
            WHERE other.number = mine.number AND other.person <> ALL(:people)) AS shared
    FROM number_held AS mine WHERE mine.person = ANY(:people) ORDER BY 1, 2 NULLS FIRST
""")


async def whole_of(person: UUID, session: Session) -> Whole | None:
    """With their rows locked; None when they are erased."""
    rows = (await session.execute(_IDS, {"person": person})).all()
    called: dict[UUID, str] = {row.id: row.employee for row in rows}
    if not called:
        return None
    people = {"people": [*called]}
    await session.execute(_LOCK, people)
    held = (await session.execute(_HELD, people)).all()
    shared = [Shared(row.number, row.since, row.until) for row in held if row.shared]
    not_theirs = {one.number for one in shared}
    every = [*called.values(), *(row.number for row in held)]
    own = [number for number in dict.fromkeys(every) if number not in not_theirs]
    return Whole(called, own, shared)


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


async def leave_to_others(whole: Whole, session: Session) -> list[UUID]:
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


async def settle_others(whole: Whole, nobodies: list[UUID], session: Session) -> None:
    """Whose the numbers of others are, once the erased person has none."""
    if whole.shared:
        await numbers.settle({one.number for one in whole.shared}, nobodies, session)
