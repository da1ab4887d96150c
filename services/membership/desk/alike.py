"""Whether two numbers may be of one person: pure, from what the roll holds of both. Nothing follows
from it but a line on a list; who they are is said by an officer.

A name alone says little where a hundred thousand people share a few thousand common ones: with the
birth date it says much, without it only together with the plant and the day, and only as long as
few have that name. Birth dates that differ say that they are two.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.contracts.membership import PairReason

MANY = 10
"""What more than so many numbers have in common, such as 张伟, or the first of January 1970 where
nobody knew the day, tells nothing."""
SOON, AT_ONCE, TOO_LATE = 62, 31, 14
"""Days. Between leaving and being hired again where the birth date is the same, and where it is not
known; and by which HR may close a number later than it opens the next."""
RANKS: dict[tuple[PairReason, bool], int] = {
    ("hired-again", True): 1,
    ("hired-twice", True): 2,
    ("same-birth-date", True): 3,
    ("hired-again", False): 4,
    ("hired-twice", False): 5,
}
"""By the reason, and whether the birth date is the same: the likeliest first."""


class Spell(NamedTuple):
    """Half-open days of work, and the plants in which they began and ended, where that is known."""

    since: date
    until: date | None
    began_in: str | None
    ended_in: str | None


class Known(NamedTuple):
    """What is held of a person under one number."""

    person: UUID
    name: str
    born: date | None
    worked: Sequence[Spell]


class Alike(NamedTuple):
    """Why two may be one. `days`: between leaving under one number and being hired under the other;
    below zero, the first was closed later than the second was opened."""

    reason: PairReason
    same_birth_date: bool
    days: int | None

    @property
    def rank(self) -> int:
        return RANKS[self.reason, self.same_birth_date]


def telling(ids: Collection[UUID] | None, many: int) -> Collection[UUID]:
    """Those who share something, when it is not shared by too many."""
    return ids or () if many <= MANY else ()


def alike(one: Known, other: Known) -> Alike | None:
    """Whichever of the two comes first."""
    born = one.born is not None and one.born == other.born
    if one.name != other.name or (one.born and other.born and not born):
        return None
    again = min(_gaps(one, other, same_plant=not born), key=abs, default=None)
    if again is not None and again <= (SOON if born else AT_ONCE):
        return Alike("hired-again", born, again)
    if _hired_twice(one, other, same_plant=not born):
        return Alike("hired-twice", born, None)
    if born and one.worked and other.worked:
        return Alike("same-birth-date", born, None)
    return None


def _gaps(one: Known, other: Known, *, same_plant: bool) -> Iterator[int]:
    """Days between leaving under either number and being hired under the other."""
    for left, hired in ((one.worked, other.worked), (other.worked, one.worked)):
        for before in left:
            for after in hired:
                if before.until is None or before.since >= after.since:
                    continue
                if same_plant and not _one_plant(before.ended_in, after.began_in):
                    continue
                gap = (after.since - before.until).days
                if gap >= -TOO_LATE:
                    yield gap


def _hired_twice(one: Known, other: Known, *, same_plant: bool) -> bool:
    """On one day: somebody was entered twice."""
    return any(
        mine.since == theirs.since
        and (not same_plant or _one_plant(mine.began_in, theirs.began_in))
        for mine in one.worked
        for theirs in other.worked
    )


def _one_plant(one: str | None, other: str | None) -> bool:
    return one is not None and one == other
