"""What could be decided about a person's contradictions, and what their days would be then: pure,
by computing the timeline once for each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from uuid import UUID

from services.membership.histories import History
from services.membership.timeline import End, Timeline
from services.membership.timeline.person import order, places
from services.membership.timeline.rulings import (
    IDENTITY,
    Ruling,
    as_read,
    fingerprint,
    readings,
)
from services.membership.timeline.unfit import Unfit, seniority
from shared.contracts.hr import (
    EmployeeAssigned,
    EmployeeHired,
    EmployeeLeft,
    EmployeeTransferred,
    HrEvent,
)
from shared.contracts.membership import AnyRulingKind

MOST, BACK = 20, 8
"""Contradictions that choices are offered for, and how many events before one are tried as its
other side. HR may send thousands; who settles the first ones is shown the next."""
_ID, _LAST = UUID(int=2**128 - 1), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """All that the days of one person follow from. `units` are the codes that are known,
    `ends` how units ended."""

    history: History
    units: Collection[str]
    ends: Mapping[str, End] = field(default_factory=dict)

    @property
    def events(self) -> Sequence[HrEvent]:
        return self.history.events

    @property
    def rulings(self) -> Sequence[Ruling]:
        return self.history.rulings

    def number(self, event: str | None) -> str:
        """Under which HR said that."""
        said = {fingerprint(each): each.subject_key for each in self.events}
        return said.get(event or "", self.history.called)

    @cached_property
    def now(self) -> Timeline:
        return self.history.timeline(self.units, self.ends)

    def would_be(self, ruling: Ruling) -> Timeline:
        """With one ruling more."""
        return self.history.timeline(self.units, self.ends, one_more=ruling)

    def settles(self, ruling: Ruling) -> bool:
        """Fewer events contradict the others then. What settles nothing is none of the desk's
        business: the roll is HR's."""
        return len(self.would_be(ruling).unfit) < len(self.now.unfit)


def proposed(
    kind: AnyRulingKind,
    event: str,
    *,
    over: str | None = None,
    on: date | None = None,
    unit: str | None = None,
    from_unit: str | None = None,
) -> Ruling:
    """A ruling that nobody has made yet: the last of all."""
    return Ruling(_ID, _LAST, kind, event, over, on, unit, from_unit)


def choices(case: Case) -> Iterator[Ruling]:
    """Rulings that would settle something, in the order of the contradictions."""
    found: dict[Ruling, None] = {}
    for one in case.now.unfit[:MOST]:
        for ruling in _about(one, case):
            if ruling not in found and case.settles(ruling):
                found[ruling] = None
                yield ruling


def _about(one: Unfit, case: Case) -> Iterator[Ruling]:
    reading = as_read(case.events, readings(case.rulings))
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
    if one.reason == IDENTITY:
        yield proposed("same-human", first)
    if isinstance(contents[first].data, EmployeeHired):
        for left in _left_that_day(contents[first].data.on, reading):
            yield proposed("counts", first, over=left)
    for unit in _units_around(contents[first], case.now):
        yield proposed("corrected", first, from_unit=unit)
    for rival in _before(first, reading, case.now):
        yield proposed("counts", first, over=rival)
    yield proposed("set-aside", first)


def _left_that_day(on: date | None, reading: Mapping[str, HrEvent]) -> list[str]:
    return [
        name
        for name, event in reading.items()
        if isinstance(event.data, EmployeeLeft) and event.data.on == on
    ]


def _units_around(event: HrEvent, now: Timeline) -> list[str]:
    """Where one may have come from who is placed anew: the units of that day."""
    if not isinstance(event.data, EmployeeAssigned | EmployeeTransferred):
        return []
    on = event.data.on
    here = [stay.unit for stay in now.stays if stay.since <= on <= (stay.until or on)]
    return [unit for unit in dict.fromkeys(here) if unit != event.data.unit]


def _before(name: str, reading: Mapping[str, HrEvent], now: Timeline) -> list[str]:
    """What took effect before the event, the nearest first: one of these is its other side."""
    bad = {(one.source, one.id) for one in now.unfit if one.reason != IDENTITY}
    took_effect = [
        (order(event), seniority(event), other)
        for other, event in reading.items()
        if other == name or (places(event) and (event.source, event.id) not in bad)
    ]
    earlier = [other for _, _, other in sorted(took_effect)]
    return earlier[: earlier.index(name)][: -BACK - 1 : -1]
