"""The processes of a site under supervisord, which restarts the one that dies.

supervisord is a child of `tongxin up` and does not outlive it (on Linux the kernel sees to that);
it is spoken to over a Unix socket of its own.
"""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.local import nats, postgres
from deploy.local.errors import SiteError
from deploy.local.home import SERVICES, Home
from deploy.local.leftovers import end_leftovers
from deploy.local.servers import parent_death_signal

ROOT = Path(__file__).parent.parent.parent
STOP_SECONDS = 60


def _section(kind: str, values: dict[str, object]) -> str:
    lines = [f"[{kind}]"] + [f"{key} = {value}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _quoted(words: Sequence[str]) -> str:
    """A command line for supervisord, which splits like a shell and expands `%(…)s`."""
    return shlex.join(words).replace("%", "%%")


def _environment(values: dict[str, str]) -> str:
    escaped = {k: v.replace("%", "%%").replace('"', '\\"') for k, v in values.items()}
    return ",".join(f'{key}="{value}"' for key, value in escaped.items())


def _program(home: Home, name: str, command: Sequence[str], **more: object) -> str:
    return _section(
        f"program:{name}",
        {
            "command": _quoted(command),
            "directory": str(home.path).replace("%", "%%"),
            "autorestart": "true",
            # A start counts as one after a second; before that supervisord waits a little longer
            # each time, and never gives up.
            "startsecs": 1,
            "startretries": 1_000_000,
            "redirect_stderr": "true",
            "stdout_logfile": str(home.logs / f"{name}.log").replace("%", "%%"),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": 3,
            **more,
        },
    )


def write_config(home: Home, *, demo: bool) -> Path:
    """supervisord's configuration: the two servers at once, the services when they are told."""
    socket = home.sockets / "supervisor.sock"
    parts = [
        _section(
            "supervisord",
            {
                "nodaemon": "true",
                "silent": "true",
                "logfile": home.logs / "supervisor.log",
                "logfile_maxbytes": "5MB",
                "logfile_backups": 1,
                "pidfile": home.run / "supervisor.pid",
                "minfds": 1024,
            }
            | ({"user": "root"} if os.getuid() == 0 else {}),
        ),
        _section("unix_http_server", {"file": socket, "chmod": "0700"}),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": ("supervisor.rpcinterface:make_main_rpcinterface")},
        ),
        _program(
            home, "postgres", postgres.command(home), priority=1, stopsignal="INT", stopwaitsecs=40
        ),
        _program(home, "nats", nats.command(home), priority=2, stopwaitsecs=20),
    ]
    for place, name in enumerate(SERVICES):
        told = home.environment(name, demo=demo) | {"PYTHONPATH": str(ROOT)}
        parts.append(
            _program(
                home,
                name,
                [sys.executable, "-m", f"services.{name}.app"],
                priority=10 + place,
                autostart="false",
                stopwaitsecs=20,
                environment=_environment(told),
            )
        )
    file = home.run / "supervisor.conf"
    file.write_text("\n".join(parts))
    return file


@dataclass(frozen=True)
class Program:
    """One process as supervisord sees it: `state` such as RUNNING, BACKOFF, STOPPED."""

    name: str
    state: str
    pid: int
    seconds: int


@dataclass
class Supervisor:
    """Speaks to the supervisord of a home; `process` is it, for who started it."""

    home: Home
    process: subprocess.Popen[bytes] | None = None

    def lives(self) -> bool:
        return self.process is None or self.process.poll() is None

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(
            None, None, f"unix://{self.home.sockets / 'supervisor.sock'}"
        )
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            try:
                return getattr(proxy.supervisor, method)(*arguments)
            except Fault as fault:
                if fault.faultCode == Faults.SHUTDOWN_STATE:
                    raise ConnectionResetError("the supervisor is stopping") from None
                raise

    def programs(self) -> list[Program]:
        """Raises `OSError` when no supervisord runs on this home."""
        return [
            Program(
                info["name"],
                info["statename"],
                info["pid"],
                info["now"] - info["start"] if info["pid"] else 0,
            )
            for info in self._call("getAllProcessInfo")
        ]

    def start(self, name: str) -> None:
        try:
            self._call("startProcess", name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise

    def restart(self, name: str) -> None:
        """Stops it in its own way, by force after its patience, and starts it."""
        try:
            self._call("stopProcess", name)
        except Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise
        self.start(name)

    async def wait_until_listening(self) -> None:
        for _ in range(400):
            if not self.lives():
                break
            try:
                await asyncio.to_thread(self.programs)
                return
            except OSError:
                await asyncio.sleep(0.05)
        raise SiteError(f"The supervisor did not start; see {self.home.logs / 'supervisor.log'}.")


@asynccontextmanager
async def supervised(home: Home, *, demo: bool) -> AsyncIterator[Supervisor]:
    """The two servers run, the services can be started; at the end all of it has stopped, also
    when the supervisor was killed meanwhile."""
    config = write_config(home, demo=demo)
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TZ") if key in os.environ}
    process = subprocess.Popen(  # noqa: ASYNC220 - must be this thread's child, see below
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
        env=kept,
        cwd=home.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for `tongxin up`, which then stops everything in its order.
        start_new_session=True,
        preexec_fn=parent_death_signal,
    )
    try:
        supervisor = Supervisor(home, process)
        await supervisor.wait_until_listening()
        yield supervisor
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        await asyncio.to_thread(end_leftovers, home)
