"""HR's system as a process, and a gateway of its own that can be killed; facts are said on NATS as
the services say them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home, free_port
from deploy.local.servers import servers
from services.gateway.accounts import begin_session, keep_account
from shared.broker import connect
from shared.contracts.membership import MemberJoined, PersonPlaced, UnitPlaced
from shared.contracts.training import CourseCompleted, CourseEnrolled, CourseOpened
from shared.messages import Fact, uuid7
from shared.testing import eventually
from tests.conftest import ROOT

UNIT, DAY = "b-team", date(2024, 5, 6)


@dataclass
class HrSystem:
    """The receiver, as tests look at it from outside."""

    http: httpx.AsyncClient
    url: str

    async def says(self, path: str, *answers: dict[str, Any]) -> None:
        told = {"path": path, "answers": list(answers)}
        await self.http.post(f"{self.url}/control", json=told)

    async def received(self, path: str) -> list[dict[str, Any]]:
        found = (await self.http.get(f"{self.url}/received")).json()
        return [each for each in found if each["path"] == path]


@asynccontextmanager
async def hr_system(where: Path, certificate: Path | None = None) -> AsyncIterator[HrSystem]:
    port = where / f"{uuid4().hex}.port"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.back.receiver", str(port)),
            *([str(certificate)] if certificate else []),
        ],
        cwd=ROOT,
    )
    try:
        await eventually(port.exists)
        async with httpx.AsyncClient(trust_env=False, timeout=30, verify=False) as http:
            scheme = "https" if certificate else "http"
            yield HrSystem(http, f"{scheme}://127.0.0.1:{port.read_text()}")
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
async def hr(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HrSystem]:
    async with hr_system(tmp_path_factory.mktemp("hr")) as system:
        yield system


@dataclass
class Gate:
    """A gateway with its servers and no other service."""

    home: Home
    http: httpx.AsyncClient
    admin: asyncpg.Connection
    tokens: dict[str, str] = field(default_factory=dict)
    unit: UUID = field(default_factory=uuid7)
    process: subprocess.Popen[bytes] | None = None
    _last: dict[tuple[str, UUID], int] = field(default_factory=dict)
    _said: dict[UUID, tuple[Fact, bytes]] = field(default_factory=dict)

    async def start(self) -> None:
        told = {"PYTHONPATH": str(ROOT), "TONGXIN_BACK_LOOPBACK": "1"}
        with (self.home.logs / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.gateway.app"],
                env=self.home.environment("gateway", demo=False) | told,
                cwd=self.home.path,
                stdout=log,
                stderr=log,
            )

        async def up() -> bool:
            return (await self.http.get("/readyz")).status_code == 200

        await eventually(up, seconds=40)

    async def kill(self) -> None:
        """As `kill -9` does."""
        assert self.process
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    async def ask(self, what: str, body: dict[str, Any], who: str = "hr") -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        return await self.http.post(f"/api/v1/back/{what}", json=body, headers=headers)

    async def done(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.ask(what, body)
        assert answer.status_code in (201, 204), answer.text
        return dict(answer.json()) if answer.content else {}

    async def subscribed(self, url: str, *kinds: str) -> dict[str, Any]:
        return await self.done("subscribe", {"url": url, "kinds": kinds or ["course-completed"]})

    async def seen(self, what: str, **query: Any) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens['it']}"}
        answer = await self.http.get(f"/api/v1/back/{what}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()[
            "items" if what == "deliveries" else "subscriptions"
        ]
        return found

    async def subscription(self, id: str) -> dict[str, Any]:
        return next(each for each in await self.seen("subscriptions") if each["id"] == id)

    async def deliveries(self, subscription: str, **query: Any) -> list[dict[str, Any]]:
        return await self.seen("deliveries", subscription=subscription, **query)

    async def due_now(self, subscription: str) -> None:
        """What waits for its next try need not wait for the clock."""
        await self.admin.execute(
            """UPDATE gateway.back_delivery SET due_at = now()
               WHERE subscription = $1 AND state = 'pending' AND tries > 0""",
            UUID(subscription),
        )
        await self.done("change", {"subscription": subscription})  # it looks at once

    async def say(self, *facts: Fact) -> list[UUID]:
        """Published as their service does; returns their ids."""
        ids = []
        for fact in facts:
            place = (fact.owner(), fact.aggregate)
            self._last[place] = self._last.get(place, 0) + 1
            id = uuid7()
            message = fact.envelope(
                id=id, site=self.home.site, sequence=self._last[place], traceparent=None
            )
            self._said[id] = fact, message
            await self.say_again(id)
            ids.append(id)
        return ids

    def about(self, id: UUID) -> UUID:
        return self._said[id][0].aggregate

    async def say_again(self, id: UUID) -> None:
        """The same bytes, which the stream keeps once more, for they come without a message id."""
        fact, message = self._said[id]
        password = self.home.secret(fact.owner(), "nats_password")
        client = await connect(self.home.nats_url, fact.owner(), password)
        try:
            await client.jetstream().publish(fact.address(self.home.site), message)
        finally:
            await client.close()

    async def somebody(self) -> tuple[UUID, str]:
        """A person in the unit, and the number."""
        person, number = uuid7(), f"B{uuid4().hex[:8]}"
        spell = {"since": date(2020, 1, 1), "until": None}
        await self.say(
            PersonPlaced.model_validate(
                {
                    "person": person,
                    "employee": number,
                    "employed": [spell],
                    "stays": [spell | {"unit": self.unit, "post": None}],
                }
            )
        )
        return person, number

    async def completed(self, person: UUID, title: str = "受限空间作业") -> UUID:
        """A course that the person has passed; the id of the fact that says so."""
        course = uuid7()
        *_, id = await self.say(
            CourseOpened(
                course=course, unit=self.unit, title=title, starts_on=DAY, seats=1, open_to="unit"
            ),
            CourseEnrolled(course=course, person=person, enrolled=1),
            CourseCompleted(course=course, person=person, result="passed", on=DAY),
        )
        return id

    async def joined(self, person: UUID) -> UUID:
        [id] = await self.say(MemberJoined(person=person, on=DAY))
        return id


@pytest.fixture(scope="module")
async def gate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    home = Home(tmp_path_factory.mktemp("back") / "home", port=free_port())
    async with (
        servers(home) as running,
        httpx.AsyncClient(base_url=home.url, timeout=30, trust_env=False) as http,
    ):
        admin = await postgres.connect(running)
        found = Gate(running, http, admin)
        async with gateway_session(running) as session:
            for role in ("hr", "it", "auditor"):
                await keep_account(session, f"b-{role}", employee=None, roles=[role])
                found.tokens[role], _ = await begin_session(session, f"b-{role}")
            await session.commit()
        await found.start()
        await found.say(
            UnitPlaced(
                unit=found.unit,
                code=UNIT,
                name="一班",
                kind="team",
                parent=None,
                path=f"company/{UNIT}",
                plant=UNIT,
            )
        )
        try:
            yield found
        finally:
            await found.kill()
            await admin.close()


def data_of(one: dict[str, Any]) -> dict[str, Any]:
    """Of an event that was received."""
    return dict(json.loads(one["body"])["data"])
