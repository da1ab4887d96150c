"""A whole site as `make run` starts it, in a home of its own, for rigs that hurt or time it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deploy.local.demo import ACCOUNTS
from deploy.local.gateway import gateway_session
from deploy.local.home import Home, free_port
from services.gateway.accounts import begin_session
from shared.testing import eventually

TONGXIN = Path(sys.executable).parent / "tongxin"


@asynccontextmanager
async def running_site(path: Path, *, log: Path | None = None) -> AsyncIterator[Home]:
    """`tongxin up` with its demo on free ports; stopped by SIGINT, as with Ctrl-C."""
    home = Home(path, port=free_port())
    told = os.environ | {"TONGXIN_HOME": str(path), "TONGXIN_PORT": str(home.port)}
    path.parent.mkdir(parents=True, exist_ok=True)
    log = log or path.parent / "up.log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            TONGXIN, "up", env=told, stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    try:

        async def ready() -> bool:
            assert process.returncode is None, log.read_text()
            return "is ready at" in log.read_text()

        await eventually(ready, seconds=120, every=0.2)
        yield home
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 90)


async def tokens(home: Home) -> dict[str, str]:
    """A token for each demo account."""
    async with gateway_session(home) as session:
        found = {
            account.account: (await begin_session(session, account.account))[0]
            for account in ACCOUNTS
        }
        await session.commit()
    return found


def client_of(home: Home, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=home.url,
        timeout=10,
        trust_env=False,
        headers={"Authorization": f"Bearer {token}"},
    )
