"""A real HR feed by HTTP: the heads come out exactly, whatever the order and however often."""

from random import Random
from typing import Any

from tests import hr_feed
from tests.journeys.conftest import Company

LARGEST_BATCH = 300


async def feed(company: Company, events: list[dict[str, Any]]) -> None:
    for start in range(0, len(events), LARGEST_BATCH):
        answer = await company.feed(*events[start : start + LARGEST_BATCH])
        assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text


async def test_a_thousand_people_shuffled_and_doubled(company: Company) -> None:
    events = hr_feed.events() * 2
    Random(2002).shuffle(events)
    await feed(company, events)
    for day, heads in hr_feed.HEADS.items():
        found = (await company.get("officer", "membership/heads", on=day)).json()
        assert found["by_unit"] == dict(zip(hr_feed.UNITS, heads, strict=True))
        assert found["total"] == sum(heads)
    unfit = (await company.get("hr", "membership/unfit")).json()
    assert not [each for each in unfit["events"] if each["source"] == "/corporate/hr"]
