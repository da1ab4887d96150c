"""What is left of a run that was killed, and how the next one copes with it."""

import asyncio
import os
import pty
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.local import nats, postgres
from deploy.local.errors import SiteError
from deploy.local.home import Home, free_port, port_is_free
from deploy.local.leftovers import end_leftovers, processes
from deploy.local.servers import servers
from deploy.local.supervise import Supervisor
from shared.broker import connect
from shared.testing import eventually
from tests.running import TONGXIN

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


def none_left(home: Home) -> bool:
    return not any(processes(home).values())


@asynccontextmanager
async def up(path: Path, out: int | None = None) -> AsyncIterator[tuple[Home, psutil.Popen]]:
    """`tongxin up --no-demo` once it answers; whatever is left of it at the end is ended."""
    home = Home(path, port=free_port())
    process = psutil.Popen(
        [TONGXIN, "up", "--no-demo"],
        env=os.environ | {"TONGXIN_HOME": str(path), "TONGXIN_PORT": str(home.port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if out is None else out,
        stderr=subprocess.DEVNULL if out is None else out,
        start_new_session=True,
    )
    try:
        await eventually(lambda: healthy(home), seconds=90, every=0.2)
        yield home, process
    finally:
        if process.poll() is None:
            process.terminate()
        await asyncio.to_thread(process.wait, 60)
        await asyncio.to_thread(end_leftovers, home)


async def healthy(home: Home) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{home.url}/health")).status_code == 200


async def test_a_killed_supervisor_is_replaced_with_all_it_looked_after(tmp_path: Path) -> None:
    async with up(tmp_path / "home") as (home, process):
        before = {each.name: each.pid for each in Supervisor(home).programs()}
        (supervisor,) = processes(home)["supervisor"]
        supervisor.kill()

        async def all_new() -> bool:
            now = {each.name: each.pid for each in Supervisor(home).programs()}
            return await healthy(home) and not set(before.values()) & set(now.values())

        await eventually(all_new, seconds=90, every=0.2)
        assert not [pid for pid in before.values() if psutil.pid_exists(pid)]
        process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait, 60) == 0
        assert none_left(home)


async def test_all_is_stopped_when_the_terminal_is_closed(tmp_path: Path) -> None:
    ours, terminal = pty.openpty()
    async with up(tmp_path / "home", terminal) as (home, process):
        os.close(terminal)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        assert await asyncio.to_thread(process.wait, 60) == 0
        assert none_left(home)


async def test_the_next_run_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", port=free_port())
    async with servers(home):
        pass
    left = [
        subprocess.Popen(command(home), cwd=home.path, stderr=subprocess.DEVNULL)
        for command in (postgres.command, nats.command)
    ]
    try:
        await postgres.wait_until_up(home)
        await nats.wait_until_up(home)
        async with servers(home):
            assert [each.wait(10) for each in left] == [0, 0]
    finally:
        for each in left:
            each.kill()
            each.wait()


async def test_a_process_number_given_to_somebody_else_keeps_nothing_from_starting(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home", port=free_port())
    async with servers(home):
        pid_file = (home.postgres / "postmaster.pid").read_text().splitlines()
    stranger = subprocess.Popen(SLEEPER)
    try:
        pid_file[0] = str(stranger.pid)
        (home.postgres / "postmaster.pid").write_text("\n".join(pid_file) + "\n")
        async with servers(home):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("name", ["工会 之家", "50% \"quoted\" 'home'; {x} $HOME", "x" * 120])
async def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    async with servers(Home(tmp_path / name, port=free_port())) as home:
        client = await connect(home.nats_url, "gateway", home.secret("gateway", "nats_password"))
        await client.close()


async def test_nats_keeps_its_port_from_run_to_run(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", port=free_port())
    home.prepare()
    nats.write_config(home)
    first = home.nats_port()
    nats.write_config(home)
    assert home.nats_port() == first
    assert port_is_free(first)


def test_ports_are_none_that_the_system_gives_to_connections() -> None:
    assert all(15_000 <= free_port() <= 32_000 for _ in range(50))


def test_an_empty_secret_is_never_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", full)
        with pytest.raises(SiteError, match="nearly full"):
            home.prepare()
    home.prepare()
    assert len(home.secret("admin", "postgres_password")) > 40
