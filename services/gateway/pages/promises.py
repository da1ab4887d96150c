"""What the clock on a page shows: how many days are left, and what was promised."""

from dataclasses import dataclass
from datetime import date

from shared.calendar import today, working_days_after

MOST_WORKING_DAYS = 15
"""What is promised in working days is promised within three weeks; all else is in plain days."""


@dataclass(frozen=True)
class Promised:
    """So many days after the first one, working days or plain ones."""

    days: int
    working: bool


def promised(since: date, due_on: date) -> Promised:
    """Read off the two days, since the owner of the rule has decided by it already. The rules
    themselves stay with their owners."""
    if (due_on - since).days <= 2 * MOST_WORKING_DAYS - 5:
        for days in range(1, MOST_WORKING_DAYS + 1):
            if working_days_after(since, days).day == due_on:
                return Promised(days, working=True)
    return Promised((due_on - since).days, working=False)


def days_until(due_on: date) -> int:
    """Negative once it has passed."""
    return (due_on - today()).days
