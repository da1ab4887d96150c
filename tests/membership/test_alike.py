"""Whether two numbers may be of one person, from what is held of both."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.desk.alike import (
    AT_ONCE,
    MANY,
    RANKS,
    SOON,
    TOO_LATE,
    Known,
    Spell,
    alike,
    telling,
)
from shared.messages import uuid7

BORN, DAY = date(1990, 2, 3), date(2024, 5, 1)


def known(*worked: Spell, name: str = "张伟", born: date | None = BORN) -> Known:
    return Known(uuid7(), name, born, worked)


def spell(since: int, until: int | None = None, at: str | None = "one") -> Spell:
    """Days from the first of May on."""
    end = None if until is None else DAY + timedelta(until)
    return Spell(DAY + timedelta(since), end, at, at)


LEFT = spell(-400, 0)


@pytest.mark.parametrize(
    ("gap", "born", "why"),
    [
        (0, BORN, "hired-again"),
        (SOON, BORN, "hired-again"),
        (SOON + 1, BORN, "same-birth-date"),
        (-TOO_LATE, BORN, "hired-again"),
        (-TOO_LATE - 1, BORN, "same-birth-date"),
        (0, None, "hired-again"),
        (AT_ONCE, None, "hired-again"),
        (AT_ONCE + 1, None, None),
        (-TOO_LATE, None, "hired-again"),
        (-TOO_LATE - 1, None, None),
    ],
)
def test_who_is_hired_soon_after_leaving_may_be_the_same(
    gap: int, born: date | None, why: str | None
) -> None:
    found = alike(known(LEFT), known(spell(gap), born=born))
    assert (found and found.reason) == why
    if found:
        assert found.same_birth_date == (born is not None)
        assert found.days == (gap if why == "hired-again" else None)


def test_a_name_alone_says_nothing_in_another_plant() -> None:
    assert alike(known(LEFT), known(spell(0, at="two"), born=None)) is None
    assert alike(known(LEFT), known(spell(0, at=None), born=None)) is None
    assert alike(known(LEFT), known(spell(0, at="two")))
    moved = Spell(LEFT.since, LEFT.until, "two", "one")
    assert alike(known(moved), known(spell(0), born=None)), "where they were last counts"


def test_who_was_entered_twice_on_one_day_may_be_the_same() -> None:
    for born, at, why in (
        (BORN, "one", "hired-twice"),
        (BORN, "two", "hired-twice"),
        (None, "one", "hired-twice"),
        (None, "two", None),
    ):
        found = alike(known(spell(0)), known(spell(0, at=at), born=born))
        assert (found and found.reason) == why, (born, at)
    assert alike(known(spell(0)), known(spell(1), born=None)) is None


@pytest.mark.parametrize("other", [{"name": "张玮"}, {"born": date(1990, 2, 4)}])
def test_another_name_or_birth_date_is_another_person(other: dict[str, str]) -> None:
    for theirs in (spell(0), spell(-400)):
        assert alike(known(LEFT), known(theirs, **other)) is None  # type: ignore[arg-type]


def test_who_never_worked_here_is_not_suspected() -> None:
    assert alike(known(LEFT), known()) is None


def test_what_many_share_tells_nothing() -> None:
    ids = [uuid7() for _ in range(MANY)]
    assert telling(ids, MANY) == ids
    assert telling(ids, MANY + 1) == ()
    assert telling(None, 1) == ()


SPELLS = st.lists(
    st.builds(
        lambda since, days, at: spell(since, None if days is None else since + days, at),
        st.integers(-100, 100),
        st.none() | st.integers(1, 100),
        st.sampled_from(["one", "two", None]),
    ),
    max_size=3,
)
BIRTHS = st.sampled_from([BORN, None, date(1980, 1, 1)])


@given(SPELLS, SPELLS, BIRTHS, BIRTHS)
def test_it_is_the_same_from_either_side_and_more_is_found_with_birth_dates(
    mine: Sequence[Spell], theirs: Sequence[Spell], born: date | None, other: date | None
) -> None:
    one, two = known(*mine, born=born), known(*theirs, born=other)
    found = alike(one, two)
    assert found == alike(two, one)
    assert found is None or (found.reason, found.same_birth_date) in RANKS
    if found and not found.same_birth_date:
        sure = alike(known(*mine), known(*theirs))
        assert sure is not None
        assert sure.rank < found.rank
