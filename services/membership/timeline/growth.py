"""How a tree of units changes from day to day: units are renamed, moved, merged and closed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import NamedTuple

from services.membership.timeline.unfit import Unfit, unfit
from shared.contracts.hr import Data, HrEvent
from shared.contracts.hr_units import (
    ROOT,
    OfUnit,
    UnitClosed,
    UnitCreated,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
)


class Placement(NamedTuple):
    """Where a unit stands and what it is called, from `since` up to, not including, `until`; None
    is open. `path` is the codes from the root down to this unit: `company/nanjing/d004`."""

    since: date | None
    until: date | None
    name: str
    parent: str | None
    path: str

    def begun_by(self, day: date) -> bool:
        return self.since is None or self.since <= day


class End(NamedTuple):
    """The first day without the unit, and the unit that whoever was in it is in from that day on;
    None: in no unit."""

    on: date
    into: str | None


# The order of effect on one day.
_STEPS = (UnitRenamed, UnitMoved, UnitMerged, UnitClosed)
_SAID: Mapping[type[OfUnit], str] = {
    UnitRenamed: "renamed",
    UnitMoved: "moved",
    UnitMerged: "merged",
    UnitClosed: "closed",
}


def heir(code: str, day: date, ends: Mapping[str, End]) -> str | None:
    """The unit that a code stands for on a day: from the day on which a unit is merged, its code is
    another name of the unit that it went into. None for one that was closed by then."""
    while (end := ends.get(code)) and end.on <= day:
        if end.into is None:
            return None
        code = end.into
    return code


class Growth:
    """The tree as of the day that has been reached, and what held before."""

    def __init__(self, name: str) -> None:
        self.parent: dict[str, str] = {}  # of all but the root
        self.children: defaultdict[str, set[str]] = defaultdict(set)
        self.name: dict[str, str] = {ROOT: name}
        self.first_days: dict[str, date] = {}
        self.ends: dict[str, End] = {}
        self.placed: dict[str, list[Placement]] = {ROOT: [Placement(None, None, name, None, ROOT)]}
        # On the day that has been reached: given a name, given a place, and with another parent.
        self.renamed: set[str] = set()
        self.moved: set[str] = set()
        self.hung: set[str] = set()

    def found(self, data: UnitCreated) -> None:
        """A unit as it was created; its parent is there already."""
        assert data.parent is not None
        self.parent[data.unit], self.name[data.unit] = data.parent, data.name
        self.children[data.parent].add(data.unit)
        if data.on:
            self.first_days[data.unit] = data.on
        path = f"{self.placed[data.parent][0].path}/{data.unit}"
        self.placed[data.unit] = [Placement(None, None, data.name, data.parent, path)]

    def take(self, events: Iterable[HrEvent]) -> Iterator[Unfit]:
        """What happened to units later on, older before younger; yields what does not fit.

        Of the events of one day always the first that fits is taken, until none does. What says
        the same as one that took effect, under another id, says nothing new.
        """
        for on, day in groupby(sorted(events, key=_order), key=lambda event: _order(event)[0]):
            waiting, effective = list(day), set[Data]()
            while fitting := next((e for e in waiting if self.objection(e.data) is None), None):
                self.apply(fitting.data)
                effective.add(fitting.data)
                waiting = [event for event in waiting if event.data not in effective]
            for event in waiting:
                if objection := self.objection(event.data):
                    yield unfit(event, *objection)
            self.write_down(on)

    def objection(self, data: Data) -> tuple[str, str] | None:
        """Why it cannot be so (code, sentence), or None when it fits."""
        assert isinstance(data, _STEPS)
        unit, on = data.unit, data.on
        said = f"{unit} was {_SAID[type(data)]} on {on}"
        if unit not in self.name:
            return "unknown-unit", f"{said}, but no such unit is known"
        if unit == ROOT and not isinstance(data, UnitRenamed):
            return "root-moved", f"{said}, but it is the root"
        if on < self.first_days.get(unit, on):
            return "not-yet-created", f"{said}, but exists from {self.first_days[unit]} on"
        if end := self.ends.get(unit):
            return "unit-ended", f"{said}, but ended on {end.on}"
        match data:
            case UnitRenamed() if unit in self.renamed:
                return "renamed-twice", f"{unit} was given a second name on {on}"
            case UnitMoved() if unit in self.moved:
                return "moved-twice", f"{unit} was moved below a second unit on {on}"
            case UnitMoved(parent=other) | UnitMerged(into=other):
                return self._cannot_go(unit, other, on, said)
            case UnitClosed() if below := sorted(self._alive_below(unit)):
                return "units-below", f"{said}, but {below[0]} is still below it"
        return None

    def _cannot_go(self, unit: str, other: str, on: date, said: str) -> tuple[str, str] | None:
        if other not in self.name:
            return "unknown-parent", f"{said}, to {other}, but no such unit is known"
        target = heir(other, on, self.ends)
        if target is None:
            return "parent-ended", f"{said}, to {other}, which ended on {self.ends[other].on}"
        if on < self.first_days.get(target, on):
            exists = self.first_days[target]
            return "not-yet-created", f"{said}, to {other}, which exists from {exists} on"
        if unit in self._up_from(target):
            return "below-itself", f"{said}, to {other}, which is itself or lies below it"
        return None

    def apply(self, data: Data) -> None:
        """Only for what fits."""
        match data:
            case UnitRenamed():
                self.name[data.unit] = data.name
                self.renamed.add(data.unit)
            case UnitMoved():
                self._hang(data.unit, heir(data.parent, data.on, self.ends))
                self.moved.add(data.unit)
            case UnitMerged():
                into = heir(data.into, data.on, self.ends)
                for below in self._alive_below(data.unit):
                    self._hang(below, into)
                # What began in it, and who left from it, is found below the unit it went into.
                self._hang(data.unit, into)
                self.ends[data.unit] = End(data.on, into)
            case UnitClosed():
                self.ends[data.unit] = End(data.on, None)

    def _alive_below(self, unit: str) -> set[str]:
        return self.children[unit] - self.ends.keys()

    def _hang(self, unit: str, parent: str | None) -> None:
        assert parent is not None
        self.children[self.parent[unit]].discard(unit)
        self.children[parent].add(unit)
        self.parent[unit] = parent
        self.hung.add(unit)

    def _up_from(self, unit: str) -> Iterator[str]:
        """The unit and all above it."""
        yield unit
        while unit != ROOT:
            yield (unit := self.parent[unit])

    def write_down(self, on: date) -> None:
        """Of the units that the day has changed, and of all below them, where they stand now."""
        for unit in self.hung:
            path = "/".join(reversed(list(self._up_from(unit))))
            reached = [(unit, path)]
            for code, here in reached:
                self._place(code, here, on)
                reached += [(below, f"{here}/{below}") for below in self.children[code]]
        for unit in self.renamed:
            self._place(unit, self.placed[unit][-1].path, on)
        self.renamed, self.moved, self.hung = set(), set(), set()

    def _place(self, unit: str, path: str, on: date) -> None:
        rows = self.placed[unit]
        now = Placement(on, None, self.name[unit], self.parent.get(unit), path)
        if now[2:] != rows[-1][2:]:
            rows[-1] = rows[-1]._replace(until=on)
            rows.append(now)


def _order(event: HrEvent) -> tuple[date, int]:
    data = event.data
    assert isinstance(data, _STEPS)
    return data.on, _STEPS.index(type(data))
