"""A whole site as `make run` starts it, for the operator's verbs."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local import postgres
from deploy.local.home import Home
from shared.broker import connect
from shared.testing import eventually
from tests.local.test_up import tongxin
from tests.running import client_of, running_site, tokens


@dataclass
class Operated:
    """The site, the operator's shell, and a look past the services."""

    home: Home
    admin: asyncpg.Connection
    clients: dict[str, httpx.AsyncClient]

    async def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Exit code, output and errors of `tongxin` with these words; `typed` comes by a pipe."""
        return await tongxin(*words, home=self.home.path, port=self.home.port, typed=typed)

    async def told(self, *words: str, code: int = 0) -> Any:
        """The same with `--json`, which must end with that code."""
        ended, out, errors = await self.run(*words, "--json")
        assert ended == code, errors
        return json.loads(out)

    async def publish(self, subject: str, payload: bytes) -> int:
        """As the service whose subject it is; returns the place in the stream."""
        service = subject.split(".")[2]
        password = self.home.secret(service, "nats_password")
        client = await connect(self.home.nats_url, service, password)
        try:
            return (await client.jetstream().publish(subject, payload)).seq
        finally:
            await client.close()

    async def views(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every view; of what is held, which, and not how often it was tried."""
        names = await self.admin.fetch(
            "SELECT relname FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'views'::regnamespace"
        )
        seen = {}
        for (name,) in names:
            told = "stream, aggregate, sequence, raw" if name == "held" else "*"
            rows = await self.admin.fetch(f"SELECT {told} FROM views.{name}")
            seen[name] = sorted((tuple(row) for row in rows), key=repr)
        return seen

    async def quiet(self) -> None:
        """Until everything is sent and heard."""

        async def still() -> bool:
            health = (await self.clients["it"].get("/health")).json()
            return not health["oldest_unsent_seconds"] and not any(
                durable["pending"] + durable["unacknowledged"] for durable in health["durables"]
            )

        await eventually(still, seconds=60, every=0.1)


@pytest.fixture(scope="session")
async def operated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Operated]:
    async with running_site(tmp_path_factory.mktemp("operated") / "home") as home:
        clients = {who: client_of(home, token) for who, token in (await tokens(home)).items()}
        admin = await postgres.connect(home)
        yield Operated(home, admin, clients)
        await admin.close()
        for client in clients.values():
            await client.aclose()
