"""What could be decided about contradictions of units, and where these would stand then: pure, by
computing the whole tree once for each."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from services.membership.desk.choices import BACK, MOST, proposed
from services.membership.desk.closings import LEFT_IN_IT, Left, reported
from services.membership.timeline import End, Unfit, Unit
from services.membership.timeline.rulings import (
    Ruling,
    as_read,
    fingerprint,
    readings,
    tree_as_ruled,
    whom_about,
)
from services.membership.timeline.unfit import seniority
from shared.contracts.hr import HrEvent
from shared.contracts.hr_units import (
    ROOT,
    UnitClosed,
    UnitCreated,
    UnitMerged,
    UnitMoved,
)


@dataclass(frozen=True)
class Grown:
    """A tree, and all that does not fit: with the unit that each is about."""

    tree: Mapping[str, Unit]
    unfit: Sequence[tuple[str, Unfit]]

    def about(self, unit: str) -> list[Unfit]:
        return [one for whom, one in self.unfit if whom == unit]


@dataclass(frozen=True)
class TreeCase:
    """All that the tree follows from. `left`: who is in no unit since theirs closed."""

    events: Sequence[HrEvent]
    rulings: Sequence[Ruling]
    left: Mapping[str, Left] = field(default_factory=dict)

    @cached_property
    def whom(self) -> dict[tuple[str, str], str]:
        return whom_about(self.events)

    @cached_property
    def now(self) -> Grown:
        return self._grown(self.rulings)

    def would_be(self, ruling: Ruling) -> Grown:
        """With one ruling more."""
        return self._grown([*self.rulings, ruling])

    def _grown(self, rulings: Sequence[Ruling]) -> Grown:
        tree, unfit = tree_as_ruled(self.events, rulings)
        left = {code: one for code, one in self.left.items() if _closes(tree, code, one.on)}
        found = [(self.whom[one.source, one.id], one) for one in unfit]
        return Grown(tree, [*found, *reported(left, self.events, rulings)])

    def settles(self, ruling: Ruling) -> bool:
        """Fewer events contradict the others then."""
        return len(self.would_be(ruling).unfit) < len(self.now.unfit)


def _closes(tree: Mapping[str, Unit], code: str, on: date) -> bool:
    return code in tree and tree[code].end == End(on, None)


def choices_about(unit: str, case: TreeCase) -> Iterator[Ruling]:
    """Rulings that would settle something, in the order of what contradicts itself there."""
    found: dict[Ruling, None] = {}
    reading = as_read(case.events, readings(case.rulings))
    for one in case.now.about(unit)[:MOST]:
        for ruling in _about(one, unit, case, reading):
            if ruling not in found and case.settles(ruling):
                found[ruling] = None
                yield ruling


def _about(
    one: Unfit, unit: str, case: TreeCase, reading: Mapping[str, HrEvent]
) -> Iterator[Ruling]:
    contents = {
        name: event
        for name, event in reading.items()
        if (event.source, event.id) == (one.source, one.id)
    }
    first, *others = sorted(contents, key=lambda name: seniority(contents[name]))
    if one.reason == "id-used-twice":
        for other in others:
            yield proposed("set-aside", other)
            yield proposed("counts", other, over=first)
        return
    data: Any = contents[first].data
    if one.reason == LEFT_IN_IT:
        yield proposed("stands", first)
    rivals = _rivals(first, unit, reading)
    if isinstance(data, UnitClosed | UnitMoved | UnitMerged | UnitCreated):
        for other in _units_around(unit, case):
            yield proposed("corrected", first, unit=other)
    for on in _days_around(data, rivals, reading):
        yield proposed("corrected", first, on=on)
    for rival in rivals:
        created = isinstance(reading[rival].data, UnitCreated)
        if created and one.reason == "not-yet-created" and data.on:
            yield proposed("corrected", rival, on=data.on)
        else:
            yield proposed("counts", first, over=rival)
    yield proposed("set-aside", first)


def _units_around(unit: str, case: TreeCase) -> list[str]:
    """Below which it may have been meant, or which it may have gone into: where it stood last, and
    the company itself, which is always there."""
    known = case.now.tree.get(unit)
    above = known.placements[-1].parent if known else None
    return [code for code in dict.fromkeys((above, ROOT)) if code and code != unit]


def _days_around(data: Any, rivals: Sequence[str], reading: Mapping[str, HrEvent]) -> list[date]:
    """On which it may have been meant: those of the other events."""
    days = [getattr(reading[rival].data, "on", None) for rival in rivals]
    return [day for day in dict.fromkeys(days) if day and day != data.on]


def _rivals(name: str, unit: str, reading: Mapping[str, HrEvent]) -> list[str]:
    """What else HR said of the unit, of those that it names and of those that name it; the
    youngest first: one of these is the other side."""
    event = reading[name]
    named = {unit, other_of(event), event.subject_key}
    near = [
        other
        for other, each in reading.items()
        if other != name and (each.subject_key in named or other_of(each) == unit)
    ]
    return sorted(near, key=lambda each: _nearness(unit, reading[each]), reverse=True)[:BACK]


def _nearness(unit: str, event: HrEvent) -> Any:
    return event.subject_key == unit, getattr(event.data, "on", None) or date.min, seniority(event)


def other_of(event: HrEvent) -> str | None:
    """The second unit that HR names: above it, or that it went into."""
    return getattr(event.data, "into", None) or getattr(event.data, "parent", None)


def around(unit: str, case: TreeCase, also: Container[str | None] = ()) -> dict[str, HrEvent]:
    """All that HR said of the unit, and of others what names it, and these also; by fingerprint,
    each content once."""
    contents = {
        fingerprint(event): event for event in sorted(case.events, key=seniority, reverse=True)
    }
    return {
        name: event
        for name, event in contents.items()
        if name in also or event.subject_key == unit or other_of(event) == unit
    }
