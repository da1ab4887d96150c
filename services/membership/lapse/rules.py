"""When months without dues and without taking part are enough to admonish a member, and when that
still holds: pure functions over dated rules. A month is its first day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from services.membership.dues.rules import months_before, next_month
from services.membership.rules import version_of
from shared.calendar import calendar_days_after
from shared.contracts.membership import AdmonitionEnd, LapseState, Spell
from shared.rulebook import Version


@dataclass(frozen=True)
class Evidence:
    """What the house knows of one member. `missed`: booked months whose dues are missing and not
    settled; `booked`: months in which a payroll was booked that the member would be in, or was.
    `voting`: days of membership with a vote; `away`: days of absence, of whatever kind.
    `active_on`: the last day on which they are known to have taken part."""

    missed: Collection[date] = frozenset()
    booked: Collection[date] = frozenset()
    voting: Sequence[Spell] = ()
    away: Sequence[Spell] = ()
    active_on: date | None = None


class Run(NamedTuple):
    """Months in a row, both ends among them."""

    first: date
    last: date

    @property
    def after(self) -> date:
        return next_month(self.last)


class Law(NamedTuple):
    """The versions that hold on a day in a province."""

    deemed: Version
    proof: Version
    mending: Version
    province: str

    @property
    def within(self) -> int:
        """Months back, from this one on, that prove something."""
        return int(self.proof.values["within_months"])

    @property
    def months(self) -> int:
        return int(self.deemed.values["months"])


def law(on: date, province: str = "*") -> Law:
    names = ("deemed-left", "lapse-proof", "admonition")
    deemed, proof, mending = (version_of(name, on, province) for name in names)
    return Law(deemed, proof, mending, province)


def lapsed(seen: Evidence, on: date, by: Law) -> Run | None:
    """The months for which the member may be admonished on that day; None while anything speaks for
    them.

    They end with the newest month that is booked, for whoever paid in that one has mended; and
    begin no longer ago than proof is good for. Who is away on that day is not spoken of.
    """
    newest = max((*seen.missed, *seen.booked), default=None)
    if newest is None or away_on(seen, on):
        return None
    run = Run(months_before(newest, by.months - 1), newest)
    if run.first < months_before(on.replace(day=1), by.within):
        return None
    return run if stands(run, seen, on, by) else None


def stands(run: Run, seen: Evidence, on: date, by: Law) -> bool:
    """Whether these months still speak against the member on that day.

    Each is booked, missing and not settled, and none is one of which the member was mostly away;
    nothing was paid in a later one; from the first on nothing is known of taking part, and they
    were a member with a vote on every day.
    """
    if on < run.after or not _covers(seen.voting, run.first, on):
        return False
    if seen.active_on is not None and seen.active_on >= run.first:
        return False
    if any(month > run.last and month not in seen.missed for month in seen.booked):
        return False
    most: int = by.proof.values["away_days"]
    return all(
        month in seen.missed and days_away(seen, month, next_month(month)) < most
        for month in months_of(run)
    )


def months_of(run: Run) -> Iterable[date]:
    month = run.first
    while month <= run.last:
        yield month
        month = next_month(month)


def away_on(seen: Evidence, on: date) -> bool:
    return any(spell.holds(on) for spell in seen.away)


def days_away(seen: Evidence, since: date, until: date) -> int:
    """Of the days from `since` up to, not including, `until`; one counts once."""
    days: set[date] = set()
    for spell in seen.away:
        day, end = max(spell.since, since), min(spell.until or until, until)
        while day < end:
            days.add(day)
            day += timedelta(1)
    return len(days)


def _covers(spells: Iterable[Spell], since: date, on: date) -> bool:
    """Every day from `since` to `on`."""
    reached = since
    for spell in sorted(spells, key=lambda each: each.since):
        if spell.since <= reached and (spell.until is None or spell.until > reached):
            if spell.until is None or spell.until > on:
                return True
            reached = spell.until
    return False


def due_on(entered_on: date, by: Law) -> date:
    """The last day to mend: counted from the day on which the admonition was entered, from which on
    the member can read it here."""
    days: int = by.mending.values["days"]
    return calendar_days_after(entered_on, days).day


def state(
    due: date | None, ended: AdmonitionEnd | None, run: Run | None, on: date
) -> LapseState | None:
    """How a member stands: `due`, `ended` are those of the newest admonition, if there was one;
    `run` the months that speak against them, of that admonition while it stands."""
    if run is None:
        return None
    if due is None or ended is not None:
        return "to-admonish"
    return "running" if on <= due else "over"
