"""Leaves of the days before the demo is loaded, so that visits are due, overdue and made."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from deploy.local.demo.company import SOURCE, people

_TOLD = (
    # unit, place in it, kind, days ago, visited after so many days (None: not yet), note
    ("demo-qinghe-dianjie-1", 3, "sick", 1, None, ""),
    ("demo-qinghe-jixiu-2", 1, "work-injury", 2, 1, "手背擦伤，已在厂医务室处理，回家休息三天。"),
    ("demo-lanting-juhe-2", 2, "maternity", 6, 3, "母女平安，送去了米面油和一束花。"),
    ("demo-songwu-jingliu-1", 4, "sick", 12, None, ""),
    ("demo-yunji-reli-2", 2, "bereavement", 9, 2, "父亲去世，班组三人前往吊唁。"),
    ("demo-yunji-wuliu-3", 1, "sick", 0, None, ""),
)
_OCCASIONS = {
    "sick": "hospital",
    "work-injury": "hospital",
    "maternity": "birth",
    "bereavement": "bereavement",
}


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave as HR tells it, and the visit to it, if there was one (the body of log-visit)."""

    event: dict[str, Any]
    visit: dict[str, Any] | None


def leaves(today: date) -> list[Leave]:
    """The same people at every load, with days that lead up to `today`."""
    told = []
    for unit, place, kind, ago, visited, note in _TOLD:
        team = sorted(each.employee for each in people().values() if each.unit == unit)
        employee = team[place]
        since = today - timedelta(days=ago)
        event = {
            "specversion": "1.0",
            "id": f"leave-{employee}-{since}",
            "source": SOURCE,
            "type": "hr.leave-started",
            "data": {"employee": employee, "kind": kind, "on": since.isoformat()},
        }
        mates = [number for number in team if number != employee]
        visit = visited is not None and {
            "employee": employee,
            "occasion": _OCCASIONS[kind],
            "on": (since + timedelta(days=visited)).isoformat(),
            "visitors": ["D0003", *mates[:2]],
            "note": note,
        }
        told.append(Leave(event, visit or None))
    return told
