"""When a digest is due: a law over all moments."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.telling.due import (
    EARLIEST,
    LATEST,
    LONGEST,
    Every,
    later,
    next_due,
)
from shared.calendar import SHANGHAI, is_working_day

MOMENTS = st.datetimes(
    datetime(2004, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)
)  # fmt: skip
ZONES = st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "America/New_York"])
HOURS = st.integers(EARLIEST, LATEST)
EVERY = st.sampled_from(["day", "week"])


@given(MOMENTS, EVERY, HOURS, ZONES)
def test_the_next_one_is_to_come_at_that_hour_of_a_working_day(
    after: datetime, every: Every, hour: int, name: str
) -> None:
    zone = ZoneInfo(name)
    due = next_due(after, every, hour, zone)
    there = due.astimezone(zone)
    assert due > after
    assert (there.hour, there.minute) == (hour, 0)
    assert is_working_day(there.date())


@given(MOMENTS, EVERY, HOURS, ZONES)
def test_between_two_that_follow_each_other_there_is_none(
    after: datetime, every: Every, hour: int, name: str
) -> None:
    """So however long nobody looked, one is due and not all that were missed."""
    zone = ZoneInfo(name)
    first = next_due(after, every, hour, zone)
    halfway = after + (first - after) / 2
    assert next_due(halfway, every, hour, zone) == first
    second = next_due(first, every, hour, zone)
    assert second > first
    if every == "week":
        weeks = {moment.astimezone(zone).isocalendar()[:2] for moment in (first, second)}
        assert len(weeks) == 2, "once a week"


@given(MOMENTS, st.integers(1, 2000), EVERY, HOURS)
def test_what_fails_is_tried_ever_later_and_never_given_up(
    now: datetime, tries: int, every: Every, hour: int
) -> None:
    again = later(now, tries, every, hour)
    assert now < again <= next_due(now + LONGEST, every, hour)
    if tries > 2:
        assert again.astimezone(SHANGHAI).hour == hour, "not at night"
    assert later(now, tries + 1, every, hour) >= again or tries == 2


@pytest.mark.parametrize(
    ("after", "every", "due"),
    [
        ("2026-11-26T07:59:59+08:00", "day", "2026-11-26T08:00:00+08:00"),
        ("2026-11-26T08:00:00+08:00", "day", "2026-11-27T08:00:00+08:00"),
        ("2026-11-27T09:00:00+08:00", "day", "2026-11-30T08:00:00+08:00"),
        ("2026-11-26T07:00:00+08:00", "week", "2026-11-30T08:00:00+08:00"),
        # National Day from Thursday to Wednesday: that week begins to work on Thursday.
        ("2026-09-30T09:00:00+08:00", "day", "2026-10-08T08:00:00+08:00"),
        ("2026-09-30T09:00:00+08:00", "week", "2026-10-08T08:00:00+08:00"),
    ],
)
def test_it_is_due_as_the_calendar_of_the_plant_says(after: str, every: Every, due: str) -> None:
    expected = datetime.fromisoformat(due)
    assert next_due(datetime.fromisoformat(after), every, 8) == expected
    assert expected - datetime.fromisoformat(after) > timedelta()
