"""The invented company of the demo, as corporate HR would tell it: always the same events.

Four plants of three workshops of three teams and a head office, which HR counts as a plant too.
Units are `demo-…`, employees `D0001…`; nothing happens before 2020 or after 2025.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

SOURCE = "/demo/hr"
FIRST, LAST = date(2020, 1, 1), date(2025, 12, 31)
_IDS = uuid5(NAMESPACE_URL, "tongxin:demo:hr")
_LEFT = 18  # people who are no longer there


@dataclass(frozen=True, slots=True)
class Person:
    """Where somebody is at the end of the story. `plant` is the code of the plant above `unit`."""

    employee: str
    name: str
    plant: str
    unit: str
    post: str


def events() -> list[dict[str, Any]]:
    """CloudEvents in HR's form (`shared.contracts.hr`), in order of their days, units first."""
    return [*_units(), *_told()[0]]


def people() -> dict[str, Person]:
    """Employee number → person, of those still employed at the end, all of whom are placed."""
    return _told()[1]


@cache
def _company() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("company.toml").read_text("utf-8"))


def _units() -> Iterator[dict[str, Any]]:
    def unit(code: str, name: str, kind: str, parent: str) -> dict[str, Any]:
        data = {"unit": code, "name": name, "kind": kind, "parent": parent}
        return _event("hr.unit-created", code, FIRST, data, 0)

    office = _company()["head_office"]
    yield unit(office["unit"], office["name"], "plant", "company")
    for plant in _company()["plant"]:
        yield unit(plant["unit"], plant["name"], "plant", "company")
        for workshop in plant["workshop"]:
            yield unit(workshop["unit"], workshop["name"], "workshop", plant["unit"])
            for number, team in enumerate(workshop["teams"], start=1):
                yield unit(f"{workshop['unit']}-{number}", team, "team", workshop["unit"])


def _event(type: str, about: str, on: date, data: dict[str, Any], nth: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid5(_IDS, f"{type} {about} {on} {nth}")),
        "source": SOURCE,
        "type": type,
        "time": f"{on}T08:00:00+08:00",
        "subject": about,
        "datacontenttype": "application/json",
        "data": data,
    }


@dataclass(frozen=True, slots=True)
class _Seat:
    plant: str
    unit: str
    post: str
    in_team: bool = False


def _seats() -> Iterator[_Seat]:
    """One for everybody who is there at the end; their order gives the employee numbers."""
    office = _company()["head_office"]
    yield from (_Seat(office["unit"], office["unit"], post) for post in office["posts"])
    for plant in _company()["plant"]:
        code = plant["unit"]
        yield from (_Seat(code, code, post) for post in plant["managers"])
        for workshop in plant["workshop"]:
            staff = _company()["people"]["workshop_staff"]
            yield from (_Seat(code, workshop["unit"], post) for post in staff)
            for number in range(1, len(workshop["teams"]) + 1):
                team = f"{workshop['unit']}-{number}"
                yield from (_Seat(code, team, post, in_team=True) for post in workshop["posts"])


@cache
def _told() -> tuple[list[dict[str, Any]], dict[str, Person]]:
    chance = Random(20200101)  # noqa: S311 - the story is the same on every machine and at every start
    seats = list(_seats())
    teams = [seat for seat in seats if seat.in_team]
    names = _names(chance)
    told: list[dict[str, Any]] = []
    there: dict[str, Person] = {}
    for number in range(1, len(seats) + _LEFT + 1):
        leaves = number > len(seats)
        seat = chance.choice(teams) if leaves else seats[number - 1]
        life = _Life(f"D{number:04d}", next(names), seat, teams, chance)
        life.work(leaves)
        told += life.events
        if not leaves:
            there[life.employee] = Person(
                life.employee, life.name, seat.plant, seat.unit, seat.post
            )
    # Sorting is stable: what one person did on one day stays in its order.
    return sorted(told, key=lambda event: str(event["data"]["on"])), there


def _names(chance: Random) -> Iterator[str]:
    parts = _company()["people"]
    used = set()
    while True:
        name = "".join(chance.choice(parts[part]) for part in ("surnames", "first", "second"))
        if name not in used:
            used.add(name)
            yield name


class _Life:
    """What HR says of one person from being hired to sitting in `seat`, or to leaving it."""

    def __init__(
        self, employee: str, name: str, seat: _Seat, teams: list[_Seat], chance: Random
    ) -> None:
        self.employee, self.name, self.seat = employee, name, seat
        self.teams, self.chance = teams, chance
        self.day = FIRST
        self.events: list[dict[str, Any]] = []
        self.counter = count()

    def says(self, what: str, **data: Any) -> None:
        told = {"employee": self.employee, **data, "on": self.day.isoformat()}
        kind = f"hr.{what}" if what.startswith("leave-") else f"hr.employee-{what}"
        event = _event(kind, self.employee, self.day, told, next(self.counter))
        self.events.append(event)

    def later(self, least: int, most: int) -> None:
        self.day += timedelta(days=self.chance.randint(least, most))

    def work(self, leaves: bool) -> None:
        self.be_hired(leaves)
        if self.seat.in_team:
            self.come_to_the_seat()
        else:
            self.says("assigned", unit=self.seat.unit, post=self.seat.post)
        if self.seat.in_team and not leaves:
            self.be_away()
        if leaves:
            self.later(120, 700)
            self.says("left")

    def be_hired(self, leaves: bool) -> None:
        recent = self.seat.in_team and not leaves and self.chance.random() < 0.4
        self.later(366, 1200) if recent else self.later(0, 330)
        sex = self.chance.choice("FMM")
        age = timedelta(days=self.chance.randint(20 * 366, 45 * 365))
        self.says("hired", name=self.name, birth_date=(self.day - age).isoformat(), sex=sex)

    def come_to_the_seat(self) -> None:
        """Straight, or as a beginner, or by way of another team, or after a time in none."""
        if self.chance.random() < 0.4:
            self.later(5, 30)  # safety training comes before the first place
        start, path = self.seat, self.chance.random()
        if path < 0.14:
            start = self.chance.choice([team for team in self.teams if self.is_another(team, path)])
        beginner = path < 0.4 or self.seat.post == "班长"
        post = _company()["people"]["beginner"] if beginner else self.seat.post
        self.says("assigned", unit=start.unit, post=post)
        if not beginner:
            return
        self.later(180, 500)
        if start.unit == self.seat.unit:
            self.says("retitled", post=self.seat.post)
        elif path < 0.11:
            self.says("transferred", unit=self.seat.unit, from_unit=start.unit)
            self.says("retitled", post=self.seat.post)
        else:
            self.says("unassigned")
            self.later(10, 40)
            self.says("assigned", unit=self.seat.unit, post=self.seat.post)

    def is_another(self, team: _Seat, path: float) -> bool:
        """Some come from another plant, more from the next team."""
        if path < 0.04:
            return team.plant != self.seat.plant
        return team.plant == self.seat.plant and team.unit != self.seat.unit

    def be_away(self) -> None:
        lot = self.chance.random()
        if lot < 0.1:
            kind = self.chance.choice(_company()["leave"]["kinds"])
            if kind == "maternity" and self.events[0]["data"]["sex"] != "F":
                kind = "sick"
            self.later(60, 300)
            self.says("leave-started", kind=kind)
            self.later(3, 98)
            self.says("leave-ended", kind=kind)
        elif lot < 0.15:
            self.later(60, 400)
            planned = self.day + timedelta(days=self.chance.randint(90, 400))
            project = self.chance.choice(_company()["secondment"]["projects"])
            self.says("seconded", to=project, until=planned.isoformat())
            if self.chance.random() < 0.5:
                self.later(60, 90)
                self.says("returned")
