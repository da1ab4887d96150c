"""HR's list beside the roll of the same day: what differs, and the events of HR that say so.

Pure: a row and what the roll has of that person → what becomes of it. What is derived takes effect
on the day the list names, if the roll does not know better by then, else on the day of the list;
never before the beginning of what the roll has, so that what was heard by other doors stands.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.gateway.snapshot.listed import Listed
from shared.contracts.membership import Placement

Kind = Literal["unknown-to-us", "unknown-to-hr", "duplicate", "left", "moved"]
"""Of a drift, as the meter counts it."""
Events = Sequence[tuple[str, Mapping[str, Any]]]
"""Type and data of each."""


@dataclass(frozen=True)
class Difference:
    """`becomes` is a code: same, hired, assigned, moved, retitled, unassigned, left; or `refused`,
    and `why` then says why not. `drift` is None where the meter does not count it."""

    becomes: str
    events: Events = field(default=(), repr=False)
    drift: Kind | None = None
    why: str = ""


SAME = Difference("same")


def compared(row: Listed, have: Placement | None, on: date, units: Collection[str]) -> Difference:
    """What becomes of a row. `units` are the codes that exist."""
    drift = drift_of(row, have, on)
    gone = row.left_on is not None and row.left_on <= on
    if have and have.name and plain(have.name) != plain(row.name):
        return Difference("refused", (), "duplicate", "another-name")
    if row.unit is not None and row.unit not in units and not gone:
        return Difference("refused", (), drift, "unknown-unit")
    if have is None or have.employed_since is None:
        return SAME if gone else _hired(row, have, on, drift)
    if gone:
        return _left(row, have, drift)
    return _placed(row, have, on, drift)


def drift_of(row: Listed, have: Placement | None, on: date) -> Kind | None:
    """As the meter counts it; another post in the same unit is none."""
    gone = row.left_on is not None and row.left_on <= on
    if have is None:
        return None if gone else "unknown-to-us"
    if (have.employed_since is None) != gone:
        return "left"
    return "moved" if not gone and row.unit != have.unit else None


def missing(have: Placement, on: date, *, whole: bool) -> Difference:
    """Whom a complete list does not name. On one of the `whole` company: left on its day. On one
    of a unit: no longer there, and where else only another list can say."""
    becomes = "left" if whole else "unassigned"
    event = (f"hr.employee-{becomes}", {"employee": have.employee, "on": on.isoformat()})
    return Difference(becomes, (event,), "unknown-to-hr")


def _hired(row: Listed, have: Placement | None, on: date, drift: Kind | None) -> Difference:
    hired = row.employed_since or row.unit_since or on
    if have and have.left_on and hired < have.left_on:
        # The list knows of no leaving; which of the two is right only a person can say.
        return Difference("refused", (), drift, "left-since")
    data = {"employee": row.employee, "name": row.name, "on": hired.isoformat()}
    if row.birth_date:
        data["birth_date"] = row.birth_date.isoformat()
    events: list[tuple[str, Mapping[str, Any]]] = [("hr.employee-hired", data)]
    if row.unit is not None:
        # Without a day, the list vouches for its own and for none before it.
        events.append(_assigned(row, row.unit, max(row.unit_since or on, hired)))
    return Difference("hired", events, drift)


def _left(row: Listed, have: Placement, drift: Kind | None) -> Difference:
    assert row.left_on
    assert have.employed_since
    if row.left_on < max(have.employed_since, have.since or have.employed_since):
        return Difference("refused", (), drift, "changed-after-leaving")
    data = {"employee": row.employee, "on": row.left_on.isoformat()}
    data |= {"reason": "retired"} if row.retired else {}
    return Difference("left", (("hr.employee-left", data),), drift)


def _placed(row: Listed, have: Placement, on: date, drift: Kind | None) -> Difference:
    if row.unit is None:
        if have.unit is None:
            return SAME
        data = {"employee": row.employee, "on": on.isoformat()}
        return Difference("unassigned", (("hr.employee-unassigned", data),), drift)
    if have.unit is None:
        # In no unit since it left one, or since it came back to the company.
        free = (have.unplaced_since, have.employed_since)
        since = max(row.unit_since or on, *filter(None, free))
        return Difference("assigned", (_assigned(row, row.unit, since),), drift)
    assert have.since
    if have.unit == row.unit:
        if row.post is None or row.post == have.post:
            return SAME
        return Difference("retitled", (_retitled(row, row.post, on),), drift)
    since = max(row.unit_since or on, have.since)
    data = {
        "employee": row.employee,
        "unit": row.unit,
        "from_unit": have.unit,
        "on": since.isoformat(),
    }
    events: list[tuple[str, Mapping[str, Any]]] = [("hr.employee-transferred", data)]
    if row.post is not None and row.post != have.post:
        events.append(_retitled(row, row.post, since))
    return Difference("moved", events, drift)


def _assigned(row: Listed, unit: str, since: date) -> tuple[str, Mapping[str, Any]]:
    data = {"employee": row.employee, "unit": unit, "on": since.isoformat()}
    return "hr.employee-assigned", data | ({"post": row.post} if row.post else {})


def _retitled(row: Listed, post: str, since: date) -> tuple[str, Mapping[str, Any]]:
    data = {"employee": row.employee, "post": post, "on": since.isoformat()}
    return "hr.employee-retitled", data


def plain(name: str) -> str:
    """A name, whatever spaces and widths it was typed with."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
