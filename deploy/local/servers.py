"""PostgreSQL and NATS of a home without a supervisor: what tests and tools start."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from deploy.local import nats, postgres
from deploy.local.home import Home
from deploy.local.leftovers import end_leftovers
from deploy.local.provision import provision


@contextmanager
def _running(
    command: list[str], home: Home, name: str, stop: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    with (home.logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home.path
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(stop)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def postgres_running(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """The server of the home, stopped fast at the end."""
    with _running(postgres.command(home), home, "postgres", signal.SIGINT) as process:
        yield process


@contextmanager
def nats_running(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """The server of the home, on the port that `run/nats.port` names."""
    with _running(nats.command(home), home, "nats", signal.SIGTERM) as process:
        yield process


@asynccontextmanager
async def servers(home: Home) -> AsyncIterator[Home]:
    """Both servers of a fresh or used home, provisioned and migrated."""
    home.prepare()
    with home.held():
        await asyncio.to_thread(end_leftovers, home)
        await asyncio.to_thread(postgres.make_cluster, home)
        nats.write_config(home)
        with postgres_running(home), nats_running(home):
            await postgres.wait_until_up(home)
            await nats.wait_until_up(home)
            await provision(home)
            yield home


def parent_death_signal() -> None:
    """In a child, before exec: ends it when its parent dies (Linux; elsewhere nothing)."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM)
