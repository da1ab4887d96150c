"""Whose an employee number is on which day, from what officers ruled: two numbers of one person,
and one number that was given to two people. Pure; ids and numbers go in and come out.

Nobody's id is ever changed or used again. A person who turns out to be another is that one from
then on (`same_as`): what was said under either id is of one human being.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

LONGEST = 32
"""Of an employee number."""


class Identified(NamedTuple):
    """A ruling about a number. `same-person`: `person`, to whom it belongs, is `same_as`. From
    `since` on it belongs to `person`, minted by the ruling; None: the ruling mints nobody."""

    id: UUID
    decided_at: datetime
    kind: Literal["same-person", "another-human"]
    number: str
    person: UUID
    since: date | None = None
    same_as: UUID | None = None
    taken_back: bool = False


class Held(NamedTuple):
    """Half-open days; None is open."""

    number: str
    person: UUID
    since: date | None
    until: date | None

    def holds(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Holders:
    """`held` are all days of all numbers, each of one person at a time. `same_as` tells of whom it
    is known that they are another. `called`: the number by which each person is found, which is
    that of now; whose number is somebody else's by now is called by it with a mark."""

    held: Sequence[Held]
    same_as: Mapping[UUID, UUID]
    called: Mapping[UUID, str]


def holders(
    first: Mapping[str, UUID], rulings: Iterable[Identified], begins: Mapping[str, date]
) -> Holders:
    """`first`: number → the person who was made when HR first spoke of it; `begins`: the first day
    that HR speaks of. Whom a ruling made that was taken back, or has given
    way to a later one, is whoever has the number instead."""
    made = sorted(set(rulings), key=lambda each: (each.decided_at, each.id))
    standing = [each for each in made if not each.taken_back]
    same_as = {each.person: each.same_as for each in standing if each.same_as}
    segments = {number: _segments(number, person, standing) for number, person in first.items()}
    for each in made:
        if each.since is not None and each.person not in same_as:
            now = next(one.person for one in segments[each.number] if one.holds(each.since))
            if _root(now, same_as) != each.person:
                same_as[each.person] = now
    root = {person: _root(person, same_as) for person in same_as}
    held = [
        one._replace(person=root.get(one.person, one.person))
        for number in sorted(segments)
        for one in segments[number]
    ]
    people = {*first.values(), *(each.person for each in made)}
    people |= {each.same_as for each in made if each.same_as}
    return Holders(_joined(held), root, _called(people, held, root, begins))


def _segments(number: str, first: UUID, rulings: Iterable[Identified]) -> list[Held]:
    """Of two from one day on, the later ruling holds."""
    given = {
        each.since: each.person
        for each in rulings
        if each.number == number and each.since is not None
    }
    segments = [Held(number, first, None, None)]
    for since in sorted(given):
        segments[-1] = segments[-1]._replace(until=since)
        segments.append(Held(number, given[since], since, None))
    return segments


def _joined(held: Iterable[Held]) -> list[Held]:
    """Days of one number that meet and are one person's are one."""
    rows: list[Held] = []
    for one in held:
        if rows and rows[-1][:2] == one[:2] and rows[-1].until == one.since:
            rows[-1] = rows[-1]._replace(until=one.until)
        else:
            rows.append(one)
    return rows


def _root(person: UUID, same_as: Mapping[UUID, UUID]) -> UUID:
    seen = {person}
    while (further := same_as.get(person)) is not None and further not in seen:
        seen.add(further)
        person = further
    return person


def _called(
    people: Iterable[UUID],
    held: Sequence[Held],
    root: Mapping[UUID, UUID],
    begins: Mapping[str, date],
) -> dict[UUID, str]:
    """Whoever has several numbers is called by the latest; the others go to the ids that are found
    to be the same person, so that each number leads to whose it is."""
    has: defaultdict[UUID, list[str]] = defaultdict(list)
    had: defaultdict[UUID, list[str]] = defaultdict(list)
    for one in held:
        (has if one.until is None else had)[one.person].append(one.number)
    for numbers in has.values():
        numbers.sort(key=lambda number: (begins.get(number, date.min), number))
    called: dict[UUID, str] = {}
    marked: defaultdict[str, int] = defaultdict(int)

    def mark(number: str) -> str:
        marked[number] += 1
        mark = f"~{marked[number]}"
        return number[: LONGEST - len(mark)] + mark

    everyone = sorted(people)
    for person in everyone:
        if person not in root:
            called[person] = has[person].pop() if has[person] else mark(min(had[person]))
    for person in everyone:
        if person in root:
            spare = has[root[person]]
            called[person] = spare.pop(0) if spare else mark(called[root[person]])
    return called
