"""PostgreSQL and NATS for the toy services alone, so that hurting them disturbs nobody."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from nats.aio.client import Client

from deploy.local import postgres
from deploy.local.home import Home, free_port
from deploy.local.servers import nats_running, postgres_running
from shared.broker import connect, wait_for
from shared.handling import ask_headers
from shared.messages import ANSWER, Answer, uuid7
from shared.rights import Actor
from shared.service import Running, Service
from shared.settings import Settings
from shared.testing import eventually
from tests.conftest import ROOT
from tests.delivery.ledger import Book, Booked, Correct
from tests.delivery.toys import PASSWORD, READER, make_tables, stream, write_nats_config


class Bench:
    """The servers of the toys, and what tests do with them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.client: Any = None
        self.mutant = "none"
        self._up: dict[str, ExitStack] = {}

    def start(self, server: str) -> None:
        """`nats` or `postgres`; whoever needs it waits until it answers."""
        running: AbstractContextManager[object] = {
            "nats": nats_running,
            "postgres": postgres_running,
        }[server](self.home)
        self._up[server] = ExitStack()
        self._up[server].enter_context(running)

    async def stop(self, server: str) -> None:
        if server == "nats":
            await self.disconnected()
        await asyncio.to_thread(self._up.pop(server).close)

    async def connected(self) -> None:
        """A fresh client of the tests, once JetStream answers."""

        async def up() -> Client:
            return await connect(self.home.nats_url, "tester", PASSWORD)

        await self.disconnected()
        self.client = await eventually(up, seconds=30)
        await wait_for(self.client)

    async def disconnected(self) -> None:
        if self.client and not self.client.is_closed:
            await self.client.close()

    @asynccontextmanager
    async def process(self, toy: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A toy as a process of its own, with the mutant of the bench; killed at the end."""
        with (self.home.logs / f"{toy}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.delivery.mutants",
                self.mutant,
                toy,
                env=self._told(toy),
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def settings(self, toy: str) -> Settings:
        return Settings(
            nats_url=self.home.nats_url,
            database_url=f"postgresql+asyncpg://{toy}@/tongxin?host={self.home.sockets}",
            secrets=self.home.path / "toys" / toy,
        )

    def running(self, service: Service) -> Running:
        return Running(service, self.settings(service.name))

    async def dying(self, moment: str, toy: str) -> int:
        """Runs a process that kills itself; returns how it ended."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.delivery.dying",
            moment,
            env=self._told(toy),
            stdout=subprocess.DEVNULL,
        )
        return await asyncio.wait_for(process.wait(), 20)

    def _told(self, toy: str) -> dict[str, str]:
        return {
            "TONGXIN_NATS_URL": self.home.nats_url,
            "TONGXIN_DATABASE_URL": self.settings(toy).database_url,
            "TONGXIN_SECRETS": str(self.home.path / "toys" / toy),
            "PYTHONPATH": str(ROOT),
        }

    async def ask(
        self,
        account: UUID,
        amount: int,
        key: str | None = None,
        *,
        asker: str = "tester",
        command: type[Book] | type[Correct] = Book,
    ) -> Answer:
        """One command over NATS, as the gateway would ask."""
        headers = ask_headers(Actor(asker), key or str(uuid7()), 4e9, None)
        reply = await self.client.request(
            command.address("hq"),
            command(account=account, amount=amount).model_dump_json().encode(),
            headers=headers,
            timeout=5,
        )
        return ANSWER.validate_json(reply.data)

    async def admin(self) -> asyncpg.Connection:
        return await postgres.connect(self.home)

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        admin = await self.admin()
        try:
            return list(await admin.fetch(statement, *values))
        finally:
            await admin.close()

    async def notes(self, account: UUID) -> list[int]:
        """What the reader noted of an account, in the order of effect: the `nth`s."""
        found = await self.rows(
            "SELECT nth FROM reader.note WHERE account = $1 ORDER BY id", account
        )
        return [row["nth"] for row in found]

    async def noted(self, account: UUID, wanted: list[int]) -> None:
        """Waits until the reader has noted exactly these, in this order."""

        async def same() -> bool:
            return await self.notes(account) == wanted

        try:
            await eventually(same)
        except AssertionError:
            assert await self.notes(account) == wanted

    async def noted_any(self, account: UUID) -> None:
        async def something() -> bool:
            return bool(await self.notes(account))

        await eventually(something)

    async def publish(self, account: UUID, nth: int, *, amount: int = 1) -> None:
        """A fact of that sequence, as a relay would send it."""
        fact = Booked(account=account, amount=amount, nth=nth)
        id = uuid7()
        payload = fact.envelope(id=id, site="hq", sequence=nth, traceparent=None)
        await self.client.jetstream().publish(
            fact.address("hq"), payload, headers={"Nats-Msg-Id": str(id)}
        )

    async def mood(self, *, broken: bool) -> None:
        await self.rows("UPDATE reader.mood SET broken = $1", broken)

    async def new_durable(self) -> None:
        """The reader begins again at the first fact."""
        js = self.client.jetstream()
        await js.delete_consumer("FACTS", "reader")
        await js.add_consumer("FACTS", READER.config())


@asynccontextmanager
async def running_bench(path: Path) -> AsyncIterator[Bench]:
    """Both servers, with tables, a stream and a durable; no toy runs yet."""
    home = Home(path, port=free_port())
    home.prepare()
    await asyncio.to_thread(postgres.make_cluster, home)
    write_nats_config(home)
    bench = Bench(home)
    bench.start("postgres")
    bench.start("nats")
    try:
        await postgres.wait_until_up(home)
        await make_tables(home)
        await bench.connected()
        js = bench.client.jetstream()
        await js.add_stream(stream())
        await js.add_consumer("FACTS", READER.config())
        yield bench
    finally:
        await bench.disconnected()
        for server in list(bench._up):
            await bench.stop(server)
