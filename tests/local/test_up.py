"""`tongxin up` as a person meets it: ready, stopped, again, and what stands in its way."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.local.home import Home, free_port
from deploy.local.supervise import Supervisor
from shared.testing import eventually
from tests.conftest import ROOT
from tests.local.older import assert_nothing_was_lost, make_older
from tests.running import TONGXIN, running_site


async def tongxin(
    *words: str, home: Path, port: int = 1, typed: str = "", told: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, output and errors of one call; `typed` comes to it through a pipe, and `told` are
    more variables."""
    process = await asyncio.create_subprocess_exec(
        TONGXIN,
        *words,
        env=os.environ | {"TONGXIN_HOME": str(home), "TONGXIN_PORT": str(port)} | dict(told or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        cwd=ROOT,
    )
    out, errors = await asyncio.wait_for(process.communicate(typed.encode()), 60)
    return process.returncode or 0, out.decode(), errors.decode()


def processes_of(home: Path) -> list[str]:
    """Everything that was started with this home in its command line or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            told = " ".join(process.cmdline()) + " ".join(process.environ().values())
            if str(home) in told and process.pid != os.getpid():
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


async def test_a_site_starts_answers_stops_without_a_trace_and_finds_its_data(
    tmp_path: Path,
) -> None:
    path = tmp_path / "home"
    async with running_site(path) as home, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{home.url}/health")
        assert answer.status_code == 200
        said = (tmp_path / "up.log").read_text()
        assert "demo accounts: worker leader officer chair manager" in said

        code, token, _ = await tongxin("token", "officer", home=path, port=home.port)
        assert code == 0
        bearer = {"Authorization": f"Bearer {token.strip()}"}
        seen = (await client.get(f"{home.url}/api/v1/views/proposals", headers=bearer)).json()
        assert len(seen["items"]) == 40

        await _a_second_run_is_refused(path, home.port)
        await _a_port_in_use_is_refused(tmp_path / "other", home.port)
        await _the_feed_reports_a_broken_line_and_goes_on(tmp_path, home)
        await _whoever_dies_is_started_again(home, client)
        await _status_and_doctor_are_content(home)
    assert processes_of(path) == []

    await make_older(Home(path, port=home.port))
    again = tmp_path / "again.log"
    async with running_site(path, log=again) as home, httpx.AsyncClient(trust_env=False) as client:
        found = await client.get(f"{home.url}/api/v1/views/proposals", headers=bearer)
        assert found.json() == seen
        await assert_nothing_was_lost(home)
        assert "stream HR made anew" in again.read_text()
    assert processes_of(path) == []


async def _a_second_run_is_refused(path: Path, port: int) -> None:
    code, _, errors = await tongxin("up", home=path, port=port)
    assert code == 1
    assert errors.count("\n") == 1
    assert "running" in errors


async def _a_port_in_use_is_refused(path: Path, port: int) -> None:
    code, _, errors = await tongxin("up", home=path, port=port)
    assert (code, errors) == (
        1,
        f"tongxin: Port {port} is in use; stop what uses it, "
        "or choose another with TONGXIN_PORT.\n",
    )


async def _the_feed_reports_a_broken_line_and_goes_on(tmp_path: Path, home: Home) -> None:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/test",
        "type": "hr.employee-hired",
        "data": {"employee": "T1", "name": "某某", "on": "2024-01-01"},
    }
    file = tmp_path / "feed.jsonl"
    file.write_text(f"{json.dumps(event)}\nno json\n{json.dumps(event)}\n")
    code, out, errors = await tongxin("feed", "hr", str(file), home=home.path, port=home.port)
    assert code == 1
    assert "2 events sent and heard by every service, 1 lines refused" in out
    assert "line 2: an event must be JSON" in errors


async def _whoever_dies_is_started_again(home: Home, client: httpx.AsyncClient) -> None:
    before = {each.name: each.pid for each in Supervisor(home).programs()}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    async def all_back() -> bool:
        now = {each.name: each.pid for each in Supervisor(home).programs()}
        answer = await client.get(f"{home.url}/health")
        return answer.status_code == 200 and all(now[name] != before[name] for name in now)

    await eventually(all_back, seconds=60, every=0.2)


async def _status_and_doctor_are_content(home: Home) -> None:
    code, out, errors = await tongxin("status", "--json", home=home.path, port=home.port)
    assert code == 0, errors
    assert json.loads(out)["health"]["status"] == "ok"
    code, out, _ = await tongxin("doctor", "--json", home=home.path, port=home.port)
    assert code == 0, out


async def test_killing_up_itself_leaves_nothing_behind(tmp_path: Path) -> None:
    if os.uname().sysname != "Linux":
        pytest.skip("only Linux ties a child's life to its parent's")
    path = tmp_path / "home"
    port = free_port()
    with (tmp_path / "log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            TONGXIN,
            "up",
            "--no-demo",
            env=os.environ | {"TONGXIN_HOME": str(path), "TONGXIN_PORT": str(port)},
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )
    await eventually(lambda: "is ready at" in (tmp_path / "log").read_text(), seconds=60)
    process.kill()
    await process.wait()
    await eventually(lambda: processes_of(path) == [], seconds=60, every=0.5)


async def test_a_command_without_a_site_says_how_to_start_one(tmp_path: Path) -> None:
    for words in (["status"], ["token", "it"], ["provision"], ["feed", "hr", __file__]):
        code, _, errors = await tongxin(*words, home=tmp_path / "none")
        assert code == 1
        assert errors.endswith("start it with make run.\n")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TONGXIN_PORT", "eighty", "TONGXIN_PORT must be a port"),
        ("TONGXIN_PORT", "0", "TONGXIN_PORT must be a port"),
        ("TONGXIN_PORT", "65536", "TONGXIN_PORT must be a port"),
        ("TONGXIN_SESSION_HOURS", "0", "TONGXIN_SESSION_HOURS cannot be '0'"),
        ("TONGXIN_SESSION_HOURS", "a day", "TONGXIN_SESSION_HOURS cannot be 'a day'"),
        ("TONGXIN_SESSION_IDLE_MINUTES", "0.5", "TONGXIN_SESSION_IDLE_MINUTES cannot be '0.5'"),
        ("TONGXIN_OIDC_ISSUER", "http://a.example", "TONGXIN_OIDC_ISSUER cannot be 'http://a.exam"),
        ("TONGXIN_OIDC_ISSUER", "https://a.example", "TONGXIN_OIDC_CLIENT is missing"),
    ],
)
async def test_a_setting_that_cannot_be_is_named(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        TONGXIN,
        "up",
        env=os.environ | {"TONGXIN_HOME": str(tmp_path), variable: value},
        stderr=subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()


def test_how_long_sessions_last_reaches_the_gateway(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"TONGXIN_SESSION_HOURS": "8", "TONGXIN_SESSION_IDLE_MINUTES": "15"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert told.items() <= home.environment("gateway", demo=False).items()


async def test_a_foreign_socket_directory_is_not_entered(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.sockets.symlink_to(tmp_path)
    try:
        code, _, errors = await tongxin("up", home=home.path, port=free_port())
        assert code == 1
        assert "belongs to somebody else" in errors
    finally:
        home.sockets.unlink()


def test_socket_paths_are_short_whatever_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 40))
    assert len(str(home.sockets / ".s.PGSQL.5432")) < 107
    with socket.socket(socket.AF_UNIX) as probe:
        home.sockets.mkdir()
        try:
            probe.bind(str(home.sockets / "supervisor.sock.123456"))
        finally:
            for file in home.sockets.iterdir():
                file.unlink()
            home.sockets.rmdir()
