"""Days on which a number is somebody's, as conditions of statements: a number may have been of two
human beings, and what is said of it is of who had it on that day.

Parameters are `:numbers`, `:numbers_since` and `:numbers_until`, of equal length: `as_parameters`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple


class Span(NamedTuple):
    """Half-open days on which a number is somebody's; None is open. A number that nobody else has,
    or had, has no days at all."""

    number: str
    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


def as_parameters(spans: Iterable[Span]) -> dict[str, Any]:
    every = list(spans)
    return {
        "numbers": [one.number for one in every],
        "numbers_since": [one.since for one in every],
        "numbers_until": [one.until for one in every],
    }


SPANS = """
    unnest(CAST(:numbers AS text[]), CAST(:numbers_since AS date[]), CAST(:numbers_until AS date[]))
        AS span (number, since, until)
"""


def spans(number: str, also: str) -> str:
    """The condition that a number is one of these; where it is another's too, on the days (`also`,
    of `span`, see `within`)."""
    return f"""
        ({number} = ANY(:numbers) AND EXISTS (
            SELECT FROM {SPANS} WHERE span.number = {number}
                AND (coalesce(span.since, span.until) IS NULL OR {also})
        ))
    """


def within(day: str) -> str:
    return f"""
        ((span.since IS NULL OR span.since <= {day}) AND (span.until IS NULL OR {day} < span.until))
    """
