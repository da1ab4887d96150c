"""A person's days at the company, from HR's events about their employee numbers.

What the events mean is HR's convention: `on` is the first day on which something holds, and a
person is in a unit from `on` up to, not including, the day of leaving it. So all periods here are
half-open days: `since` belongs to them, `until` does not, None is open.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import date
from itertools import groupby

from services.membership.timeline.days import Absence, Leave, Spell, Stay, Timeline, joined
from services.membership.timeline.growth import End, heir
from services.membership.timeline.unfit import Unfit, unfit, without_repeats
from shared.contracts.hr import (
    Data,
    EmployeeAssigned,
    EmployeeHired,
    EmployeeLeft,
    EmployeeRetitled,
    EmployeeReturned,
    EmployeeSeconded,
    EmployeeTransferred,
    EmployeeUnassigned,
    HrEvent,
    LeaveEnded,
    LeaveStarted,
    OfEmployee,
)
from shared.contracts.hr_fields import UnitCode


class AssignedFrom(EmployeeAssigned):
    """An assignment of somebody who is in a unit, which an officer has ruled to be a move."""

    from_unit: UnitCode


class LeftFirst(EmployeeLeft):
    """Leaving on the day of being hired again, which an officer has ruled to come before that."""


# The order of effect on one day. What stands in one line waits for another of that line: transfers
# are chained by the unit they start from, a leave may start and end on the day that another ended.
_STEPS: tuple[tuple[type[OfEmployee], ...], ...] = (
    (LeftFirst,),
    (EmployeeHired,),
    (EmployeeUnassigned,),
    (EmployeeAssigned, EmployeeTransferred, AssignedFrom),
    (EmployeeRetitled,),
    (LeaveEnded, EmployeeReturned, LeaveStarted, EmployeeSeconded),
    (EmployeeLeft,),
)
_PLACE = {kind: (step, at) for step, line in enumerate(_STEPS) for at, kind in enumerate(line)}


def timeline(
    events: Iterable[HrEvent], known_units: Container[str], ends: Mapping[str, End] | None = None
) -> Timeline:
    """All events of one person, in any order, repeated or not → the person's days.

    What contradicts the rest is not guessed at: it is reported in `unfit` and everything else goes
    on as if it had not come. One report stands beside an effect: `identity-changed`, a hire whose
    days fit while its name or birth date is not that of the hire before.
    Events that place nobody (units, intended dismissals) have no effect. `known_units` holds the
    codes of the units that exist or did, `ends` when and how units ended. Who is in a unit on the
    day on which it is merged is in the other one from then on, and the code of a merged unit is
    from that day on another name of that one. Who is still in a unit on the day on which it is
    closed is in none from then on; whoever HR places elsewhere on that very day goes there.
    """
    fold = _Fold(known_units, ends or {})
    mine = [event for event in without_repeats(events, fold.unfit) if places(event)]
    # Sorting is stable: of two in the same place, the older stays first.
    for _, line in groupby(sorted(mine, key=order), key=lambda event: order(event)[:2]):
        fold.take(list(line))
    return fold.finish()


def places(event: HrEvent) -> bool:
    """Whether it is of a kind that a person's days follow from."""
    return type(event.data) in _PLACE


def order(event: HrEvent) -> tuple[date, int, int]:
    """The place in the order of effect. Only for what `places`."""
    assert isinstance(event.data, OfEmployee)
    return event.data.on, *_PLACE[type(event.data)]


class _Fold:
    """What holds on the day that has been reached, and the rows that are closed already."""

    def __init__(self, known_units: Container[str], ends: Mapping[str, End]) -> None:
        self.known_units = known_units
        self.ends = ends
        self.unfit: list[Unfit] = []
        self.identity: EmployeeHired | None = None
        self.employed: date | None = None
        self.left: date | None = None
        self.place: tuple[str, str | None, date] | None = None  # unit, post, since
        self.retitled: date | None = None
        self.lent: tuple[date, date | None] | None = None  # since, until as planned
        self.away: dict[str, date] = {}  # kind of leave, since
        self.leaves: list[Leave] = []
        self.spells: list[Spell] = []
        self.stays: list[Stay] = []
        self.absences: list[Absence] = []

    def take(self, line: list[HrEvent]) -> None:
        """The events of one step of one day: always the first that fits, until none does.

        What says the same as one that took effect, under another id, says nothing new.
        """
        self.follow_units(order(line[0])[0])
        waiting, effective = line, set[Data]()
        while fitting := next((e for e in waiting if self.objection(e.data) is None), None):
            self.look_at_identity(fitting)
            self.apply(fitting.data)
            effective.add(fitting.data)
            waiting = [event for event in waiting if event.data not in effective]
        for event in waiting:
            if objection := self.objection(event.data):
                self.unfit.append(unfit(event, *objection))

    def follow_units(self, day: date) -> None:
        """What became of the unit that the person is in, up to the morning of the day."""
        while self.place and (end := self.ends.get(self.place[0])):
            if end.on > day or (end.into is None and end.on == day):
                return
            post = self.place[1]
            self._end_place(end.on)
            if end.into is not None:
                self.place = (end.into, post, end.on)

    def objection(self, data: Data) -> tuple[str, str] | None:
        """Why it cannot be so (code, sentence), or None when it fits."""
        assert isinstance(data, OfEmployee)
        here = self.place[0] if self.place else None
        end = self.ends.get(here) if here else None
        closes = end is not None and end.on == data.on
        match data:
            case EmployeeHired() if self.employed:
                return self._other_human(data) or (
                    "already-employed",
                    f"hired on {data.on}, but employed since {self.employed} and not left",
                )
            case EmployeeHired():
                return None
            case _ if self.employed is None:
                since = f"left on {self.left}" if self.left else "not hired by that day"
                return "not-employed", f"{_SAID[type(data)]} on {data.on}, but {since}"
            case EmployeeAssigned(unit=unit) | EmployeeTransferred(unit=unit) if (
                unit not in self.known_units
            ):
                return "unknown-unit", f"placed in {unit} on {data.on}, but no such unit is known"
            case EmployeeAssigned(unit=unit) | EmployeeTransferred(unit=unit) if (
                heir(unit, data.on, self.ends) is None
            ):
                ended = self.ends[unit].on
                return "unit-ended", f"placed in {unit} on {data.on}, but it ended on {ended}"
            case AssignedFrom() if here and here in self._names(data.from_unit, data.on):
                return None
            case EmployeeAssigned() if here and not closes:
                return "already-placed", (
                    f"assigned to {data.unit} on {data.on}, but already in {here}"
                )
            case EmployeeTransferred() if here is None or here not in self._names(
                data.from_unit, data.on
            ):
                return ("in-another-unit" if here else "in-no-unit"), (
                    f"transferred from {data.from_unit} on {data.on}, but in {here or 'no unit'}"
                )
            case EmployeeUnassigned() | EmployeeRetitled() if here is None:
                return "in-no-unit", f"{_SAID[type(data)]} on {data.on}, but in no unit"
            case EmployeeRetitled() if self.retitled == data.on:
                return "retitled-twice", f"given a second post on {data.on}"
            case EmployeeSeconded() if self.lent and not self._is_due_back(data.on):
                return "already-seconded", f"seconded on {data.on}, but not back from before"
            case EmployeeReturned() if self.lent is None:
                return "not-seconded", f"returned on {data.on}, but not seconded"
            case LeaveStarted() if data.kind in self.away:
                return "already-on-leave", f"a leave started on {data.on} that had started before"
            case LeaveEnded() if data.kind not in self.away:
                return "not-on-leave", f"a leave ended on {data.on} that had not started"
        return None

    def apply(self, data: Data) -> None:
        """Only for what fits."""
        match data:
            case EmployeeHired():
                self.employed = data.on
            case EmployeeAssigned():
                self._end_place(data.on)
                self.place = (self._unit(data), data.post, data.on)
            case EmployeeTransferred():
                post = self.place[1] if self.place else None
                self._end_place(data.on)
                self.place = (self._unit(data), post, data.on)
            case EmployeeUnassigned():
                self._end_place(data.on)
            case EmployeeRetitled():
                here = self.place[0] if self.place else ""
                self._end_place(data.on)
                self.place = (here, data.post, data.on)
                self.retitled = data.on
            case EmployeeSeconded():
                self._end_secondment(None)
                self.lent = (data.on, data.until)
            case EmployeeReturned():
                self._end_secondment(data.on)
            case LeaveStarted():
                self.away[data.kind] = data.on
            case LeaveEnded():
                self._end_leave(data.kind, data.on)
            case EmployeeLeft():
                self._end_employment(data.on, retired=data.reason == "retired")

    def _names(self, code: str, day: date) -> tuple[str, str | None]:
        """What may be meant by a code on a day."""
        return code, heir(code, day, self.ends)

    def _unit(self, data: EmployeeAssigned | EmployeeTransferred) -> str:
        unit = heir(data.unit, data.on, self.ends)
        assert unit is not None, "objected to"
        return unit

    def look_at_identity(self, event: HrEvent) -> None:
        """A number hired again under another name or birth date may be another human being. The
        days fit, so they count; who it is, only a person can say."""
        if not isinstance(event.data, EmployeeHired):
            return
        if other := self._other_human(event.data):
            self.unfit.append(unfit(event, *other))
        self.identity = event.data

    def _other_human(self, data: EmployeeHired) -> tuple[str, str] | None:
        before = self.identity or data
        name = "name" if data.name != before.name else ""
        told = data.birth_date and before.birth_date
        born = "birth date" if told and data.birth_date != before.birth_date else ""
        if what := " and ".join(filter(None, (name, born))):
            return "identity-changed", (
                f"hired on {data.on} with another {what} than when hired on {before.on}"
            )
        return None

    def _is_due_back(self, day: date) -> bool:
        return self.lent is not None and self.lent[1] is not None and self.lent[1] <= day

    def _end_secondment(self, back: date | None) -> None:
        """On the day of coming back, which is a fact; else as planned, which is the best known."""
        if self.lent:
            since, planned = self.lent
            self.absences.append(Absence("seconded", since, back or planned))
            self.lent = None

    def _end_leave(self, kind: str, end: date | None) -> None:
        since = self.away.pop(kind)
        self.leaves.append(Leave(kind, since, end))
        self.absences.append(Absence("leave", since, end))

    def _end_place(self, end: date | None) -> None:
        if self.place is None:
            return
        unit, post, since = self.place
        self.place = None
        last = self.stays[-1] if self.stays else None
        if last and (last.unit, last.post, last.until) == (unit, post, since):
            self.stays[-1] = last._replace(until=end)  # nothing changed: one stay
        elif since != end:
            self.stays.append(Stay(unit, post, since, end))

    def _end_employment(self, end: date | None, *, retired: bool = False) -> None:
        """On the day of leaving; or, with None, all that is still open stays open."""
        self._end_place(end)
        self._end_secondment(None if end is None or self._is_due_back(end) else end)
        for kind in list(self.away):
            self._end_leave(kind, end)
        if self.employed and self.employed != end:
            self.spells.append(Spell(self.employed, end, retired))
        self.left, self.employed = end, None

    def finish(self) -> Timeline:
        self.follow_units(date.max)
        self._end_employment(None)
        leaves = sorted(self.leaves, key=lambda leave: (leave.since, leave.kind))
        return Timeline(self.spells, self.stays, joined(self.absences), leaves, self.unfit)


_SAID = {
    EmployeeAssigned: "assigned",
    AssignedFrom: "assigned",
    EmployeeTransferred: "transferred",
    EmployeeUnassigned: "unassigned",
    EmployeeRetitled: "given a post",
    EmployeeLeft: "left",
    LeftFirst: "left",
    EmployeeSeconded: "seconded",
    EmployeeReturned: "returned",
    LeaveStarted: "a leave started",
    LeaveEnded: "a leave ended",
}
