"""One feed through every door, shuffled and repeated: the same roll, the same heads, whichever it
came by."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.home import Home
from services.membership.timeline import timeline
from shared.contracts.hr import parse
from shared.testing import eventually
from tests import hr_feed
from tests.hr_feed import HEADS, UNITS
from tests.journeys.conftest import Company
from tests.journeys.doors import DOORS, Comer, Event, of_others, placed
from tests.snapshot import lists

Placed = tuple[str, str | None, str | None]


@pytest.fixture(autouse=True, scope="module")
async def nobody_is_suspected(home: Home) -> AsyncIterator[None]:
    """The same people come by each door, under numbers of its own: that they look like one person
    with many is forgotten for the tests that follow."""
    yield
    theirs = "SELECT id FROM membership.person WHERE employee ~ $1"
    statement = f"DELETE FROM membership.suspected_pair WHERE one IN ({theirs}) RETURNING one"
    await _fetched(home, statement, f"^({'|'.join(DOORS)})-")


async def on_day(site: Home, prefix: str, day: str) -> dict[str, Placed]:
    """Who is employed on a day, as membership keeps it: name, unit and job."""
    rows = await _fetched(
        site,
        """
        SELECT employee, person.name, unit.code AS unit, stay.post FROM membership.person
        JOIN membership.employment ON employment.person = person.id
            AND employment.during @> $2::text::date
        LEFT JOIN membership.stay ON stay.person = person.id AND stay.during @> $2::text::date
        LEFT JOIN membership.unit ON unit.id = stay.unit
        WHERE starts_with(employee, $1)
        """,
        prefix,
        day,
    )
    return {row["employee"]: (row["name"], row["unit"], row["post"]) for row in rows}


async def histories(site: Home, prefix: str) -> dict[str, Any]:
    """Everybody's days employed, and their stays."""
    rows = await _fetched(
        site,
        """
        SELECT employee,
            (SELECT array_agg(ARRAY[lower(during), upper(during)] ORDER BY during)
             FROM membership.employment WHERE person = person.id) AS employed,
            (SELECT array_agg(ARRAY[unit.code, stay.post, lower(stay.during)::text,
                upper(stay.during)::text] ORDER BY stay.during)
             FROM membership.stay JOIN membership.unit ON unit.id = stay.unit
             WHERE person = person.id) AS stays
        FROM membership.person WHERE starts_with(employee, $1)
        """,
        prefix,
    )
    return {row["employee"]: (row["employed"], row["stays"]) for row in rows}


async def _fetched(site: Home, statement: str, *given: str) -> list[Any]:
    admin = await postgres.connect(site)
    try:
        return list(await admin.fetch(statement, *given))
    finally:
        await admin.close()


def expected_histories(events: list[Event]) -> dict[str, Any]:
    """The same, computed from the events in the order of their days."""
    units = {one["data"]["unit"] for one in events if one["type"] == "hr.unit-created"}
    theirs: dict[str, list[Any]] = {}
    for one in map(parse, events):
        if employee := one.raw["data"].get("employee"):
            theirs.setdefault(employee, []).append(one)
    found = {}
    for employee, said in theirs.items():
        days = timeline(said, units)
        stays = [[s.unit, s.post, str(s.since), s.until and str(s.until)] for s in days.stays]
        found[employee] = ([[e.since, e.until] for e in days.employed] or None, stays or None)
    return found


async def heads(company: Company, prefix: str, day: str) -> tuple[int, ...]:
    told = (await company.get("officer", "membership/heads", on=day)).json()
    assert told["total"] == sum(told["by_unit"].values())
    return tuple(told["by_unit"].get(f"{prefix}{unit}", 0) for unit in UNITS)


async def unfit(company: Company, prefix: str) -> list[dict[str, Any]]:
    """What of these people and units waits at the desk."""
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 200}
    while True:
        piece = (await company.get("hr", "membership/unfit", **asked)).json()
        found += [each for each in piece["events"] if each["about"].startswith(prefix)]
        if piece["cursor"] is None:
            return found
        asked["cursor"] = piece["cursor"]


@pytest.mark.parametrize("name", DOORS)
async def test_the_same_roll_by_every_door(
    site: Home, company: Company, tmp_path: Path, name: str
) -> None:
    """All of the feed. Heads as they were counted from the raw files; everybody's place as HR would
    have printed it that day."""
    door, prefix = DOORS[name], f"{name}-"
    events = of_others(hr_feed.events(), prefix)
    await door.come_in(Comer(site, company, tmp_path, prefix), events)
    for day in door.days:
        printed = {
            number: placed(one) for number, one in lists.as_of(events, day).items() if not one.left
        }
        counted = HEADS.get(day) or tuple(
            sum(unit == f"{prefix}{code}" for _, unit, _ in printed.values()) for code in UNITS
        )

        async def there(day: str = day, counted: tuple[int, ...] = counted) -> bool:
            return await heads(company, prefix, day) == counted

        await eventually(there, seconds=30)
        assert await on_day(site, prefix, day) == printed, day
    if door.history:
        assert await histories(site, prefix) == expected_histories(events)
    assert not await unfit(company, prefix)
