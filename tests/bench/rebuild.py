"""The views filled anew from the first fact, beside COPY of the rows that come out."""

import asyncio
import io
import json
import os
import time
from typing import Any

from deploy.local import postgres
from deploy.local.home import Home
from tests.bench.figures import Figure
from tests.bench.rig import ROOT, Rig, copies
from tests.running import TONGXIN


async def measure(rig: Rig) -> list[Figure]:
    """Facts a second, as `tongxin rebuild` itself counts them. Worth it once a feed has left many
    facts behind."""
    ours, limit, notes = [], [], []
    for _ in range(rig.rounds):
        done = await _rebuilt(rig.home)
        ours.append(done["facts"] / done["seconds"])
        limit.append(done["facts"] / await _copied(rig.home))
        notes.append(f"{done['facts']} facts, {done['rows']} rows, {done['differing']} differ")
    return [
        Figure(
            "rebuild of the views",
            "COPY of the rows that come out",
            "facts/s",
            ours,
            limit,
            least=0.15,
            notes=notes,
        )
    ]


async def _rebuilt(home: Home) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        TONGXIN,
        "rebuild",
        "--check",
        "--json",
        cwd=ROOT,
        env=os.environ | {"TONGXIN_HOME": str(home.path), "TONGXIN_PORT": str(home.port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, problem = await process.communicate()
    if process.returncode:
        raise RuntimeError(problem.decode())
    told: dict[str, Any] = json.loads(out)
    return told


async def _copied(home: Home) -> float:
    """Seconds for all tables of the views, into empty copies with the same indexes."""
    admin = await postgres.connect(home)
    names = await admin.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'views'")
    tables = {row["name"]: f"views.{row['name']}" for row in names}
    taken = 0.0
    async with copies(home, tables):
        for table in tables:
            rows = io.BytesIO()
            await admin.copy_from_table(table, schema_name="views", output=rows, format="binary")
            rows.seek(0)
            begun = time.perf_counter()
            await admin.copy_to_table(table, schema_name="bench", source=rows, format="binary")
            taken += time.perf_counter() - begun
    await admin.close()
    return taken
