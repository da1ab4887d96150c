"""The real HR feed as lists: what HR would have printed on a day, read from its events alone."""

from dataclasses import dataclass
from typing import Any

HEADER = ("工号", "姓名", "部门编码", "岗位", "入职日期", "到岗日期", "离职日期")
ORDER = ("hired", "unassigned", "assigned", "transferred", "retitled", "left")


@dataclass
class Someone:
    """As of the day that has been reached."""

    name: str
    hired: str
    unit: str | None = None
    post: str | None = None
    since: str | None = None
    left: str | None = None


def as_of(said: list[dict[str, Any]], on: str) -> dict[str, Someone]:
    """Number → what HR's own records say at the beginning of the day; who has left too."""
    people: dict[str, Someone] = {}
    of_people = [
        (each["data"]["on"], ORDER.index(kind), each["data"])
        for each in said
        if (kind := each["type"].removeprefix("hr.employee-")) in ORDER
    ]
    for day, kind, data in sorted(of_people, key=lambda each: each[:2]):
        if day > on:
            break
        employee = data["employee"]
        match ORDER[kind]:
            case "hired":
                people[employee] = Someone(data["name"], day)
                continue
            case "assigned":
                people[employee].post = data.get("post")
        one = people[employee]
        match ORDER[kind]:
            case "assigned" | "transferred":
                one.unit, one.since = data["unit"], day
            case "unassigned":
                one.unit = one.since = None
            case "retitled":
                one.post = data["post"]
            case "left":
                one.left, one.unit = day, None
    return people


def rows(people: dict[str, Someone], *, before: str) -> list[list[str | None]]:
    """A line each, with what stands before numbers and units so that they are this test's own."""
    return [
        [
            before + number,
            one.name,
            one.unit and before + one.unit,
            one.post if one.unit else None,
            one.hired,
            one.since,
            one.left,
        ]
        for number, one in people.items()
    ]
