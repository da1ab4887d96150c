"""When a digest is due: at an hour of the plant's own on a working day, every one or the first of
the week. Pure functions; moments are aware, in UTC."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.calendar import SHANGHAI, is_working_day

Every = Literal["day", "week"]
EARLIEST, LATEST = 6, 21
"""Hours at which a message may come."""
AT_ONCE = (timedelta(minutes=15), timedelta(hours=1))
"""After the first failures; later ones wait for the hour that the person has chosen."""
LONGEST = timedelta(days=32)


def next_due(after: datetime, every: Every, hour: int, zone: ZoneInfo = SHANGHAI) -> datetime:
    """The first such moment after another; however long ago the last one was, there is one."""
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if moment > after and is_working_day(day) and (every == "day" or _first_of_week(day)):
            return moment
        day += timedelta(days=1)


def later(now: datetime, tries: int, every: Every, hour: int) -> datetime:
    """When to try again what has failed so many times: ever later, a month at most."""
    if tries <= len(AT_ONCE):
        return now + AT_ONCE[tries - 1]
    pause = min(timedelta(days=2 ** min(tries - len(AT_ONCE) - 1, 8) - 1), LONGEST)
    return next_due(now + pause, every, hour)


def _first_of_week(day: date) -> bool:
    """No working day of its week came before it."""
    before = (day - timedelta(days=back) for back in range(1, day.weekday() + 1))
    return not any(map(is_working_day, before))
