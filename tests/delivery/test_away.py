"""What passes by itself is said to pass, and is no fault of ours: NATS away, a gateway stopping."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
from nats.errors import OutboundBufferLimitError
from prometheus_client import CollectorRegistry
from starlette.types import Message, Receive, Scope, Send

from deploy.local.home import free_port
from deploy.local.nats import binary
from services.gateway.surroundings import HttpMetrics, Surroundings, fault_problem
from shared.broker import connect
from shared.publishing import Outgoing, Publisher
from shared.settled import ask_health
from shared.testing import eventually


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A bare nats-server and its address."""
    port = free_port()
    process = subprocess.Popen(
        [binary(), "-a", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL
    )
    yield process, f"nats://127.0.0.1:{port}"
    process.kill()
    process.wait()


async def test_a_lost_line_is_away_for_who_asks_and_for_who_publishes(
    server: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, url = server
    client = await eventually(lambda: connect(url, "anybody", "secret"))
    process.kill()
    await eventually(lambda: not client.is_connected)
    assert await ask_health(client, "hq", "membership") is None
    with pytest.raises((OutboundBufferLimitError, ConnectionError)) as lost:
        await Publisher(client).publish([Outgoing("events.hq.hr.x", None, b"{}")])
    assert fault_problem(lost.value).status == 503
    with suppress(ConnectionError):
        await client.close()


async def test_what_passes_is_no_fault_and_a_fault_stays_one() -> None:
    assert fault_problem(OutboundBufferLimitError()).status == 503
    assert fault_problem(ZeroDivisionError()).status == 500


async def test_who_still_waits_when_the_gateway_stops_is_told_to_try_again() -> None:
    begun = asyncio.Event()
    sent: list[Message] = []

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/hooks/hr", "headers": []}

    async def refused(*_: object) -> None:
        raise AssertionError("nothing was refused")

    surroundings = Surroundings(never, metrics=HttpMetrics(CollectorRegistry()), refused=refused)
    work = asyncio.create_task(surroundings(scope, receive, send))
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert sent[0]["status"] == 503
