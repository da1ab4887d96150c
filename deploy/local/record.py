"""What operators did, for those who ask later: `log/operator.log`, one JSON line a deed."""

import getpass
import json
import os
import socket
from datetime import UTC, datetime

from deploy.local.home import Home


def operator() -> str:
    """Who sits at the keyboard, as the machine knows them."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a user without a name, as in some containers
        return f"{os.getuid()}@{socket.gethostname()}"


def note(home: Home, deed: str, **about: object) -> None:
    """Ids, counts and the operator's own words; never what a message says."""
    line = {"time": datetime.now(UTC).isoformat(), "by": operator(), "deed": deed} | about
    handle = os.open(home.logs / "operator.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as log:
        log.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
