"""pgbench writing the rows of one accepted command, in one transaction, on the same server."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from deploy.local import postgres
from deploy.local.home import Home
from tests.bench.client import CLIENTS
from tests.bench.rig import copies

TABLES = {
    name: f"democracy.{name}" for name in ("command", "proposal", "due", "aggregate", "outbox")
}
SCRIPT = Path(__file__).parent / "rows.sql"


async def pgbench(home: Home, seconds: float) -> float:
    """Transactions a second, into empty copies of democracy's tables."""
    async with copies(home, TABLES):
        with tempfile.NamedTemporaryFile("w") as passwords:
            password = home.secret("admin", "postgres_password")
            passwords.write(f"*:*:*:{postgres.ADMIN}:{password}\n")
            passwords.flush()
            process = await asyncio.create_subprocess_exec(
                postgres.binary("pgbench"),
                f"--host={home.sockets}",
                f"--username={postgres.ADMIN}",
                f"--client={CLIENTS}",
                "--jobs=2",
                f"--time={max(1, round(seconds))}",
                "--protocol=prepared",
                "--no-vacuum",
                f"--file={SCRIPT}",
                "tongxin",
                env=os.environ
                | {"PGPASSFILE": passwords.name, "PGOPTIONS": "-c search_path=bench,public"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, problem = await process.communicate()
    found = re.search(rb"tps = ([\d.]+)", out)
    if process.returncode or not found:
        raise RuntimeError(problem.decode())
    return float(found.group(1))
