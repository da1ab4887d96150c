"""What the days of people follow from: HR's events about their numbers, and what was ruled of them.

As long as nobody ruled about a number, it is one person's, and their history is that of the number.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.membership.desk.rulings import rulings_about
from services.membership.numbers import Group, group_of
from services.membership.timeline import Timeline
from services.membership.timeline.growth import End
from services.membership.timeline.holders import Held
from services.membership.timeline.rulings import (
    Ruling,
    counting,
    left_first,
    timeline_as_ruled,
    whom_about,
)
from services.membership.timeline.unfit import age
from shared.calendar import today
from shared.contracts.hr import EmployeeHired, EmployeeLeft, HrEvent, OfEmployee, parse, parse_kept
from shared.database import ReadSession, Session, raw

NOTHING: Mapping[Any, Any] = MappingProxyType({})
Key = tuple[str, str, bytes]
"""Source, id and digest: what an event is known by."""

_ABOUT = """
    SELECT source, id, digest, about, CASE WHEN heard_at < now() THEN CAST(raw AS text) END AS raw
    FROM hr_event WHERE about = ANY($1)
"""
_WHOLE = """
    SELECT CAST(raw AS text) FROM hr_event WHERE (source, id, digest) = ($1, $2, $3)
"""
_GIVEN_UP = "/numbers"
"""The source of an event that nobody has sent: the number went to somebody else."""


@dataclass(frozen=True)
class History:
    """`called` is the number by which the person is found today. `numbers` are told where somebody
    ruled about them. Whoever turned out to be another (`same_as`) has no days of their own."""

    called: str
    events: Sequence[HrEvent]
    rulings: Sequence[Ruling]
    numbers: Sequence[Held] = ()
    person: UUID | None = None
    same_as: UUID | None = None

    def timeline(
        self,
        units: Collection[str],
        ends: Mapping[str, End],
        *,
        one_more: Ruling | None = None,
    ) -> Timeline:
        """Their days. Whose number is somebody else's by now is employed until then at most."""
        rulings = [*self.rulings, one_more] if one_more else self.rulings
        known = _joined_numbers(self, rulings)
        days = timeline_as_ruled(self.events, rulings, units, ends, same_humans=known)
        if (until := self.given_up()) and days.employed and days.employed[-1].until is None:
            gone = [*self.events, _given_up(self.called, until)]
            days = timeline_as_ruled(gone, rulings, units, ends, same_humans=known)
        return days

    def counting(self) -> Sequence[HrEvent]:
        return counting(self.events, self.rulings)

    def given_up(self) -> date | None:
        """The day from which the person has no number any more; None while there is one."""
        untils = [one.until for one in self.numbers]
        return max((day for day in untils if day), default=None) if all(untils) else None

    def number_of(self) -> Mapping[tuple[str, str], str]:
        """Identity of an event → the number that it is about."""
        return whom_about(self.events)


def _joined_numbers(history: History, rulings: Sequence[Ruling]) -> frozenset[tuple[str, str]]:
    """The first hire under each number: that it is the same person has been ruled."""
    if len({one.number for one in history.numbers}) < 2:
        return frozenset()
    first: dict[str, HrEvent] = {}
    hires = [
        (event.data.on, age(event), event)
        for event in counting(history.events, rulings)
        if isinstance(event.data, EmployeeHired)
    ]
    for _, _, hire in sorted(hires, key=lambda each: each[:2]):
        first.setdefault(hire.subject_key, hire)
    return frozenset((event.source, event.id) for event in first.values())


def _given_up(number: str, on: date) -> HrEvent:
    return parse(
        {
            "specversion": "1.0",
            "id": number,
            "source": _GIVEN_UP,
            "type": "hr.employee-left",
            "data": {"employee": number, "on": on.isoformat()},
        }
    )


async def events_about(
    numbers: Collection[str],
    session: Session | ReadSession,
    news: Mapping[Key, HrEvent] = NOTHING,
) -> dict[str, list[HrEvent]]:
    """Employee number → all events about it, as heard. What is in `news` is not read again."""
    found: dict[str, list[HrEvent]] = defaultdict(list)
    for source, id, digest, about, whole in await raw(session).fetch(_ABOUT, list(numbers)):
        event = news.get((source, id, digest)) or parse_kept(
            whole or await raw(session).fetchval(_WHOLE, source, id, digest)
        )
        if isinstance(event.data, OfEmployee):
            found[about].append(event)
    return found


async def histories_of(
    numbers: Collection[str],
    session: Session | ReadSession,
    *,
    group: Group | None = None,
    news: Mapping[Key, HrEvent] = NOTHING,
) -> list[History]:
    """Of everybody whose these numbers are or were; or would be, in a `group` only tried."""
    group = group or await group_of(numbers, session)
    every = set(numbers) | group.numbers
    heard = await events_about(every, session, news)
    ruled = await rulings_about(every, session)
    alone = sorted(heard.keys() - group.numbers)
    return [
        *(History(number, heard[number], ruled.get(number, ())) for number in alone),
        *(_of_group(person, group, heard, ruled) for person in sorted(group.called)),
    ]


def _of_group(
    person: UUID,
    group: Group,
    heard: Mapping[str, Sequence[HrEvent]],
    ruled: Mapping[str, Sequence[Ruling]],
) -> History:
    held = group.of(person)
    return History(
        called=group.called[person],
        events=_leaving_first(
            [
                event
                for one in held
                for event in heard.get(one.number, ())
                if one.holds(event.data.on or today())
            ]
        ),
        rulings=[ruling for number in _once(held) for ruling in ruled.get(number, ())],
        numbers=held,
        person=person,
        same_as=group.same_as.get(person),
    )


def _leaving_first(events: Sequence[HrEvent]) -> list[HrEvent]:
    """HR's order of a day is that of one number: whoever leaves under one and is hired under
    another on the same day has left first."""
    hires = [each for each in events if isinstance(each.data, EmployeeHired)]
    hired = {(each.data.on, each.subject_key) for each in hires}
    return [
        left_first(event)
        if isinstance(event.data, EmployeeLeft)
        and any(on == event.data.on and number != event.subject_key for on, number in hired)
        else event
        for event in events
    ]


def _once(held: Sequence[Held]) -> list[str]:
    return list(dict.fromkeys(one.number for one in held))
