"""A whole site as `make run` starts it, whose spans go to rotel."""

import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from deploy.local.home import SERVICES, Home
from shared.testing import eventually
from tests.running import running_site, tokens
from tests.telemetry.receiver import Received, endpoint, rotel


@dataclass
class Watched:
    """The site, what its people are let in with, and what is heard of it."""

    home: Home
    tokens: dict[str, str]
    received: Received
    client: httpx.AsyncClient

    async def ask(
        self, who: str, what: str, body: dict[str, str], **headers: str
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.tokens[who]}"}
        return await self.client.post(
            f"{self.home.url}/api/v1/{what}", json=body, headers=bearer | headers
        )

    async def ops(self, service: str, path: str) -> httpx.Response:
        return await self.client.get(f"http://127.0.0.1:{self.home.ops_port(service)}{path}")

    async def metrics(self, service: str) -> str:
        answer = await self.ops(service, "/metrics")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture(scope="session")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    path = tmp_path_factory.mktemp("watched")
    with endpoint() as (sink, received), rotel(sink, path) as at, pytest.MonkeyPatch.context() as m:
        await eventually(lambda: _listens(at))
        m.setitem(os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT", at)
        async with (
            running_site(path / "home") as home,
            httpx.AsyncClient(timeout=20, trust_env=False) as client,
        ):
            yield Watched(home, await tokens(home), received, client)
    for service in SERVICES:
        assert "Traceback" not in (home.logs / f"{service}.log").read_text()


def _listens(address: str) -> bool:
    host, _, port = address.removeprefix("http://").partition(":")
    socket.create_connection((host, int(port)), timeout=1).close()
    return True
