"""Events of HR in few words, for the tests of this folder."""

from datetime import date
from itertools import count
from typing import Any

from services.membership.timeline import Absence, Spell, Stay
from shared.contracts.hr import HrEvent, parse

KNOWN = {"a", "b", "c"}
NUMBERS = count(1)


def said(type: str, day: int | date = 1, *, id: str = "", time: str = "", **data: Any) -> HrEvent:
    """An event of HR about employee E1, on a day of May 2021 unless a date is given."""
    on = day if isinstance(day, date) else date(2021, 5, day)
    if type == "hired":
        data = {"name": "季闻溪", "birth_date": "1990-02-03"} | data
    prefix = "hr." if type.startswith("leave-") else "hr.employee-"
    return parse(
        {
            "specversion": "1.0",
            "id": id or f"{next(NUMBERS):06d}",
            "source": "/hr",
            "type": prefix + type,
            **({"time": time} if time else {}),
            "data": {"employee": "E1", "on": on.isoformat(), **data},
        }
    )


def may(day: int) -> date:
    return date(2021, 5, day)


def unit(code: str, parent: str | None = "company", **changes: Any) -> HrEvent:
    kind = "company" if code == "company" else "plant"
    data = {"unit": code, "name": code.upper(), "kind": kind, "parent": parent}
    envelope = {"specversion": "1.0", "source": "/hr", "type": "hr.unit-created"}
    moment = {"id": changes.pop("id", code), "time": changes.pop("time", "2020-01-01T00:00:00Z")}
    return parse({**envelope, **moment, "data": data | changes})


def later(what: str, code: str, day: int | date, *, id: str = "", **data: Any) -> HrEvent:
    """What happened to a unit: renamed, moved, merged or closed on a day of May 2021."""
    on = day if isinstance(day, date) else may(day)
    return parse(
        {
            "specversion": "1.0",
            "id": id or f"{what}-{code}-{on}",
            "source": "/hr",
            "type": f"hr.unit-{what}",
            "data": {"unit": code, "on": on.isoformat(), **data},
        }
    )


def covers(row: Spell | Stay | Absence, day: date) -> bool:
    return row.since <= day and (row.until is None or day < row.until)
