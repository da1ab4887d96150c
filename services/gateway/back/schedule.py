"""When a webhook that failed is tried again: the schedule that Standard Webhooks recommends."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first failure, the second and so on; after one more it is given up: three days."""
TRIES = len(PAUSES) + 1
JITTER = 0.2
"""A part of each pause is drawn by lot, so that what failed together does not come together."""
LONGEST_WISH = timedelta(hours=24)
"""A receiver may ask for so long a pause."""


def next_due(
    tries: int, now: datetime, lot: float, *, not_before: datetime | None = None
) -> datetime | None:
    """After so many failures; `lot` from 0 to 1. None: no more."""
    if tries >= TRIES:
        return None
    due = now + PAUSES[tries - 1] * (1 + JITTER * lot)
    return max(due, not_before) if not_before else due


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. None for neither."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        wish = now + timedelta(seconds=int(value))
    else:
        try:
            wish = parsedate_to_datetime(value)
        except ValueError:
            return None
        if wish.tzinfo is None:
            wish = wish.replace(tzinfo=UTC)
    return min(max(wish, now), now + LONGEST_WISH)
