"""The tree of units, from HR's `hr.unit-created` events."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.membership.timeline.unfit import Unfit, unfit, without_repeats
from shared.contracts.hr import ROOT, HrEvent, UnitCreated
from shared.contracts.hr_fields import UnitKind


class Unit(NamedTuple):
    """`path` is the codes from the root down to this unit: `company/nanjing/d004`. `on` is the day
    from which HR says it exists: the data's, else that of the event's time, else None."""

    name: str
    kind: UnitKind
    parent: str | None
    path: str
    on: date | None


def units(events: Iterable[HrEvent]) -> tuple[dict[str, Unit], list[Unfit]]:
    """All unit events, in any order, repeated or not → code → unit, and what does not fit.

    The root `company` is always there; HR may name it. A child may come before its parent. A unit
    whose parent is not known, or that lies below itself, is unfit until a parent is known. A code
    created twice with different content keeps the older content; the younger is unfit. In
    the tree a unit stands after its parent. Other events are passed over.
    """
    report: list[Unfit] = []
    created: dict[str, tuple[HrEvent, UnitCreated]] = {}
    said_again: list[tuple[HrEvent, UnitCreated]] = []
    children: defaultdict[str, list[str]] = defaultdict(list)
    for event in without_repeats(events, report):
        data = event.data
        if not isinstance(data, UnitCreated):
            continue
        if data.unit == ROOT and (data.parent is not None or data.kind != "company"):
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

    tree = {ROOT: Unit(ROOT, "company", None, ROOT, None)}
    if ROOT in created:
        tree[ROOT] = Unit(created[ROOT][1].name, "company", None, ROOT, _day(*created[ROOT]))
    reached = [ROOT]
    for parent in reached:
        for code in children[parent]:
            event, data = created[code]
            path = f"{tree[parent].path}/{code}"
            tree[code] = Unit(data.name, data.kind, parent, path, _day(event, data))
            reached.append(code)
    for event, data in [*created.values(), *said_again]:
        if data.unit not in tree:
            report.append(unfit(event, *_why_unreached(data, created)))
    return tree, report


def _day(event: HrEvent, data: UnitCreated) -> date | None:
    return data.on or (event.time.date() if event.time else None)


def _why_unreached(
    data: UnitCreated, created: dict[str, tuple[HrEvent, UnitCreated]]
) -> tuple[str, str]:
    code, above = data.unit, data.parent
    seen = {code}
    while above in created and above not in seen:
        seen.add(above)
        above = created[above][1].parent
    if above in seen:
        return "parent-cycle", f"the units above {code} go round in a circle, by way of {above}"
    return "unknown-parent", f"{code} lies below {above}, but no such unit is known"
