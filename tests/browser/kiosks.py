"""A kiosk before a browser: a gateway of its own on the demo's site, with limits of its own."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from deploy.local.home import Home, free_port
from shared.testing import eventually
from tests.conftest import ROOT

LONG = 600
"""Seconds in which everything can be looked at."""


@asynccontextmanager
async def gateway_with(company: Home, *, idle_seconds: int) -> AsyncIterator[str]:
    """Its address. Beside the site's own, which it leaves to hear the facts."""
    port = free_port()
    told = company.environment("gateway", demo=True) | {
        "PYTHONPATH": str(ROOT),
        "TONGXIN_PORT": str(port),
        "TONGXIN_OPS_PORT": "0",
        "TONGXIN_KIOSK_IDLE_SECONDS": str(idle_seconds),
        "TONGXIN_KIOSK_MINUTES": "60",
    }
    command = [sys.executable, "-m", "services.gateway.app"]
    with (company.logs / "kiosk-gateway.log").open("ab") as log:
        process = subprocess.Popen(command, env=told, cwd=company.path, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:

            async def ready() -> bool:
                assert process.poll() is None
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready, seconds=40)
        yield url
    finally:
        process.terminate()
        process.wait(15)
