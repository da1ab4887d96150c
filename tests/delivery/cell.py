"""A whole site for checks that need HTTP: its services as processes, each with a mutant or none."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from deploy.local import nats, postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import SERVICES, Home, free_port
from deploy.local.provision import provision
from deploy.local.servers import nats_running, postgres_running
from services.gateway.accounts import begin_session, keep_account
from shared.testing import eventually
from tests.conftest import ROOT

PLANT = "cell-plant"
PEOPLE = {"worker": "C1", "mate": "C2", "officer": "C3"}


@dataclass(frozen=True)
class Said:
    """An answer over HTTP, and how many seconds it took."""

    status: int
    body: dict[str, Any]
    seconds: float

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass
class Cell:
    """Servers of its own, its services, and three people with accounts."""

    home: Home
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _nats: ExitStack = field(default_factory=ExitStack)

    def start_nats(self) -> None:
        self._nats.enter_context(nats_running(self.home))

    async def stop_nats(self) -> None:
        await asyncio.to_thread(self._nats.close)

    def start(self, service: str, mutant: str = "none") -> None:
        with (self.home.logs / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                [sys.executable, "-m", "tests.delivery.mutants", mutant, service],
                env=self.home.environment(service, demo=False) | {"PYTHONPATH": str(ROOT)},
                cwd=self.home.path,
                stdout=log,
                stderr=log,
            )

    async def end(self, service: str) -> None:
        process = self.processes.pop(service)
        process.kill()
        await asyncio.to_thread(process.wait)

    @asynccontextmanager
    async def mutated(self, **mutants: str) -> AsyncIterator[None]:
        """These services, each with its mutant; afterwards as they were."""
        try:
            await self._anew(mutants)
            yield
        finally:
            await self._anew(dict.fromkeys(mutants, "none"))

    async def _anew(self, mutants: Mapping[str, str]) -> None:
        await self._quiet(mutants)
        for service, mutant in mutants.items():
            await self.end(service)
            self.start(service, mutant)
        await self.healthy()

    async def _quiet(self, services: Collection[str]) -> None:
        """Until nothing is on its way to these. What a killed one has not acknowledged comes
        again only after `ack_wait`, half a minute, for which whoever waits for it would wait."""

        async def nothing_left() -> bool:
            durables = (await self.http.get("/health")).json()["durables"]
            return not any(
                each["pending"] + each["unacknowledged"]
                for each in durables
                if each["name"] in services
            )

        with suppress(AssertionError):  # a mutant may never come to rest
            await eventually(nothing_left, seconds=10, every=0.1)

    async def healthy(self) -> None:
        """Until `/health` says so of every service."""

        async def ok() -> bool:
            answer = await self.http.get("/health")
            told = answer.json()
            return answer.status_code == 200 and all(
                durable["listening"] for durable in told["durables"]
            )

        await eventually(ok, seconds=60, every=0.1)

    async def ask(self, who: str, what: str, body: Mapping[str, Any], key: str) -> Said:
        """A command; one that gets no answer of HTTP at all fails the test."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": key}
        begun = time.monotonic()
        answer = await self.http.post(f"/api/v1/{what}", json=dict(body), headers=headers)
        return Said(answer.status_code, answer.json(), time.monotonic() - begun)

    async def submit(self, key: str) -> Said:
        """A proposal of the worker, its title the key."""
        body = {"title": key, "body": "说明", "category": "production"}
        return await self.ask("worker", "democracy/submit-proposal", body, key)

    async def placed(self, who: str) -> tuple[UUID, str]:
        """The person behind the account, and the path of the plant."""
        [row] = await self.rows(
            """SELECT person.id, unit.path FROM views.person, views.unit
               WHERE person.employee = $1 AND unit.code = $2""",
            PEOPLE[who],
            PLANT,
        )
        return row["id"], row["path"]

    async def feed(self, *events: dict[str, Any]) -> httpx.Response:
        return await self.http.post(
            "/hooks/hr",
            content=json.dumps(events),
            headers={
                "Authorization": f"Bearer {self.tokens['hr']}",
                "Content-Type": "application/cloudevents-batch+json",
            },
        )

    async def admin(self) -> asyncpg.Connection:
        return await postgres.connect(self.home)

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        admin = await self.admin()
        try:
            return list(await admin.fetch(statement, *values))
        finally:
            await admin.close()


@asynccontextmanager
async def running_cell(path: Path) -> AsyncIterator[Cell]:
    """All services at work, the three people placed in the plant, the officer appointed."""
    home = Home(path, port=free_port())
    home.prepare()
    await asyncio.to_thread(postgres.make_cluster, home)
    nats.write_config(home)
    async with httpx.AsyncClient(base_url=home.url, timeout=60, trust_env=False) as http:
        cell = Cell(home, http)
        with postgres_running(home):
            cell.start_nats()
            try:
                await postgres.wait_until_up(home)
                await nats.wait_until_up(home)
                await provision(home)
                for service in SERVICES:
                    cell.start(service)
                await cell.healthy()
                await _settle(cell)
                yield cell
            finally:
                for service in list(cell.processes):
                    await cell.end(service)
                await cell.stop_nats()


async def _settle(cell: Cell) -> None:
    async with gateway_session(cell.home) as session:
        for who, employee in PEOPLE.items():
            await keep_account(session, who, employee=employee, roles=[])
        for who in ("hr", "it"):
            await keep_account(session, who, employee=None, roles=[who])
        for who in (*PEOPLE, "hr", "it"):
            cell.tokens[who], _ = await begin_session(session, who)
        await session.commit()
    answer = await cell.feed(
        event("unit-created", unit=PLANT, name="北厂", kind="plant", parent="company"),
        *(
            each
            for number in PEOPLE.values()
            for each in (
                event("employee-hired", employee=number, name=f"某{number}", on="2024-01-01"),
                event("employee-assigned", employee=number, unit=PLANT, on="2024-01-01"),
            )
        ),
    )
    assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text
    body = {"employee": PEOPLE["officer"], "role": "officer", "unit": PLANT, "on": "2024-02-01"}
    said = await cell.ask("it", "membership/appoint-post", body, "appoint")
    assert said.status == 201, said


def event(what: str, /, **data: Any) -> dict[str, Any]:
    """One of HR's; the same data are the same event."""
    id = "-".join((what, *map(str, data.values())))
    return {"specversion": "1.0", "id": id, "source": "/cell", "type": f"hr.{what}", "data": data}
