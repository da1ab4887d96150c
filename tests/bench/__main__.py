"""`make bench`: what we reach beside what the bare parts do, in one run on one machine."""

import json
import os
import sys
import tempfile
from pathlib import Path

import psutil
import uvloop

from deploy.local.home import Home
from deploy.local.supervise import Supervisor
from tests.bench.bare import pgbench
from tests.bench.client import hammer, post
from tests.running import running_site, tokens

CLIENTS = 16
BODY = "A body of the usual length, which says what should be better and how it might be done."


async def commands_a_second(home: Home, seconds: float) -> float:
    """Accepted submit-proposal through HTTP; every answer must be 201."""
    token = (await tokens(home))["worker"]
    body = json.dumps({"title": "said to be timed", "body": BODY, "category": "production"})

    def make(client: int, count: int) -> bytes:
        key = f"bench-{os.getpid()}-{seconds}-{client}-{count}"
        return post("/api/v1/democracy/submit-proposal", body.encode(), token, key)

    await hammer(home.port, make, clients=CLIENTS, seconds=2)
    rate, statuses = await hammer(home.port, make, clients=CLIENTS, seconds=seconds)
    if set(statuses) != {201}:
        raise RuntimeError(f"not all were accepted: {dict(statuses)}")
    return rate


def memory(home: Home) -> tuple[float, float]:
    """MB of the whole idle site, and of PostgreSQL and NATS alone: PSS, summed."""
    total, bare = 0, 0
    for program in Supervisor(home).programs():
        process = psutil.Process(program.pid)
        size = sum(
            each.memory_full_info().pss for each in [process, *process.children(recursive=True)]
        )
        total += size
        if program.name in {"postgres", "nats"}:
            bare += size
    return total / 2**20, bare / 2**20


async def main() -> None:
    seconds = int(os.environ.get("SECONDS_EACH", "10"))
    with tempfile.TemporaryDirectory() as directory:
        async with running_site(Path(directory) / "home") as home:
            whole, bare = memory(home) if sys.platform == "linux" else (0.0, 0.0)
            limit = await pgbench(home, clients=CLIENTS, seconds=seconds)
            rate = await commands_a_second(home, seconds)
    figures = {
        "commands_a_second": round(rate),
        "pgbench_same_rows_a_second": round(limit),
        "ratio": round(rate / limit, 3),
        "idle_site_mb": round(whole),
        "postgres_and_nats_mb": round(bare),
        "seconds_each": seconds,
        "clients": CLIENTS,
    }
    Path("bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"accepted commands a second, {CLIENTS} clients: {rate:.0f}")
    print(f"pgbench, same rows, {CLIENTS} clients:          {limit:.0f}")
    print(f"ratio:                                  {rate / limit:.1%}")
    print(
        f"memory of the idle site (PSS): {whole:.0f} MB; PostgreSQL and NATS alone: {bare:.0f} MB"
    )


if __name__ == "__main__":
    uvloop.run(main())
