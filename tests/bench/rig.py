"""What every measurement is given: a running site, and places of its own beside it."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.local import nats, postgres
from deploy.local.home import Home, free_port
from deploy.local.servers import nats_running
from shared.broker import connect, reconcile, wait_for
from shared.testing import eventually

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Rig:
    """A site with its demo. `seconds` is the length of one run, `rounds` how often ours and the
    limit take turns, `events` the size of HR's feed."""

    home: Home
    tokens: Mapping[str, str]
    directory: Path
    seconds: float = 10
    rounds: int = 2
    events: int = 20_000
    commands_a_second: float | None = None
    """As measured in this run, once it was."""


@asynccontextmanager
async def copies(home: Home, tables: Mapping[str, str]) -> AsyncIterator[None]:
    """Schema `bench` with empty copies of tables, new name → `schema.table`, indexes included: no
    relay and no reader of the site looks there. Gone at the end."""
    admin = await postgres.connect(home)
    try:
        await admin.execute("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")
        for name, source in tables.items():
            await admin.execute(f"CREATE TABLE bench.{name} (LIKE {source} INCLUDING ALL)")
        yield
    finally:
        await admin.execute("DROP SCHEMA bench CASCADE")
        await admin.close()


def bench_engine(home: Home) -> AsyncEngine:
    """SQLAlchemy on the copies, with a pool like that of our services; what is not in `bench` is
    found in the gateway's schemas."""
    return create_async_engine(
        f"postgresql+asyncpg://{postgres.ADMIN}@/tongxin?host={home.sockets}",
        pool_size=20,
        max_overflow=0,
        connect_args={
            "password": home.secret("admin", "postgres_password"),
            "server_settings": {"search_path": "bench,gateway,views,public"},
        },
    )


@asynccontextmanager
async def own_nats(path: Path) -> AsyncIterator[Home]:
    """A nats-server with the site's own configuration, streams, durables and users, and a store
    of its own: what is sent there reaches no service."""
    home = Home(path)
    home.prepare()
    nats.write_config(home)
    try:
        with nats_running(home):
            await nats.wait_until_up(home)
            client = await connect(
                home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
            )
            await wait_for(client)
            await reconcile(client.jetstream(), home.site)
            await client.close()
            yield home
    finally:
        shutil.rmtree(home.sockets, ignore_errors=True)
        shutil.rmtree(path, ignore_errors=True)


class Beside(NamedTuple):
    port: int
    pid: int


@asynccontextmanager
async def app_beside(home: Home, module: str) -> AsyncIterator[Beside]:
    """`python -m <module> HOME PORT` as a process of its own, from when it listens on."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(home.path), str(port), cwd=ROOT
    )

    async def listening() -> bool:
        if process.returncode is not None:
            raise RuntimeError(f"{module} ended with {process.returncode}")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True

    try:
        await eventually(listening, seconds=30)
        yield Beside(port, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
