"""One feed through every door, shuffled and repeated: the same roll, whichever it came by.

Through each door go other people in other units, marked by a prefix, so that one site is enough.
HR's lists come in by pages: `tests/pages/test_snapshot.py`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.home import Home
from services.gateway.api.hooks import BATCH, STRUCTURED
from services.membership.timeline import timeline
from shared.broker import connect
from shared.calendar import today
from shared.contracts.hr import parse
from shared.publishing import Outgoing, Publisher
from shared.settled import Settling
from shared.testing import eventually
from tests import hr_feed
from tests.hr_feed import HEADS, UNITS
from tests.journeys.conftest import Company
from tests.journeys.signing import hook_secrets, signed
from tests.scim.conftest import BULK, ENTERPRISE, USER

Event = dict[str, Any]
Roll = dict[str, Any]
AT_ONCE = 32
LARGEST_BATCH = 300
SECRET = "whsec_" + "c2FtZSByb2xs" * 3


class Doors:
    """What a test needs to come in by each of them."""

    def __init__(self, site: Home, company: Company) -> None:
        self.site, self.company = site, company

    async def nats(self, events: list[Event]) -> None:
        """As HR's own user, with what that user has and nothing else."""
        password = self.site.secret("hr", "nats_password")
        client = await connect(self.site.nats_url, "hr", password)
        try:
            parsed = [parse(each) for each in events]
            places = await Publisher(client).publish(
                [
                    Outgoing(each.address(self.site.site), None, each.body, each.id)
                    for each in parsed
                ]
            )
        finally:
            await client.close()
        operator = self.site.secret("operator", "nats_password")
        asking = await connect(self.site.nats_url, "operator", operator)
        async with asyncio.timeout(120):
            await Settling(asking, self.site.site).after(max(places))
        await asking.close()

    async def structured(self, events: list[Event]) -> None:
        async def send(one: Event) -> None:
            headers = {"Content-Type": STRUCTURED} | self.company.bearer("hr")
            await self._post(json.dumps(one), headers)

        await self._each(events, send)

    async def binary(self, events: list[Event]) -> None:
        async def send(one: Event) -> None:
            attributes = {f"ce-{name}": str(one[name]) for name in one if name != "data"}
            headers = {"Content-Type": "application/json"} | attributes
            await self._post(json.dumps(one["data"]), headers | self.company.bearer("hr"))

        await self._each(events, send)

    async def batch(self, events: list[Event]) -> None:
        for body in batches(events):
            await self._post(body, {"Content-Type": BATCH} | self.company.bearer("hr"))

    async def signed(self, events: list[Event]) -> None:
        """Without a token."""
        for body in batches(events):
            await self._post(body, signed(body, BATCH, by=SECRET))

    async def _each(self, events: list[Event], send: Callable[[Event], Awaitable[None]]) -> None:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(event: Event) -> None:
            async with turn:
                await send(event)

        async with asyncio.TaskGroup() as group:
            for each in events:
                group.create_task(one(each))

    async def _post(self, body: str, headers: Mapping[str, str]) -> None:
        answer = await self.company.client.post("/hooks/hr", content=body, headers=headers)
        assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text


def batches(events: list[Event]) -> Iterator[str]:
    for start in range(0, len(events), LARGEST_BATCH):
        yield json.dumps(events[start : start + LARGEST_BATCH])


DOORS: Mapping[str, tuple[Callable[[Doors, list[Event]], Awaitable[None]], int]] = {
    # How it comes in, and of how many people: a request an event, each of which waits until every
    # service has heard, takes its time.
    "nats": (Doors.nats, 1000),
    "batch": (Doors.batch, 1000),
    "signed": (Doors.signed, 1000),
    "structured": (Doors.structured, 40),
    "binary": (Doors.binary, 40),
}


@pytest.fixture
def feed() -> list[Event]:
    return hr_feed.events()


def of_others(events: list[Event], prefix: str) -> list[Event]:
    """The same of other people in other units."""
    found = []
    for each in events:
        data = dict(each["data"])
        for name in ("unit", "from_unit", "parent", "employee"):
            if name in data and data[name] != "company":
                data[name] = f"{prefix}{data[name]}"
        found.append(
            each
            | {
                "source": f"/same/{prefix}",
                "data": data,
                "subject": data.get("employee", data.get("unit")),
            }
        )
    return found


async def roll(site: Home, prefix: str) -> Roll:
    """Everybody's name, days employed and stays as membership keeps them, without the prefix."""
    admin = await postgres.connect(site)
    try:
        rows = await admin.fetch(
            """
            SELECT substr(employee, $2) AS employee, name,
                (SELECT array_agg(during::text ORDER BY during) FROM membership.employment
                 WHERE person = person.id) AS employed,
                (SELECT array_agg(ARRAY[substr(unit.code, $2), stay.post, stay.during::text]
                    ORDER BY stay.during)
                 FROM membership.stay JOIN membership.unit ON unit.id = stay.unit
                 WHERE person = person.id) AS stays
            FROM membership.person WHERE starts_with(employee, $1)
            """,
            prefix,
            len(prefix) + 1,
        )
    finally:
        await admin.close()
    return {row["employee"]: (row["name"], row["employed"], row["stays"]) for row in rows}


async def heads(company: Company, prefix: str, day: str) -> dict[str, int]:
    told = (await company.get("officer", "membership/heads", on=day)).json()
    assert told["total"] == sum(told["by_unit"].values())
    return {unit: told["by_unit"].get(f"{prefix}{unit}", 0) for unit in UNITS}


async def unfit(company: Company) -> list[dict[str, Any]]:
    """All that waits, in pieces."""
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 200}
    while True:
        piece = (await company.get("hr", "membership/unfit", **asked)).json()
        found += piece["events"]
        if piece["cursor"] is None:
            return found
        asked["cursor"] = piece["cursor"]


async def test_the_same_roll_by_every_door(site: Home, company: Company, feed: list[Event]) -> None:
    rolls: dict[str, Roll] = {}
    numbers = sorted({each["data"].get("employee") for each in feed} - {None})
    for name, (come_in, people) in DOORS.items():
        prefix = f"{name}-"
        chosen = {None, *Random(people).sample(numbers, people)}
        events = of_others([one for one in feed if one["data"].get("employee") in chosen], prefix)
        events *= 2
        Random(name).shuffle(events)
        with hook_secrets(site, SECRET):
            await come_in(Doors(site, company), events)
        rolls[name] = await roll(site, prefix)
        assert len(rolls[name]) == people
        for day, expected in HEADS.items() if people == len(numbers) else ():
            found = await heads(company, prefix, day)
            assert found == dict(zip(UNITS, expected, strict=True)), (name, day)
    whole = rolls["nats"]
    assert rolls["batch"] == rolls["signed"] == whole
    for each in rolls.values():
        assert each == {employee: whole[employee] for employee in each}
    assert not [each for each in await unfit(company) if each["source"].startswith("/same/")]


async def test_scim_carries_what_is_now(site: Home, company: Company, feed: list[Event]) -> None:
    """SCIM has no yesterday: it carries the last day of the feed, and as of today the roll is that
    of the feed by any other door. Everybody is put through other places first."""
    prefix = "scim-"
    events = [parse(each) for each in of_others(feed, prefix)]
    units = [each.raw for each in events if each.type == "hr.unit-created"]
    assert (await company.feed(*units)).json()["heard"]
    known = {each["data"]["unit"] for each in units}
    history: dict[str, list[Any]] = {}
    for each in events:
        if employee := each.raw["data"].get("employee"):
            history.setdefault(employee, []).append(each)
    wanted: dict[str, tuple[str, str | None, str | None]] = {}
    for employee, theirs in history.items():
        days = timeline(theirs, known)
        if days.employed and days.employed[-1].until is None:
            last = days.stays[-1] if days.stays and days.stays[-1].until is None else None
            name = next(e.raw["data"]["name"] for e in theirs if e.type == "hr.employee-hired")
            wanted[employee] = (name, last and last.unit, last and last.post)
    assert len(wanted) > 700
    random = Random(7)
    numbers = random.sample(sorted(wanted), len(wanted))
    made: dict[str, str] = {}
    for start in range(0, len(numbers), 100):
        part = numbers[start : start + 100]
        operations = [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": employee,
                "data": person(employee, wanted[employee][0], random.choice(sorted(known)), None),
            }
            for employee in part
        ]
        for done in await bulk(company, operations, "201"):
            made[done["bulkId"]] = done["location"].rpartition("/")[2]
    for _ in range(2):  # repeated
        random.shuffle(numbers)
        for start in range(0, len(numbers), 100):
            operations = [
                {
                    "method": "PUT",
                    "path": f"/Users/{made[employee]}",
                    "data": person(employee, *wanted[employee]),
                }
                for employee in numbers[start : start + 100]
            ]
            await bulk(company, operations, "200")

    day = today().isoformat()
    expected = dict.fromkeys(UNITS, 0)
    for _, unit, _ in wanted.values():
        if unit and unit.removeprefix(prefix) in expected:
            expected[unit.removeprefix(prefix)] += 1

    async def settled() -> bool:
        return await heads(company, prefix, day) == expected

    await eventually(settled, seconds=30)
    by_scim = {
        employee: (name, bool(employed), (stays or [[None, None]])[-1][:2])
        for employee, (name, employed, stays) in (await roll(site, prefix)).items()
    }
    assert by_scim == {
        employee.removeprefix(prefix): (name, True, [unit and unit.removeprefix(prefix), post])
        for employee, (name, unit, post) in wanted.items()
    }
    assert not [each for each in await unfit(company) if each["about"].startswith(prefix)]


def person(employee: str, name: str, unit: str | None, post: str | None) -> dict[str, Any]:
    extension = {"employeeNumber": employee} | ({"department": unit} if unit else {})
    said = {"schemas": [USER, ENTERPRISE], "userName": employee, "displayName": name}
    return said | {ENTERPRISE: extension} | ({"title": post} if post else {})


async def bulk(
    company: Company, operations: list[dict[str, Any]], status: str
) -> list[dict[str, Any]]:
    answer = await company.client.post(
        "/scim/v2/Bulk",
        json={"schemas": [BULK], "Operations": operations},
        headers=company.bearer("hr"),
    )
    assert answer.status_code == 200, answer.text
    done: list[dict[str, Any]] = answer.json()["Operations"]
    assert {each["status"] for each in done} == {status}, answer.text[:2000]
    return done
