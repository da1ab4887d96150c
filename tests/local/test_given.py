"""A site on servers that somebody else runs, each process started as its container starts it."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from deploy.local import nats, postgres
from deploy.local.home import SERVICES, Home, free_port
from deploy.local.servers import nats_running, postgres_running
from shared.broker import connect
from shared.settings import Settings
from shared.testing import eventually
from tests.local.test_up import tongxin

URL = "https://union.example"


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Home]:
    """Both servers, empty; whoever runs them told us the secrets."""
    home = Home(tmp_path / "servers", port=free_port())
    home.prepare()
    await asyncio.to_thread(postgres.make_cluster, home)
    nats.write_config(home)
    with postgres_running(home), nats_running(home):
        yield home


@pytest.fixture
def told(given: Home, tmp_path: Path) -> dict[str, str]:
    """What a container of the operator's tools is told."""
    files = tmp_path / "site"
    files.mkdir()
    shutil.copytree(given.path / "secrets", files / "secrets")
    return {
        "TONGXIN_HOME": str(files),
        "TONGXIN_POSTGRES": str(given.sockets),
        "TONGXIN_NATS_URL": given.nats_url,
        "TONGXIN_GATEWAY": f"http://127.0.0.1:{given.port}",
    }


@contextmanager
def container(home: Home, told: dict[str, str], service: str, port: int) -> Iterator[None]:
    """The process, with nothing but what is said here."""
    environment = {
        "PATH": os.environ["PATH"],
        "TONGXIN_URL": URL,
        "TONGXIN_BIND": "0.0.0.0",
        "TONGXIN_PORT": str(home.port),
        "TONGXIN_OPS_PORT": str(port),
        "TONGXIN_NATS_URL": told["TONGXIN_NATS_URL"],
        "TONGXIN_DATABASE_URL": home.database_url(service),
        "TONGXIN_SECRETS": f"{told['TONGXIN_HOME']}/secrets/{service}",
    }
    with (home.logs / f"{service}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}.app"],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(30) in (0, -signal.SIGTERM)  # uvicorn ends as if by it


async def run(told: dict[str, str], *words: str) -> tuple[int, str, str]:
    return await tongxin(*words, home=Path(told["TONGXIN_HOME"]), told=told)


async def test_a_site_on_given_servers_is_prepared_served_and_looked_after(
    given: Home, told: dict[str, str]
) -> None:
    code, _, errors = await run(told, "provision")
    assert code == 0, errors
    ports = {service: free_port() for service in SERVICES}
    with ExitStack() as running:
        for service, port in ports.items():
            running.enter_context(container(given, told, service, port))
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:

            async def ready() -> bool:
                answers = [
                    await client.get(f"http://127.0.0.1:{port}/readyz") for port in ports.values()
                ]
                return all(each.status_code == 200 for each in answers)

            await eventually(ready, seconds=60, every=0.2)
        code, out, errors = await run(told, "status", "--json")
        assert (code, json.loads(out)["health"]["status"]) == (0, "ok"), errors
        code, out, errors = await run(told, "doctor")
        assert code == 0, out
        await gone_and_back(given, told)


async def gone_and_back(given: Home, told: dict[str, str]) -> None:
    """A durable that somebody deleted comes back by whoever looks after the site."""
    keeper = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "tongxin"), "keep", env=os.environ | told
    )
    password = given.secret("provisioner", "nats_password")
    client = await connect(given.nats_url, "provisioner", password)
    try:
        js = client.jetstream()
        await js.delete_consumer("FACTS", "welfare")

        async def back() -> bool:
            return any(each.name == "welfare" for each in await js.consumers_info("FACTS"))

        await eventually(back, seconds=30, every=0.2)
    finally:
        await client.close()
        keeper.terminate()
        await keeper.wait()


async def test_what_starts_servers_of_its_own_is_not_run_beside_given_ones(
    told: dict[str, str],
) -> None:
    code, _, errors = await run(told, "up")
    assert code == 1
    assert "TONGXIN_POSTGRES" in errors
    assert "tongxin keep" in errors
    del told["TONGXIN_NATS_URL"]
    code, _, errors = await run(told, "provision")
    assert (code, errors.strip()) == (
        1,
        "tongxin: TONGXIN_NATS_URL is missing beside TONGXIN_POSTGRES.",
    )


def test_plain_http_is_served_on_loopback_only(home: Home) -> None:
    asked: dict[str, Any] = {
        "database_url": "postgresql+asyncpg://",
        "secrets": home.path / "secrets" / "welfare",
        "bind": "0.0.0.0",
    }
    assert Settings(**asked, url=URL)
    with pytest.raises(ValidationError, match="TONGXIN_BIND: plain http is served on loopback"):
        Settings(**asked)


async def test_a_site_for_containers_is_made_once_and_written_anew(tmp_path: Path) -> None:
    place = tmp_path / "hq"
    asked = ("site", "add", "hq", "--url", URL, "--into", str(place))
    code, out, errors = await tongxin(*asked, home=tmp_path / "none")
    assert code == 0, errors
    assert f"--env-file {place}/compose.env" in out
    first = (place / "secrets" / "gateway" / "seal_key").read_bytes()
    checked = subprocess.run(
        [nats.binary(), "-t", "-c", place / "nats.json"], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert (place / "nats.json").stat().st_mode & 0o077 == 0
    code, _, _ = await tongxin(*asked, home=tmp_path / "none")
    assert code == 0
    assert (place / "secrets" / "gateway" / "seal_key").read_bytes() == first
    for wrong, said in (
        (("add", "Nanjing!", "--url", URL), "lower-case letters"),
        (("add", "nanjing", "--url", "http://union.example"), "https address"),
        (("add", "nanjing", "--url", URL), "another site's"),
        (("add", "hq", "--url", URL, "--stream-gib", "1"), "must be at least"),
    ):
        code, _, errors = await tongxin("site", *wrong, "--into", str(place), home=tmp_path)
        assert code == 1
        assert said in errors
