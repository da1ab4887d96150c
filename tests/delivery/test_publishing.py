"""Few or many, what is published is kept once, each thing's messages in their order."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import APIError

from deploy.local import nats
from deploy.local.home import Home
from deploy.local.servers import nats_running
from shared.broker import connect
from shared.messages import uuid7
from shared.publishing import FEW, UNDER_WAY, Outgoing, Publisher, _waves


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """A provisioner on a nats-server with the stream FACTS of one-letter subjects."""
    home = Home(tmp_path / "home")
    home.prepare()
    nats.write_config(home)
    with nats_running(home):
        await nats.wait_until_up(home)
        client = await connect(home.nats_url, "operator", home.secret("operator", "nats_password"))
        admin = await connect(
            home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
        )
        await admin.jetstream().add_stream(
            StreamConfig(
                name="HR",
                subjects=["events.hq.hr.*"],
                storage=StorageType.FILE,
                allow_atomic=True,
                max_msg_size=2000,
            )
        )
        yield client
        await client.close()
        await admin.close()


def told(number: int, *, about: object = None, size: int = 1) -> Outgoing:
    return Outgoing("events.hq.hr.x", str(uuid7()), f"{number}".rjust(size).encode(), about)


@pytest.mark.parametrize("number", [1, FEW, FEW + 1, 3 * UNDER_WAY])
async def test_each_is_kept_once_and_its_place_told(client: Client, number: int) -> None:
    messages = [told(n, about=n % 5) for n in range(number)]
    publisher = Publisher(client)
    places = await publisher.publish(messages)
    assert sorted(places) == list(range(1, number + 1))
    for thing in range(5):
        theirs = places[thing::5]
        assert theirs == sorted(theirs)
    # Once more: the stream knows them all, and tells the same places.
    assert await publisher.publish(messages) == places


@pytest.mark.parametrize("number", [FEW - 2, FEW + 30])
async def test_what_was_half_kept_is_completed(client: Client, number: int) -> None:
    messages = [told(n, about=n) for n in range(number)]
    publisher = Publisher(client)
    first = await publisher.publish(messages[: number // 2])
    places = await publisher.publish(messages)
    assert places[: number // 2] == first
    assert sorted(places) == list(range(1, number + 1))


async def test_a_refusal_is_raised_and_leaves_nobody_waiting(client: Client) -> None:
    publisher = Publisher(client)
    with pytest.raises(APIError):
        await publisher.publish([told(1, about=1), told(2, about=2, size=3000), told(3, about=3)])
    assert not publisher._answers
    with pytest.raises(NoRespondersError):
        await publisher.publish([Outgoing("events.hq.hr.nobody.keeps.this", None, b"x")])
    assert not publisher._answers


@given(st.lists(st.integers(0, 6), max_size=300))
def test_no_two_about_the_same_thing_are_under_way_and_their_order_stays(about: list[int]) -> None:
    messages = [Outgoing("events.hq.hr.x", None, b"", thing) for thing in about]
    waves = list(_waves(messages))
    assert sorted(number for wave in waves for number in wave) == list(range(len(about)))
    for wave in waves:
        assert len(wave) <= UNDER_WAY
        assert len({about[number] for number in wave}) == len(wave)
    for thing in set(about):
        sent = [number for wave in waves for number in wave if about[number] == thing]
        assert sent == sorted(sent)
