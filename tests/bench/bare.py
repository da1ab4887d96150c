"""pgbench writing the rows of one accepted command, in one transaction, on the same server."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from deploy.local import postgres
from deploy.local.home import Home

TABLES = ("command", "proposal", "due", "aggregate", "outbox")
SCRIPT = Path(__file__).parent / "rows.sql"


async def pgbench(home: Home, *, clients: int, seconds: int) -> float:
    """Transactions a second. The tables are empty copies of democracy's, indexes included, in a
    schema of their own, so that no relay sends what is written here."""
    admin = await postgres.connect(home)
    await admin.execute("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")
    for table in TABLES:
        await admin.execute(f"CREATE TABLE bench.{table} (LIKE democracy.{table} INCLUDING ALL)")
    with tempfile.NamedTemporaryFile("w") as passwords:
        password = home.secret("admin", "postgres_password")
        passwords.write(f"*:*:*:{postgres.ADMIN}:{password}\n")
        passwords.flush()
        process = await asyncio.create_subprocess_exec(
            postgres.binary("pgbench"),
            f"--host={home.sockets}",
            f"--username={postgres.ADMIN}",
            f"--client={clients}",
            "--jobs=2",
            f"--time={seconds}",
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
    await admin.execute("DROP SCHEMA bench CASCADE")
    await admin.close()
    found = re.search(rb"tps = ([\d.]+)", out)
    if process.returncode or not found:
        raise RuntimeError(problem.decode())
    return float(found.group(1))
