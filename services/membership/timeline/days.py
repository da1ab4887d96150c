"""What a person's timeline is made of: half-open days, None is open."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from services.membership.timeline.unfit import Unfit


class Spell(NamedTuple):
    """Employed. `retired`: HR says that it ended by retirement."""

    since: date
    until: date | None
    retired: bool = False


class Stay(NamedTuple):
    """In a unit (HR's code) with one post; another post is another stay."""

    unit: str
    post: str | None
    since: date
    until: date | None


class Absence(NamedTuple):
    """Away from the post. The kind of a leave is not told: it is nobody's business here."""

    kind: Literal["seconded", "leave"]
    since: date
    until: date | None


class Leave(NamedTuple):
    """A leave as HR told it, with its kind, which goes to nobody but those who care."""

    kind: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Each list is in order of days. Spells do not overlap, stays do not, absences of one kind do
    not; none is empty, but a leave may start and end on one day. `unfit` is in order of effect."""

    employed: list[Spell] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    unfit: list[Unfit] = field(default_factory=list)


def joined(absences: list[Absence]) -> list[Absence]:
    """Absences of one kind that overlap or meet are one: else the day on which a sick leave
    turns into a maternity leave would show."""
    rows: list[Absence] = []
    for absence in sorted(absences, key=lambda a: (a.kind, a.since)):
        if absence.since == absence.until:
            continue
        last = rows[-1] if rows else None
        if last and last.kind == absence.kind and absence.since <= (last.until or date.max):
            ends = (last.until, absence.until)
            rows[-1] = last._replace(until=None if None in ends else max(filter(None, ends)))
        else:
            rows.append(absence)
    return sorted(rows, key=lambda a: (a.since, a.kind))
