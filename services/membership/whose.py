"""Whose an employee number is on which day, and all that one human being is known by.

Everything that is looked up by a number or an id goes through here. A number may be of two human
beings, each on their days, and a human being may have several ids and numbers (`numbers.py` keeps
what officers ruled). Of a number that nobody ruled about all days are one person's.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.database import ReadSession, Session
from shared.numbers_held import Span, as_parameters

WHOSE = """
    SELECT coalesce(called.same_as, called.id) FROM person AS called
    WHERE called.employee = {number}
"""
"""Whose a number is today, also one that a person had before: their id."""
WHOSE_ON = f"""
    SELECT coalesce(
        (SELECT held.person FROM number_held AS held
            WHERE held.number = {{number}} AND held.during @> CAST({{on}} AS date)),
        ({WHOSE})
    )
"""  # noqa: S608 - all of it is ours
"""Whose a number is on a day; null where nobody has it."""
EITHER = "ARRAY(SELECT id FROM person AS said WHERE said.id = :person OR said.same_as = :person)"
"""The ids of a person: their own, and of whom it turned out that they are the same."""
SAID_BY = """
    person AS said ON said.id = {}.person
    JOIN person ON person.id = coalesce(said.same_as, said.id)
"""
"""What a row is joined with to have the `person` it is of, whoever it was said of."""
IDS = """
    ARRAY(SELECT {person} UNION ALL
        SELECT joined.id FROM person AS joined WHERE joined.same_as = {person})
"""
"""All ids of a human being, of the one that they go by: what was said under each counts."""
JOINED = """
    SELECT known.id, known.same_as
    FROM (SELECT DISTINCT person FROM number_ruling) AS ruled CROSS JOIN LATERAL (
        SELECT id, same_as FROM person
        WHERE person.id = ruled.person AND same_as IS NOT NULL OFFSET 0
    ) AS known
"""
"""Everybody who turned out to be another: few, and found without looking at anybody else."""


@dataclass(frozen=True)
class Human:
    """One human being. `called`: id → the number that it is found by, the id that they go by first.
    `own`: all numbers that nobody else has, or had; those that only mark whose number is another's
    by now are among them. `shared`: days of numbers that are, or were, somebody else's too."""

    called: dict[UUID, str]
    own: list[str]
    shared: list[Span]

    @property
    def ids(self) -> list[UUID]:
        return list(self.called)

    def as_parameters(self) -> dict[str, Any]:
        """For conditions with `:people`, `:numbers`, and those of `shared.numbers_held`."""
        every = [*map(Span, self.own), *self.shared]
        return {"people": self.ids} | as_parameters(every)


def anothers(day: str) -> str:
    """The condition that on that day somebody else has one of a human being's numbers, and they
    have none: what was taken for theirs then, before an officer ruled, was not."""
    return f"""
        (EXISTS (SELECT FROM number_held AS held WHERE held.number = ANY(:numbers)
            AND held.person <> ALL(:people) AND held.during @> {day})
        AND NOT EXISTS (SELECT FROM number_held AS held
            WHERE held.person = ANY(:people) AND held.during @> {day}))
    """  # noqa: S608 - all of it is ours


# Who is erased already has no number.
_IDS = text("""
    WITH one AS (SELECT coalesce(same_as, id) AS id FROM person WHERE id = :person)
    SELECT person.id, person.employee FROM person, one
    WHERE (person.id = one.id OR person.same_as = one.id)
        AND person.employee <> replace(CAST(person.id AS text), '-', '')
    ORDER BY person.id <> one.id, person.id
""")
_HELD = text("""
    SELECT mine.number, lower(mine.during) AS since, upper(mine.during) AS until,
        EXISTS (SELECT FROM number_held AS other
            WHERE other.number = mine.number AND other.person <> ALL(:people)) AS shared
    FROM number_held AS mine WHERE mine.person = ANY(:people) ORDER BY 1, 2 NULLS FIRST
""")


async def human(person: UUID, session: Session | ReadSession) -> Human | None:
    """By any of their ids. None when they are erased, or there is nobody."""
    rows = (await session.execute(_IDS, {"person": person})).all()
    called: dict[UUID, str] = {row.id: row.employee for row in rows}
    if not called:
        return None
    held = (await session.execute(_HELD, {"people": [*called]})).all()
    shared = [Span(row.number, row.since, row.until) for row in held if row.shared]
    not_theirs = {one.number for one in shared}
    every = [*called.values(), *(row.number for row in held)]
    own = [number for number in dict.fromkeys(every) if number not in not_theirs]
    return Human(called, own, shared)
