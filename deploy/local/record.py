"""What operators did, for those who ask later: `log/operator.log`, one JSON line a deed."""

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from deploy.local.home import Home


def operator() -> str:
    """Who sits at the keyboard, as the machine knows them."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a user without a name, as in some containers
        return f"{os.getuid()}@{socket.gethostname()}"


def note(home: Home, deed: str, **about: object) -> None:
    """Ids, counts and codes; never what a message says."""
    line = {"time": datetime.now(UTC).isoformat(), "by": operator(), "deed": deed} | about
    with _held(home, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as log:
        log.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def rewrite(home: Home, told: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Each line says what `told` makes of it; how many are other than before. When a person was
    erased, and never else."""
    try:
        opened = _held(home, os.O_RDWR)
    except FileNotFoundError:
        return 0
    with opened as log:
        before = [json.loads(line) for line in log if line.strip()]
        after = [told(line) for line in before]
        changed = len([1 for was, now in zip(before, after, strict=True) if was != now])
        if changed:
            log.seek(0)
            log.truncate()
            log.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in after)
    return changed


def _held(home: Home, flags: int) -> TextIO:
    """Nobody else writes meanwhile."""
    log = os.fdopen(
        os.open(home.logs / "operator.log", flags, 0o600), "r+" if flags & os.O_RDWR else "w"
    )
    fcntl.flock(log, fcntl.LOCK_EX)
    return log
