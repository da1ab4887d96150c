"""What law and house say of union bodies. Pure functions of numbers and days; each verdict names
the version that it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.membership.rules import version_of
from shared.calendar import calendar_days_after
from shared.contracts.membership import BodyKind, BodyPost, BodyState, Judged, PostRole
from shared.rulebook import Basis, Version

SIZES: Mapping[BodyKind, str] = {
    "committee": "committee-size",
    "branch": "branch-size",
    "group": "group-size",
    "women": "women-size",
    "auditors": "auditors-size",
}
HEADS: Mapping[BodyKind, BodyPost] = {
    "committee": "chair",
    "branch": "chair",
    "group": "leader",
    "women": "head",
    "auditors": "head",
}
"""The post of a body that one person holds at a time."""
POSTS: Mapping[BodyKind, tuple[BodyPost, ...]] = {
    "committee": ("chair", "vice-chair", "member"),
    "branch": ("chair", "vice-chair", "member"),
    "group": ("leader", "member"),
    "women": ("head", "deputy-head", "member"),
    "auditors": ("head", "deputy-head", "member"),
}
GIVES: Mapping[tuple[BodyKind, BodyPost], PostRole] = {
    ("committee", "chair"): "chair",
    ("branch", "chair"): "chair",
    ("group", "leader"): "leader",
}
"""The dated post, with its rights at the unit and below, that comes with a seat."""


class Range(NamedTuple):
    """Both ends are lawful."""

    least: int
    most: int


@dataclass(frozen=True)
class Term:
    """For how long a body is elected: up to, not including, `until`. The next election is due on
    `due_on`, the last day, and prepared from `prepare_on` on."""

    since: date
    years: int
    until: date
    due_on: date
    prepare_on: date
    length: Judged
    prepared: Judged
    due_by: Basis


def judged(
    version: Version, inputs: Mapping[str, int | str | None], lawful: bool | None = None
) -> Judged:
    return Judged(
        rule=version.rule,
        version=version.number,
        citation=version.citation,
        citation_en=version.citation_en,
        standing=version.standing,
        inputs=dict(inputs),
        lawful=lawful,
    )


def lawful_size(kind: BodyKind, members: int, *, on: date, province: str = "*") -> Range:
    """How many may sit in a body of so many members, elected on that day. Beyond the last band
    of the source that one holds on."""
    bands = version_of(SIZES[kind], on, province).values["bands"]
    band = next((each for each in bands if members <= each["members"]), bands[-1])
    return Range(band["least"], band["most"])


def size(
    kind: BodyKind, members: int, *, on: date, seats: int | None = None, province: str = "*"
) -> Judged:
    """Is a body of so many seats lawful; with no seats given, what would be."""
    version = version_of(SIZES[kind], on, province)
    lawful = lawful_size(kind, members, on=on, province=province)
    inputs = {"members": members, "seats": seats, "least": lawful.least, "most": lawful.most}
    fits = None if seats is None else lawful.least <= seats <= lawful.most
    said = judged(version, inputs, fits)
    if members > version.values["bands"][-1]["members"]:
        return said.model_copy(update={"standing": "unverified"})
    return said


def committee_needed(members: int, *, on: date, province: str = "*") -> Judged:
    """Must a union of so many members have a committee of its own."""
    version = version_of("union-committee", on, province)
    least = version.values["members"]
    return judged(version, {"members": members, "least": least}, members >= least)


def term(since: date, years: int, province: str = "*") -> Term:
    """A term that begins on that day."""
    law = version_of("union-term", since, province)
    house = version_of("election-preparation", since, province)
    until = _years_after(since, years)
    due_on = calendar_days_after(until, -1).day
    days: int = house.values["days"]
    prepare_on = max(since, calendar_days_after(until, -days).day)
    return Term(
        since,
        years,
        until,
        due_on,
        prepare_on,
        judged(law, {"years": years}, years in law.values["years"]),
        judged(house, {"days": days, "from": prepare_on.isoformat()}),
        house.basis(days=days, working=False, provisional=False),
    )


def _years_after(day: date, years: int) -> date:
    """Of the 29th of February, the 1st of March: the day before it still belongs to the term."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def state(
    due_on: date | None, prepare_on: date | None, *, on: date, next_on: date | None = None
) -> BodyState:
    """How a term stands on a day; `next_on`, when the one after it was elected. One that has run
    out goes on, and is shown as overdue: nobody loses a chair because an election was not held."""
    if due_on is None or prepare_on is None:
        return "none"
    if next_on is not None and next_on <= on:
        return "running"
    if on > due_on:
        return "overdue"
    return "due" if on >= prepare_on else "running"


def may_call_a_meeting(members: int, *, on: date, province: str = "*") -> Judged:
    """How many members may have a meeting called out of turn: at least one in so many."""
    version = version_of("union-meeting", on, province)
    return judged(version, {"members": members, "needed": -(-members // version.values["of"])})


def recall(electors: int, *, on: date, votes: int | None = None, province: str = "*") -> Judged:
    """Do so many votes of all who have one recall somebody: more than half of all, not of those
    who came. With no votes given, how many are needed."""
    version = version_of("union-recall", on, province)
    needed = electors // version.values["of"] + 1
    inputs = {"electors": electors, "votes": votes, "needed": needed}
    return judged(version, inputs, None if votes is None else votes >= needed)


def time_off(*, on: date, province: str = "*") -> Judged:
    """Working days a month for who sits in a committee beside their work."""
    version = version_of("part-time-days", on, province)
    return judged(version, {"days": version.values["days"]})


def electable(*, on: date, province: str = "*") -> Version:
    """By which rule only members can be elected."""
    return version_of("union-electable", on, province)
