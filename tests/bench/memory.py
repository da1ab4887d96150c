"""The memory of a whole idle site, beside its PostgreSQL and NATS alone."""

import asyncio
import sys

import psutil

from deploy.local.home import Home
from deploy.local.supervise import Supervisor
from tests.bench.figures import Figure
from tests.bench.rig import Rig

BARE = {"postgres", "nats"}
MB = 2**20


def pss(pid: int) -> float:
    """MB of a process and its children, shared pages counted by share (Linux only)."""
    process = psutil.Process(pid)
    return sum(
        float(each.memory_full_info().pss) / MB
        for each in [process, *process.children(recursive=True)]
    )


def programs(home: Home) -> dict[str, float]:
    """MB of each program that supervisord runs."""
    return {program.name: pss(program.pid) for program in Supervisor(home).programs()}


async def measure(rig: Rig) -> list[Figure]:
    """Measured before any load; elsewhere than on Linux nothing tells whose a page is."""
    if sys.platform != "linux":
        return []
    whole, bare = [], []
    for _ in range(rig.rounds):
        sizes = await asyncio.to_thread(programs, rig.home)
        whole.append(sum(sizes.values()))
        bare.append(sum(size for name, size in sizes.items() if name in BARE))
        await asyncio.sleep(min(2.0, rig.seconds))
    said = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    return [
        Figure(
            "memory of the idle site, PSS",
            "its PostgreSQL and NATS alone",
            "MB",
            whole,
            bare,
            most_ours=700,
            notes=[f"MB each: {said}"],
        )
    ]
