"""HR's feed of a thousand people, which lies beside the checkout and is no part of it."""

import json
from typing import Any

import pytest

from tests.conftest import SHARED_DATA

FEED = SHARED_DATA / "hr_feed_1k.jsonl"
UNITS = tuple(f"d{number:03}" for number in range(1, 10))
HEADS = {
    "1990-01-01": (16, 13, 12, 67, 83, 16, 53, 18, 14),
    "1995-01-01": (29, 36, 32, 146, 160, 31, 114, 35, 34),
    "2000-01-01": (37, 48, 47, 196, 223, 48, 141, 58, 62),
    "2002-08-01": (34, 43, 46, 186, 203, 48, 130, 51, 61),
}
"""By the departments in `UNITS`, as they were counted from the raw files."""


def events() -> list[dict[str, Any]]:
    """In the order of their days. Leaves out the test that asks where the feed is missing."""
    if not FEED.exists():
        pytest.skip(f"{FEED} is not there: it is others' data, kept out of this project")
    return [json.loads(line) for line in FEED.read_text(encoding="utf-8").splitlines()]
