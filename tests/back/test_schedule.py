"""When it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.gateway.back.schedule import (
    JITTER,
    LONGEST_WISH,
    PAUSES,
    TRIES,
    next_due,
    retry_after,
)

NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)


@given(some.integers(1, TRIES - 1), some.floats(0, 1))
def test_each_pause_is_the_schedule_s_and_a_part_by_lot(tries: int, lot: float) -> None:
    due = next_due(tries, NOW, lot)
    assert due is not None
    assert PAUSES[tries - 1] <= due - NOW <= PAUSES[tries - 1] * (1 + JITTER)


def test_the_pauses_grow_and_end() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert next_due(TRIES, NOW, 0) is None
    assert sum(PAUSES, timedelta()) > timedelta(days=3)


@given(some.integers(1, TRIES - 1), some.integers(0, 10**6))
def test_what_a_receiver_wishes_is_not_undercut(tries: int, seconds: int) -> None:
    wish = retry_after(str(seconds), NOW)
    assert wish is not None
    assert wish - NOW == min(timedelta(seconds=seconds), LONGEST_WISH)
    due = next_due(tries, NOW, 0, not_before=wish)
    assert due is not None
    assert due >= wish


def test_a_wish_may_be_a_date() -> None:
    assert retry_after("Mon, 06 May 2024 07:10:00 GMT", NOW) == NOW + timedelta(minutes=2)
    assert retry_after("Mon, 06 May 2024 07:00:00 GMT", NOW) == NOW


@pytest.mark.parametrize("said", ["", "soon", "-5", "1.5", "٣", "9" * 40, None])
def test_what_is_no_wish_is_none(said: str | None) -> None:
    assert retry_after(said, NOW) is None
