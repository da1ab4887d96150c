"""What officers have decided about HR's events, as inputs of the same pure computing.

A ruling never changes an event. It says how an event is read: that it does not count, that it holds
from another day or of other units, or who was hired by it. So a person's days follow from all
events heard and all rulings made, whatever the order in which they came.
"""

import hashlib
import json
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from services.membership.timeline.days import Timeline
from services.membership.timeline.growth import End
from services.membership.timeline.person import AssignedFrom, LeftFirst, timeline
from services.membership.timeline.tree import Unit, units
from services.membership.timeline.unfit import Unfit, seniority
from shared.contracts.hr import Data, EmployeeAssigned, EmployeeHired, EmployeeLeft, HrEvent
from shared.contracts.hr_units import OfUnit, UnitClosed, UnitMerged
from shared.contracts.membership import AnyRulingKind

IDENTITY = "identity-changed"


class Ruling(NamedTuple):
    """`event` and `over` are fingerprints of events, `takes_back` a ruling made before; of the
    others only what the kind needs is there."""

    id: UUID
    decided_at: datetime
    kind: AnyRulingKind | None = None
    event: str | None = None
    over: str | None = None
    on: date | None = None
    unit: str | None = None
    from_unit: str | None = None
    takes_back: UUID | None = None


class Reading(NamedTuple):
    """How an event is read. `instead`: the event that counts where this one is set aside."""

    set_aside: bool = False
    on: date | None = None
    unit: str | None = None
    from_unit: str | None = None
    same_human: bool = False
    stands: bool = False
    instead: str | None = None


def fingerprint(event: HrEvent) -> str:
    """Names an event by who sent it, its id and what it says; two contents under one identity are
    two. When HR sends it again with something that we do not read, it is the same."""
    said = event.data.model_dump(mode="json", exclude_defaults=True)
    whole = json.dumps([event.source, event.id, event.type, said], sort_keys=True)
    return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def standing(rulings: Iterable[Ruling]) -> list[Ruling]:
    """Those that were not taken back, in the order in which they were made."""
    made = sorted(set(rulings), key=lambda ruling: (ruling.decided_at, ruling.id))
    back = {ruling.takes_back for ruling in made}
    return [ruling for ruling in made if ruling.kind and ruling.id not in back]


def readings(rulings: Iterable[Ruling]) -> dict[str, Reading]:
    """Event → how it is read. Of two rulings about the same of it, the later holds; who was hired
    is another question than whether and when."""
    read: dict[str, Reading] = {}
    for ruling in standing(rulings):
        event = ruling.over if ruling.kind == "counts" else ruling.event
        assert event
        had = read.get(event, Reading())
        match ruling.kind:
            case "set-aside" | "counts":
                instead = ruling.event if ruling.kind == "counts" else None
                read[event] = Reading(True, same_human=had.same_human, instead=instead)
            case "corrected":
                days = (ruling.on, ruling.unit, ruling.from_unit)
                read[event] = Reading(False, *days, had.same_human)
            case "same-human":
                read[event] = had._replace(same_human=True)
            case "stands":
                read[event] = had._replace(stands=True)
    return read


def as_read(events: Iterable[HrEvent], read: Mapping[str, Reading]) -> dict[str, HrEvent]:
    """Fingerprint of what HR said → the event as it is read; what was set aside is not there, but a
    leaving that is set aside for a hire on its day: that comes before the hire."""
    said = {fingerprint(event): event for event in sorted(events, key=seniority, reverse=True)}
    counting = {}
    for name, event in said.items():
        how = read.get(name, Reading())
        if not how.set_aside:
            counting[name] = corrected(event, how)
        elif _leaves_first(event, said.get(how.instead or "")):
            counting[name] = left_first(event)
    return counting


def _leaves_first(event: HrEvent, instead: HrEvent | None) -> bool:
    return (
        instead is not None
        and isinstance(event.data, EmployeeLeft)
        and isinstance(instead.data, EmployeeHired)
        and instead.data.on == event.data.on
    )


def left_first(event: HrEvent) -> HrEvent:
    """A leaving that comes before the hire of its day."""
    whole = {name: getattr(event.data, name) for name in EmployeeLeft.model_fields}
    return replace(event, data=LeftFirst.model_construct(**whole))


def counting(events: Sequence[HrEvent], rulings: Iterable[Ruling]) -> Sequence[HrEvent]:
    """The events that count, as they are read."""
    read = readings(rulings)
    return [*as_read(events, read).values()] if read else events


def corrected(event: HrEvent, how: Reading) -> HrEvent:
    """The same event with another day, and with other units where it has any. An assignment that
    is said to start from a unit is a move; a unit that is said to have gone into another was not
    closed but merged."""
    data = event.data
    if isinstance(data, OfUnit):
        return replace(event, data=_corrected_unit(data, how))
    told = {"on": how.on, "unit": how.unit, "from_unit": how.from_unit}
    changes = {name: value for name, value in told.items() if value and hasattr(data, name)}
    if how.from_unit and isinstance(data, EmployeeAssigned):
        whole = {name: getattr(data, name) for name in EmployeeAssigned.model_fields}
        data = AssignedFrom.model_construct(**whole | changes, from_unit=how.from_unit)
    elif changes:
        data = data.model_copy(update=changes)
    return replace(event, data=data)


def _corrected_unit(data: OfUnit, how: Reading) -> Data:
    """Of a unit, `unit` is the other one that HR names: above it, or that it went into."""
    told = {"on": how.on, "parent": how.unit, "into": how.unit}
    if isinstance(data, UnitClosed) and how.unit:
        on = how.on or data.on
        return UnitMerged.model_construct(unit=data.unit, into=how.unit, on=on)
    changes = {name: value for name, value in told.items() if value and hasattr(data, name)}
    read: Data = data.model_copy(update=changes)  # type: ignore[assignment]
    return read


def tree_as_ruled(
    events: Sequence[HrEvent], rulings: Iterable[Ruling]
) -> tuple[dict[str, Unit], list[Unfit]]:
    """All events about units and all rulings about them → the tree, and what does not fit."""
    return units(counting(events, rulings))


def whom_about(events: Iterable[HrEvent]) -> dict[tuple[str, str], str]:
    """Identity → the unit that it is about: of several contents under one, that of the first."""
    young_first = sorted(events, key=seniority, reverse=True)
    return {(event.source, event.id): event.subject_key for event in young_first}


def timeline_as_ruled(
    events: Sequence[HrEvent],
    rulings: Iterable[Ruling],
    known_units: Container[str],
    ends: Mapping[str, End] | None = None,
    *,
    same_humans: Collection[tuple[str, str]] = (),
) -> Timeline:
    """All events of one person and all rulings about them → the person's days. What was settled is
    not reported. Rulings about events that are not there wait for them. `same_humans`: hires of
    which it is known otherwise whom they were of."""
    read = readings(rulings)
    if not read and not same_humans:
        return timeline(events, known_units, ends)
    days = timeline(as_read(events, read).values(), known_units, ends)
    known = {
        (event.source, event.id)
        for event in events
        if read.get(fingerprint(event), Reading()).same_human
    } | set(same_humans)
    return replace(days, unfit=[one for one in days.unfit if not _settled(one, known)])


def _settled(one: Unfit, same_humans: Container[tuple[str, str]]) -> bool:
    return one.reason == IDENTITY and (one.source, one.id) in same_humans
