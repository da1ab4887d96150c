"""HR's events of an invented company: seeded, so that a run can be repeated; all names invented."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from shared.contracts.hr import HrEvent, parse

PLANTS, WORKSHOPS, TEAMS = 5, 5, 4
REPEATED = 0.02
"""The share of events that HR sends a second time."""


def feed(prefix: str, number: int, seed: int) -> list[HrEvent]:
    """About `number` events, units first, then by day; numbers and codes begin with `prefix`."""
    chance = Random(seed)
    units, teams = _units(prefix)
    told: list[dict[str, Any]] = []
    employee = 0
    while len(units) + len(told) * (1 + REPEATED) < number:
        employee += 1
        told += _life(f"{prefix}{employee:06}", teams, chance)
    told.sort(key=lambda each: str(each["data"]["on"]))
    events = [
        parse(_event(prefix, count, each["type"], each["data"]))
        for count, each in enumerate([*units, *told])
    ]
    return [*events, *chance.sample(events, int(len(told) * REPEATED))]


def _units(prefix: str) -> tuple[list[dict[str, Any]], list[str]]:
    made, teams = [], []

    def unit(code: str, kind: str, parent: str) -> None:
        data = {"unit": code, "name": f"测试 {code}", "kind": kind, "parent": parent}
        made.append({"type": "hr.unit-created", "data": data | {"on": "2015-01-01"}})

    for plant in (f"{prefix}-{number}" for number in range(PLANTS)):
        unit(plant, "plant", "company")
        for workshop in (f"{plant}-{number}" for number in range(WORKSHOPS)):
            unit(workshop, "workshop", plant)
            for team in (f"{workshop}-{number}" for number in range(TEAMS)):
                unit(team, "team", workshop)
                teams.append(team)
    return made, teams


def _life(employee: str, teams: list[str], chance: Random) -> Iterator[dict[str, Any]]:
    """Hired, placed, and what else may happen to somebody in ten years."""
    day = date(2015, 1, 1) + timedelta(days=chance.randrange(3_000))

    def says(what: str, **data: Any) -> dict[str, Any]:
        return {"type": what, "data": {"employee": employee, "on": day.isoformat(), **data}}

    yield says("hr.employee-hired", name=f"测试{employee}", sex=chance.choice("FM"))
    unit = chance.choice(teams)
    yield says("hr.employee-assigned", unit=unit, post="操作工")
    if chance.random() < 0.4:
        day += timedelta(days=chance.randrange(30, 400))
        to = chance.choice([team for team in teams if team != unit])
        yield says("hr.employee-transferred", unit=to, from_unit=unit)
    if chance.random() < 0.3:
        day += timedelta(days=chance.randrange(30, 400))
        yield says("hr.employee-retitled", post="班长")
    if chance.random() < 0.3:
        day += timedelta(days=chance.randrange(30, 200))
        yield says("hr.leave-started", kind="sick")
        day += timedelta(days=chance.randrange(3, 60))
        yield says("hr.leave-ended", kind="sick")
    if chance.random() < 0.2:
        day += timedelta(days=chance.randrange(30, 400))
        yield says("hr.employee-left")


def _event(prefix: str, count: int, type: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{prefix}-{count}",
        "source": "/bench/hr",
        "type": type,
        "time": f"{data['on']}T08:00:00+08:00",
        "datacontenttype": "application/json",
        "data": data,
    }
