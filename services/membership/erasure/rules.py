"""What has to be settled before a person can be erased, and how long it waits: pure, but for the
rules as dated data."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

from shared.contracts.membership import CitedRule, Obstacle
from shared.rights import RuleBroken
from shared.rulebook import Version, in_force, read_rule

RULES = Path(__file__).parent.parent / "rulebook"
SAID: Mapping[Obstacle, str] = {
    "employed": "still employed, or employed from a later day on",
    "member": "still a member of the union; the membership has to be ended first",
    "post": "holds a post; it has to be ended first",
    "seat": "sits in a body of the union; the seat has to be ended first",
    "dues": "has dues that did not fit; they have to be settled first",
    "told-today": "HR has told of them for today or later; that day has to pass",
}


def rule(name: str, on: date) -> Version:
    return in_force(read_rule(RULES / f"{name}.toml"), on)


def in_the_way(found: Collection[str], on: date) -> list[Obstacle]:
    """Of what was found, what has to be settled first by the rule of that day, in its order."""
    first: list[Obstacle] = rule("erasure", on).values["settled_first"]
    return [each for each in first if each in found]


def waits_days(on: date) -> int:
    days: int = rule("erasure-wait", on).values["days"]
    return days


def due_on(granted: date) -> date:
    """The day on which it is done: until its midnight it can be withdrawn."""
    return granted + timedelta(days=waits_days(granted))


def cited(on: date) -> list[CitedRule]:
    return [
        CitedRule(
            rule=each.rule,
            citation=each.citation,
            citation_en=each.citation_en,
            standing=each.standing,
        )
        for each in (rule("erasure", on), rule("erasure-wait", on))
    ]


def refuse(obstacles: Collection[Obstacle], on: date) -> NoReturn:
    """Raises `RuleBroken` (409), which names what has to be settled."""
    version = rule("erasure", on)
    raise RuleBroken(
        "not-settled",
        "cannot be erased yet: " + "; ".join(SAID[each] for each in obstacles),
        field="employee",
        rule=version.rule,
        citation=version.citation,
    )
