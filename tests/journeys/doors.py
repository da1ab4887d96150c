"""HR's doors, each of which brings the same feed in: shuffled and repeated, of people and units of
its own, so that one site is enough."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from deploy.cli.hr import taken_in
from deploy.local.home import Home
from services.gateway.api.hooks import BATCH, STRUCTURED
from services.gateway.snapshot.door import Asked
from shared.broker import connect
from shared.calendar import today
from shared.contracts.hr import parse
from shared.publishing import Outgoing, Publisher
from shared.settled import Settling
from tests.hr_feed import HEADS
from tests.journeys.conftest import Company
from tests.journeys.signing import hook_secrets, signed
from tests.scim.conftest import BULK, ENTERPRISE, USER
from tests.sheets_in.made import book
from tests.snapshot import lists

Event = dict[str, Any]
AT_ONCE = 64
LARGEST_BATCH = 300
LARGEST_BULK = 100
SECRET = "whsec_" + "c2FtZSByb2xs" * 3


@dataclass(frozen=True)
class Comer:
    """What it takes to come in by any of them."""

    site: Home
    company: Company
    folder: Path
    prefix: str

    def twice(self, events: Sequence[Event]) -> list[Event]:
        """Each of them twice, in no order."""
        told = [*events, *events]
        Random(self.prefix).shuffle(told)
        return told


async def nats(comer: Comer, events: Sequence[Event]) -> None:
    """As HR's own user, with what that user has and nothing else."""
    await published(comer.site, comer.twice(events))


async def structured(comer: Comer, events: Sequence[Event]) -> None:
    async def send(one: Event) -> None:
        await _post(comer, json.dumps(one), {"Content-Type": STRUCTURED})

    await _each(comer.twice(events), send)


async def binary(comer: Comer, events: Sequence[Event]) -> None:
    async def send(one: Event) -> None:
        attributes = {f"ce-{name}": str(one[name]) for name in one if name != "data"}
        headers = {"Content-Type": "application/json"} | attributes
        await _post(comer, json.dumps(one["data"]), headers)

    await _each(comer.twice(events), send)


async def batch(comer: Comer, events: Sequence[Event]) -> None:
    for body in _batches(comer.twice(events)):
        await _post(comer, body, {"Content-Type": BATCH})


async def by_signature(comer: Comer, events: Sequence[Event]) -> None:
    """Batches without a token."""
    with hook_secrets(comer.site, SECRET):
        for body in _batches(comer.twice(events)):
            await _post(comer, body, signed(body, BATCH, by=SECRET), bearer=False)


async def scim(comer: Comer, events: Sequence[Event]) -> None:
    """It has no yesterday, so only what is now comes in, after everybody was put into some other
    place; the units it takes as they are."""
    await published(comer.site, [each for each in events if each["type"] == "hr.unit-created"])
    units = [one["data"]["unit"] for one in events if one["type"] == "hr.unit-created"]
    now, random = lists.as_of(list(events), today().isoformat()), Random(comer.prefix)
    numbers = [number for number, one in now.items() if not one.left]
    random.shuffle(numbers)
    made: dict[str, str] = {}
    for some in _parts(numbers, LARGEST_BULK):
        operations = [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": number,
                "data": _user(number, now[number].name, random.choice(units), None),
            }
            for number in some
        ]
        for done in await _bulk(comer.company, operations, "201"):
            made[done["bulkId"]] = done["location"].rpartition("/")[2]
    for _ in range(2):  # repeated
        random.shuffle(numbers)
        for some in _parts(numbers, LARGEST_BULK):
            operations = [
                {
                    "method": "PUT",
                    "path": f"/Users/{made[number]}",
                    "data": _user(number, *placed(now[number])),
                }
                for number in some
            ]
            await _bulk(comer.company, operations, "200")


def placed(one: lists.Someone) -> tuple[str, str | None, str | None]:
    """Name, unit and job."""
    return one.name, one.unit, one.post if one.unit else None


async def snapshot(comer: Comer, events: Sequence[Event]) -> None:
    """HR's lists as of four days, by the operator's hand; each comes twice, its rows in no
    order."""
    await published(comer.site, [each for each in events if each["type"] == "hr.unit-created"])
    for day in HEADS:
        for time in range(2):
            rows = lists.rows(lists.as_of(list(events), day), before="")
            Random(f"{day} {time}").shuffle(rows)
            file = comer.folder / f"{day}-{time}.xlsx"
            file.write_bytes(book(lists.HEADER, *rows))
            asked = Asked(date.fromisoformat(day), f"{comer.prefix}hq")
            seen = await taken_in(comer.site, file, asked, (), dry_run=False, ends=0)
            assert not [line for line in seen.lines if line.difference.becomes == "refused"]


@dataclass(frozen=True)
class HrDoor:
    """A way in. `days` on which the roll must be that of the feed; `history`: on all others too."""

    come_in: Callable[[Comer, Sequence[Event]], Awaitable[None]]
    days: Sequence[str]
    history: bool = True


DOORS: Mapping[str, HrDoor] = {
    "nats": HrDoor(nats, [*HEADS]),
    "structured": HrDoor(structured, [*HEADS]),
    "binary": HrDoor(binary, [*HEADS]),
    "batch": HrDoor(batch, [*HEADS]),
    "signed": HrDoor(by_signature, [*HEADS]),
    "scim": HrDoor(scim, [today().isoformat()], history=False),
    "snapshot": HrDoor(snapshot, [*HEADS], history=False),
}


def of_others(events: Sequence[Event], prefix: str) -> list[Event]:
    """The same of other people in other units."""
    found = []
    for each in events:
        data = dict(each["data"])
        for name in ("unit", "from_unit", "parent", "employee"):
            if name in data and data[name] != "company":
                data[name] = f"{prefix}{data[name]}"
        subject = data.get("employee", data.get("unit"))
        found.append(each | {"source": f"/same/{prefix}", "data": data, "subject": subject})
    return found


async def published(site: Home, events: Sequence[Event]) -> None:
    """On NATS, by HR's user; returns when every service has heard."""
    client = await connect(site.nats_url, "hr", site.secret("hr", "nats_password"))
    try:
        parsed = [parse(each) for each in events]
        places = await Publisher(client).publish(
            [Outgoing(each.address(site.site), None, each.body, each.id) for each in parsed]
        )
    finally:
        await client.close()
    asking = await connect(site.nats_url, "operator", site.secret("operator", "nats_password"))
    async with asyncio.timeout(240):
        await Settling(asking, site.site).after(max(places))
    await asking.close()


async def _each(events: Sequence[Event], send: Callable[[Event], Awaitable[None]]) -> None:
    """A request an event, many at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(event: Event) -> None:
        async with turn:
            await send(event)

    async with asyncio.TaskGroup() as group:
        for each in events:
            group.create_task(one(each))


async def _post(
    comer: Comer, body: str, headers: Mapping[str, str], *, bearer: bool = True
) -> None:
    whose = comer.company.bearer("hr") if bearer else {}
    answer = await comer.company.client.post(
        "/hooks/hr", content=body, headers={**headers, **whose}
    )
    assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text


def _batches(events: Sequence[Event]) -> Iterator[str]:
    for some in _parts(events, LARGEST_BATCH):
        yield json.dumps(some)


def _parts(all: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(all), most):
        yield all[start : start + most]


def _user(employee: str, name: str, unit: str | None, post: str | None) -> dict[str, Any]:
    extension = {"employeeNumber": employee} | ({"department": unit} if unit else {})
    said = {"schemas": [USER, ENTERPRISE], "userName": employee, "displayName": name}
    return said | {ENTERPRISE: extension} | ({"title": post} if post else {})


async def _bulk(
    company: Company, operations: Sequence[dict[str, Any]], status: str
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
