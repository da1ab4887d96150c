"""Whose an employee number is on which day, and all that one human being is known by.

Everything that is looked up by a number or an id goes through here. A number may be of two human
beings, each on their days, and a human being may have several ids and numbers (`numbers.py` keeps
what officers ruled). Of a number that nobody ruled about all days are one person's.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from shared.database import ReadSession, Session

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


class Span(NamedTuple):
    """Half-open days on which a number is somebody's; None is open."""

    number: str
    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


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
        """For `spans`, and conditions with `:people` and `:numbers`."""
        every = [*map(Span, self.own), *self.shared]
        return {
            "people": self.ids,
            "numbers": [one.number for one in every],
            "numbers_since": [one.since for one in every],
            "numbers_until": [one.until for one in every],
        }


def spans(number: str, also: str) -> str:
    """The condition (SQL) that a number is one human being's (`Human.as_parameters`); where it is
    another's too, on the days (`also`, of `span`, see `within`)."""
    return f"""
        ({number} = ANY(:numbers) AND EXISTS (
            SELECT FROM unnest(CAST(:numbers AS text[]), CAST(:numbers_since AS date[]),
                CAST(:numbers_until AS date[])) AS span (number, since, until)
            WHERE span.number = {number}
                AND (coalesce(span.since, span.until) IS NULL OR {also})
        ))
    """


def within(day: str) -> str:
    return f"""
        ((span.since IS NULL OR span.since <= {day}) AND (span.until IS NULL OR {day} < span.until))
    """


def anothers(day: str) -> str:
    """The condition that on that day somebody else has one of a human being's numbers: what was
    taken for theirs then, before an officer ruled, was not."""
    return f"""
        EXISTS (SELECT FROM number_held AS held WHERE held.number = ANY(:numbers)
            AND held.person <> ALL(:people) AND held.during @> {day})
    """


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
