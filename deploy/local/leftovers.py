"""What a run that was killed left behind, ended before the next one touches the same data.

Two nats-servers on one store, or two PostgreSQLs on one cluster, would destroy it. The caller
holds the home's lock, so whatever still works on the home belongs to nobody.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil

from deploy.local.home import Home

PATIENCE = 30
"""Seconds for each kind to end by itself; then it is killed."""


def processes(home: Home) -> dict[str, list[psutil.Process]]:
    """This user's processes that work on the home, in the order in which they are to end."""
    found: dict[str, list[psutil.Process]] = {
        kind: [] for kind in ("supervisor", "service", "nats", "postgres")
    }
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.uids().real == os.getuid():
                kind = _kind(process, home)
                if kind:
                    found[kind].append(process)
        except (psutil.Error, OSError):
            continue  # it ended meanwhile, or is not ours to look at
    return found


def _kind(process: psutil.Process, home: Home) -> str | None:
    words = process.cmdline()
    if str(home.run / "supervisor.conf") in words:
        return "supervisor"
    if str(home.run / "nats.json") in words:
        return "nats"
    # Also the children of a postmaster that died: they hold its shared memory for a moment.
    if f"--pgdata={home.postgres}" in words or Path(process.cwd()) == home.postgres.resolve():
        return "postgres"
    if Path(process.environ().get("TONGXIN_SECRETS", "/")).parent == home.path / "secrets":
        return "service"
    return None


def end_leftovers(home: Home, say: Callable[[str], None] = lambda _: None) -> None:
    """Ends them in order, then removes PostgreSQL's lock files.

    Their process numbers may have been given to somebody else since, who would be taken for a
    running server.
    """
    for kind in processes(home):
        left = processes(home)[kind]  # a supervisor that ends takes the others with it
        if not left:
            continue
        say(f"{kind}: ending what an earlier run left behind")
        for process in left:
            _tell(process, kind)
        _, stubborn = psutil.wait_procs(left, timeout=PATIENCE)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=PATIENCE)
    (home.postgres / "postmaster.pid").unlink(missing_ok=True)
    (home.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _tell(process: psutil.Process, kind: str) -> None:
    try:
        process.send_signal(signal.SIGCONT)
        if kind != "postgres":
            process.send_signal(signal.SIGTERM)
        elif not process.cmdline()[0].startswith("postgres:"):
            process.send_signal(signal.SIGINT)  # the postmaster; its children follow it
    except (psutil.Error, IndexError):
        return
