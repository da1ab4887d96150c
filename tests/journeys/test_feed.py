"""A real HR feed by HTTP: the heads come out exactly, whatever the order and however often."""

import json
from random import Random
from typing import Any

import pytest

from tests.conftest import SHARED_DATA
from tests.journeys.conftest import Company

FEED = SHARED_DATA / "hr_feed_1k.jsonl"
UNITS = tuple(f"d00{number}" for number in range(1, 10))
HEADS = {
    "1990-01-01": (16, 13, 12, 67, 83, 16, 53, 18, 14),
    "1995-01-01": (29, 36, 32, 146, 160, 31, 114, 35, 34),
    "2000-01-01": (37, 48, 47, 196, 223, 48, 141, 58, 62),
    "2002-08-01": (34, 43, 46, 186, 203, 48, 130, 51, 61),
}
LARGEST_BATCH = 300


async def feed(company: Company, events: list[dict[str, Any]]) -> None:
    for start in range(0, len(events), LARGEST_BATCH):
        answer = await company.feed(*events[start : start + LARGEST_BATCH])
        assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text


async def test_a_thousand_people_shuffled_and_doubled(company: Company) -> None:
    if not FEED.exists():
        pytest.skip(f"{FEED.name} is not beside this checkout")
    events = [json.loads(line) for line in FEED.read_text().splitlines()] * 2
    Random(2002).shuffle(events)
    await feed(company, events)
    for day, heads in HEADS.items():
        found = (await company.get("officer", "membership/heads", on=day)).json()
        assert found["by_unit"] == dict(zip(UNITS, heads, strict=True))
        assert found["total"] == sum(heads)
    unfit = (await company.get("hr", "membership/unfit")).json()
    assert not [each for each in unfit["events"] if each["source"] == "/corporate/hr"]
