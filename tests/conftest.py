"""One real PostgreSQL and one real nats-server for the whole run, built by the migrations."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.home import SERVICES, Home, free_port
from deploy.local.servers import servers
from shared import database
from shared.database import Session
from shared.settings import Settings
from shared.testing import eventually

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A provisioned, migrated home with its servers running; shared by the whole run."""
    path = tmp_path_factory.mktemp("site") / "home"
    async with servers(Home(path, port=free_port())) as running:
        yield running


def settings_of(home: Home, service: str) -> Settings:
    """What the process of the service would be told."""
    told = home.environment(service, demo=False)
    names = {
        "site": "TONGXIN_SITE",
        "nats_url": "TONGXIN_NATS_URL",
        "database_url": "TONGXIN_DATABASE_URL",
        "url": "TONGXIN_URL",
        "secrets": "TONGXIN_SECRETS",
    }
    return Settings.model_validate({field: told[name] for field, name in names.items()})


@pytest.fixture(scope="session")
def settings(home: Home) -> Callable[[str], Settings]:
    return lambda service: settings_of(home, service)


@asynccontextmanager
async def rolled_back(home: Home, service: str) -> AsyncIterator[Session]:
    """A session of that service's role on the real database; nothing of it stays."""
    settings = settings_of(home, service)
    engine = database.engine(settings, pool_size=1)
    seal_key = settings.seal_key.get_secret_value().encode()[:64]
    async with database.Sessions(engine, seal_key)() as session:
        yield session
    await engine.dispose()


@contextmanager
def service_process(home: Home, service: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process of one service, as `make run` starts it but without a supervisor."""
    with (home.logs / f"{service}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}.app"],
            env=home.environment(service, demo=False)
            | {"PYTHONPATH": str(ROOT), "TONGXIN_BACK_LOOPBACK": "1"},
            cwd=home.path,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
async def site(home: Home) -> AsyncIterator[Home]:
    """The home with all its services running as processes; ready when `/health` says so."""
    with ExitStack() as stack:
        for service in SERVICES:
            stack.enter_context(service_process(home, service))
        async with httpx.AsyncClient(base_url=home.url) as client:

            async def healthy() -> bool:
                return (await client.get("/health")).status_code == 200

            await eventually(healthy, seconds=90)
        yield home


@pytest.fixture
async def http(site: Home) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the running site."""
    async with httpx.AsyncClient(base_url=site.url, timeout=30) as client:
        yield client


SHARED_DATA = ROOT.parent / "shared" / "data"
"""Real data that stays outside the repository; tests that want it say so when it is missing."""
