"""Where a site keeps its things: `TONGXIN_HOME`, its secrets, its socket directory."""

import errno
import fcntl
import hashlib
import os
import random
import secrets
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import SiteError
from deploy.local.given import Servers

SERVICES = ("membership", "democracy", "training", "welfare", "gateway")
"""In the order in which they are started."""
NATS_USERS = (*SERVICES, "provisioner", "operator", "hr")
LEAST_FREE = 500 * 2**20
PASSED_ON = (
    "TONGXIN_SESSION_HOURS",
    "TONGXIN_SESSION_IDLE_MINUTES",
    "TONGXIN_KIOSKS",
    "TONGXIN_KIOSK_IDLE_SECONDS",
    "TONGXIN_KIOSK_MINUTES",
    "TONGXIN_BACK_LOOPBACK",
    "TONGXIN_OIDC_ISSUER",
    "TONGXIN_OIDC_CLIENT",
    "TONGXIN_OIDC_SCOPES",
    "TONGXIN_OIDC_EMPLOYEE_CLAIM",
    "TONGXIN_OIDC_ROLES",
    "TONGXIN_OIDC_ROLES_CLAIM",
    # Of OpenTelemetry's variables those that hold no secret (the headers may).
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
)
LONGEST_SOCKET_PATH = 100  # of 107 bytes; PostgreSQL adds its own file name to the directory


@dataclass(frozen=True)
class Home:
    """The directory of one site. Nothing outside it is written, but for the socket directory."""

    path: Path
    port: int = 8000
    site: str = "hq"
    servers: Servers | None = None
    """Only where they are not the home's own."""

    @classmethod
    def from_environment(cls) -> "Home":
        port = os.environ.get("TONGXIN_PORT", "8000")
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise SiteError(f"TONGXIN_PORT must be a port from 1 to 65535, not {port!r}.")
        path = Path(os.environ.get("TONGXIN_HOME", "var")).absolute()
        site = os.environ.get("TONGXIN_SITE", "hq")
        return cls(path, int(port), site, Servers.from_environment())

    @property
    def url(self) -> str:
        return os.environ.get("TONGXIN_URL", f"http://127.0.0.1:{self.port}")

    @property
    def gateway(self) -> str:
        """Where the gateway listens, inside: what ends TLS is in front of it."""
        return os.environ.get("TONGXIN_GATEWAY", f"http://127.0.0.1:{self.port}")

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        return self.path / "nats"

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def sockets(self) -> Path:
        """Short, private, the same at each start: a Unix socket's path has at most 107 bytes."""
        name = hashlib.sha256(f"{os.getuid()} {self.path}".encode()).hexdigest()[:12]
        place = Path(tempfile.gettempdir())
        if len(str(place)) > LONGEST_SOCKET_PATH - 60:
            place = Path("/tmp")  # noqa: S108 - the directory in it is ours alone, and checked
        return place / f"tongxin-{name}"

    def secret(self, owner: str, name: str) -> str:
        return (self.path / "secrets" / owner / name).read_text()

    def database_url(self, role: str) -> str:
        """For SQLAlchemy, without a password."""
        host, port = self.postgres_at
        return f"postgresql+asyncpg://{role}@/tongxin?host={host}&port={port}"

    @property
    def postgres_at(self) -> tuple[str, int]:
        """Host, or the directory of the socket, and port."""
        if self.servers:
            return self.servers.postgres, self.servers.postgres_port
        return str(self.sockets), 5432

    def chosen_port(self, name: str) -> int:
        """A port that a start has chosen and written down in `run/`."""
        return int((self.run / name).read_text())

    def nats_port(self) -> int:
        return self.chosen_port("nats.port")

    def ops_port(self, service: str) -> int:
        """Where the service's process tells how it is; 0 when none was chosen."""
        try:
            return int((self.run / f"{service}.ops.port").read_text())
        except (OSError, ValueError):
            return 0

    def choose_ops_ports(self) -> None:
        """Those of the last start while they are free, else others; none of the services runs."""
        taken = {self.port}
        for service in SERVICES:
            port = self.ops_port(service)
            while port in taken or not port or not port_is_free(port):
                port = free_port()
            taken.add(port)
            (self.run / f"{service}.ops.port").write_text(str(port))

    @property
    def nats_url(self) -> str:
        if self.servers:
            return self.servers.nats_url
        return f"nats://127.0.0.1:{self.nats_port()}"

    def prepare(self) -> None:
        """Makes the directories and, at the first start, the secrets."""
        try:
            for directory in (self.path, self.logs, self.run, self.nats):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_sockets()
            self.check_disk()
            self.make_secrets()
        except PermissionError as error:
            raise SiteError(
                f"{error.filename} cannot be written by this user; "
                "name a directory of yours with TONGXIN_HOME."
            ) from None
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise disk_full(self.path) from None
            raise

    def _make_sockets(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise SiteError(f"{self.sockets} belongs to somebody else; remove it and start again.")
        self.sockets.chmod(0o700)

    def make_secrets(self) -> None:
        """Those that are not there yet."""
        owners = {
            "admin": ("postgres_password",),
            **dict.fromkeys(NATS_USERS, ("nats_password",)),
            **dict.fromkeys(SERVICES, ("postgres_password", "nats_password", "seal_key")),
        }
        for owner, names in owners.items():
            directory = self.path / "secrets" / owner
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in names:
                file = directory / name
                if not file.exists():
                    # Once: of two first runs at the same time the second takes the first one's.
                    new = _written(file, secrets.token_urlsafe(32))
                    with suppress(FileExistsError):
                        file.hardlink_to(new)
                    new.unlink()
        (self.path / "secrets").chmod(0o700)

    def keep_secret(self, owner: str, name: str, value: str) -> None:
        """One that somebody else has made; instead of the one that was there."""
        directory = self.path / "secrets" / owner
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _written(directory / name, value).replace(directory / name)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Only one run at a time. Raises `SiteError` for the second."""
        with (self.run / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SiteError(
                    f"A site is running on {self.path} already; stop that one, "
                    "or name another directory with TONGXIN_HOME."
                ) from None
            yield

    def check_disk(self) -> None:
        if shutil.disk_usage(self.path).free < LEAST_FREE:
            raise disk_full(self.path)

    def check_port(self) -> None:
        """Raises `SiteError` when somebody listens on the site's port."""
        in_use = SiteError(
            f"Port {self.port} is in use; stop what uses it, or choose another with TONGXIN_PORT."
        )
        # Asked first: on macOS a bind succeeds beside one who listens on every address.
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            raise in_use
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                if error.errno == errno.EACCES:
                    raise SiteError(
                        f"Port {self.port} is for root only; choose one above 1023 "
                        "with TONGXIN_PORT."
                    ) from None
                raise in_use from None

    def environment(self, service: str, *, demo: bool) -> dict[str, str]:
        """What the process of a service is told. No secret is among it, only where they are."""
        kept_names = ("PATH", "HOME", "LANG", "TZ", *PASSED_ON)
        kept = {key: os.environ[key] for key in kept_names if key in os.environ}
        return kept | {
            "PYTHONUNBUFFERED": "1",
            "TONGXIN_SITE": self.site,
            "TONGXIN_URL": self.url,
            "TONGXIN_PORT": str(self.port),
            "TONGXIN_NATS_URL": self.nats_url,
            "TONGXIN_DATABASE_URL": self.database_url(service),
            "TONGXIN_SECRETS": str(self.path / "secrets" / service),
            "TONGXIN_OPS_PORT": str(self.ops_port(service)),
            "TONGXIN_DEMO": "1" if demo else "0",
        }


def _written(secret: Path, value: str) -> Path:
    """A file beside it, whole or not at all: a disk that fills up must not leave an empty one."""
    new = secret.with_name(f"{secret.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(value)
        out.flush()
        os.fsync(out.fileno())
    return new


def disk_full(path: Path) -> SiteError:
    return SiteError(
        f"The disk of {path} is nearly full ({LEAST_FREE // 2**20} MB are needed); free some space."
    )


def free_port() -> int:
    """A free port below those that the system hands out for connections (from 32768 on Linux).

    A client that tries again and again to reach a server that is away would otherwise once be
    given the server's own port, be connected to itself, and keep the server from coming back.
    """
    while True:
        port = random.randint(15_000, 32_000)  # noqa: S311 - no secret
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
