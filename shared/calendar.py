"""Days as the plant counts them: its own zone, and working days from a calendar library."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The default zone of a plant."""


def today(zone: ZoneInfo = SHANGHAI) -> date:
    return datetime.now(UTC).astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo = SHANGHAI) -> datetime:
    """The moment at which the day begins there, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True)
class Counted:
    """A day reached by counting. `provisional` when the holidays of its year are not known yet."""

    day: date
    provisional: bool = False


def working_days_after(start: date, count: int) -> Counted:
    """The `count`-th working day after `start`. China's holidays and make-up days where the
    library knows the year (2004 onwards, a year ahead at most), else Monday to Friday."""
    day, provisional = start, False
    while count > 0:
        day += timedelta(days=1)
        works = _is_workday(day)
        provisional |= works is None
        count -= day.weekday() < 5 if works is None else works
    return Counted(day, provisional)


def is_working_day(day: date) -> bool:
    """By the same calendar."""
    works = _is_workday(day)
    return day.weekday() < 5 if works is None else works


@lru_cache(maxsize=4096)
def _is_workday(day: date) -> bool | None:
    """None for a year that the library does not know; it looks a day up anew each time."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def calendar_days_after(start: date, count: int) -> Counted:
    return Counted(start + timedelta(days=count))
