"""HR's stream: HR's own user reads what HR is told, by a durable of its own, in order and once."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from deploy.local.provision import reconcile_streams
from services.gateway.back.lanes import STREAM
from shared.broker import BACK, connect
from shared.testing import eventually
from tests.back.conftest import Gate

ON = {"subscription": str(STREAM), "kinds": ["course-completed", "member-joined"], "active": True}


@pytest.fixture
async def reads(gate: Gate) -> AsyncIterator[JetStreamContext]:
    """Corporate HR's user; the stream is on."""
    await gate.done("change", ON)
    password = gate.home.secret("hr", "nats_password")
    client: Client = await connect(gate.home.nats_url, "hr", password)
    yield client.jetstream()
    await client.close()
    await gate.done("change", {"subscription": str(STREAM), "active": False})


async def taken(reads: JetStreamContext, n: int) -> list[dict[str, Any]]:
    """So many events, acknowledged."""
    mine = await reads.pull_subscribe_bind(durable="hr", stream=BACK)
    found: list[dict[str, Any]] = []
    while len(found) < n:
        for message in await mine.fetch(n - len(found), timeout=10):
            found.append(json.loads(message.data) | {"on": message.subject})
            await message.ack()
    await mine.unsubscribe()
    return found


async def test_hr_reads_its_events_in_order(gate: Gate, reads: JetStreamContext) -> None:
    person, number = await gate.somebody()
    ids = [await gate.joined(person), await gate.completed(person), await gate.completed(person)]
    found = await taken(reads, 3)
    assert [each["id"] for each in found] == [str(id) for id in ids]
    assert {each["subject"] for each in found} == {number}
    assert [each["on"] for each in found] == [
        f"back.hq.hr.{kind}" for kind in ("member-joined", *2 * ("course-completed",))
    ]
    # By a webhook and on the stream it is the same event.
    assert found[0]["type"] == "tongxin.back.member-joined.v1"


async def test_nothing_is_on_the_stream_that_nobody_asked_for(gate: Gate) -> None:
    [seen] = [each for each in await gate.seen("subscriptions") if each["road"] == "stream"]
    assert (seen["active"], seen["url"]) == (False, None)
    person, _ = await gate.somebody()
    event = await gate.joined(person)
    await gate.done("change", ON | {"kinds": ["course-completed"]})
    other = await gate.joined(person)
    last = await gate.completed(person)

    async def there() -> bool:
        return bool(await gate.seen("deliveries", event=str(last), state="delivered"))

    await eventually(there)
    for never in (event, other):
        assert not await gate.seen("deliveries", event=str(never), subscription=str(STREAM))
    await gate.done("change", {"subscription": str(STREAM), "active": False})


async def test_a_stream_that_was_lost_is_filled_again(gate: Gate, reads: JetStreamContext) -> None:
    person, _ = await gate.somebody()
    event = await gate.joined(person)
    password = gate.home.secret("provisioner", "nats_password")
    provisioner = await connect(gate.home.nats_url, "provisioner", password)
    js = provisioner.jetstream()

    async def kept() -> int:
        return (await js.stream_info(BACK)).state.messages

    async def told() -> bool:
        return bool(await gate.seen("deliveries", event=str(event), state="delivered"))

    await eventually(told)
    before = await kept()
    await reconcile_streams(gate.home)  # it is known now
    await js.delete_stream(BACK)
    said = await reconcile_streams(gate.home)
    assert any(line.startswith("HR is told again") for line in said)

    async def all_back() -> bool:
        return await kept() == before

    await eventually(all_back)
    found = await taken(reads, before)
    assert str(event) in {each["id"] for each in found}
    await provisioner.close()


async def test_the_stream_has_no_secret_and_stays(gate: Gate) -> None:
    for deed in ("rotate", "remove"):
        answer = await gate.ask(deed, {"subscription": str(STREAM)})
        assert (answer.status_code, answer.json()["code"]) == (409, "is-the-stream")
