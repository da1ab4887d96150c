"""The tree of units, day by day, from HR's events about units."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.membership.timeline.growth import End, Growth, Placement
from services.membership.timeline.unfit import Unfit, unfit, without_repeats
from shared.contracts.hr import HrEvent
from shared.contracts.hr_fields import UnitKind
from shared.contracts.hr_units import ROOT, OfUnit, UnitCreated

Created = dict[str, tuple[HrEvent, UnitCreated]]


class Unit(NamedTuple):
    """`placements` are in order, without a gap, from ever to ever: before its first day a unit
    stands where it stood first, so that whoever HR places there too early is counted. `on` is the
    day from which HR says it exists: the data's, else that of the event's time, else None."""

    kind: UnitKind
    on: date | None
    placements: tuple[Placement, ...]
    end: End | None = None

    def at(self, day: date) -> Placement:
        """Where it stands on that day; a unit that has ended keeps its last place."""
        return next(place for place in reversed(self.placements) if place.begun_by(day))


def units(events: Iterable[HrEvent]) -> tuple[dict[str, Unit], list[Unfit]]:
    """All unit events, in any order, repeated or not → code → unit, and what does not fit.

    The root `company` is always there; HR may name it. A child may come before its parent. A unit
    whose parent is not known, or that lies below itself, is unfit until a parent is known. A code
    created twice with different content keeps the older content; the younger is unfit. What
    happens to units later on is taken day by day, on the tree that these make: see `Growth`. What
    does not fit has no effect. Events about people are passed over.
    """
    report: list[Unfit] = []
    created: Created = {}
    said_again: list[tuple[HrEvent, UnitCreated]] = []
    children: defaultdict[str, list[str]] = defaultdict(list)
    later: list[HrEvent] = []
    for event in without_repeats(events, report):
        data = event.data
        if not isinstance(data, UnitCreated):
            if isinstance(data, OfUnit):
                later.append(event)
        elif data.unit == ROOT and (data.parent is not None or data.kind != "company"):
            report.append(unfit(event, "root-moved", f"{ROOT} is the root: its kind is company"))
        elif data == created.get(data.unit, (event, None))[1]:
            said_again.append((event, data))
        elif data.unit in created:
            sentence = f"{data.unit} was created before with another name, kind, parent or day"
            report.append(unfit(event, "created-twice", sentence))
        else:
            created[data.unit] = event, data
            if data.parent is not None:
                children[data.parent].append(data.unit)

    growth = Growth(created[ROOT][1].name if ROOT in created else ROOT)
    reached = [ROOT]
    for parent in reached:
        for code in children[parent]:
            growth.found(created[code][1])
            reached.append(code)
    for event, data in [*created.values(), *said_again]:
        if data.unit not in growth.parent and data.unit != ROOT:
            report.append(unfit(event, *_why_unreached(data, created)))
    report += growth.take(later)
    tree = {}
    for code in reached:
        kind = created[code][1].kind if code in created else "company"
        on = _day(*created[code]) if code in created else None
        tree[code] = Unit(kind, on, tuple(growth.placed[code]), growth.ends.get(code))
    return tree, report


def _day(event: HrEvent, data: UnitCreated) -> date | None:
    return data.on or (event.time.date() if event.time else None)


def _why_unreached(data: UnitCreated, created: Created) -> tuple[str, str]:
    code, above = data.unit, data.parent
    seen = {code}
    while above in created and above not in seen:
        seen.add(above)
        above = created[above][1].parent
    if above in seen:
        return "parent-cycle", f"the units above {code} go round in a circle, by way of {above}"
    return "unknown-parent", f"{code} lies below {above}, but no such unit is known"
