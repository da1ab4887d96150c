"""The processor time that a request costs each process: less at the mercy of the neighbours on a
machine than any rate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

from deploy.local.home import Home
from deploy.local.supervise import Supervisor

LEAST = 0.00005
"""Seconds a request; who spent less had no part in it."""


@dataclass
class Counted:
    """Makes requests and counts them."""

    make: Callable[[], bytes]
    made: int = 0

    def __call__(self) -> bytes:
        self.made += 1
        return self.make()


class Spent:
    """What processes spend from now on, each with its children."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self.pids = pids
        self.before = {name: _seconds(pid) for name, pid in pids.items()}

    @classmethod
    def by_site(cls, home: Home) -> "Spent":
        return cls(_programs(home))

    def said(self, requests: int) -> str:
        each = {
            name: (_seconds(pid) - self.before[name]) / requests for name, pid in self.pids.items()
        }
        told = ", ".join(
            f"{name} {seconds * 1000:.2f}" for name, seconds in each.items() if seconds > LEAST
        )
        return f"{told}; together {sum(each.values()) * 1000:.2f} ms"


def postgres_pid(home: Home) -> int:
    return _programs(home)["postgres"]


def _programs(home: Home) -> dict[str, int]:
    return {program.name: program.pid for program in Supervisor(home).programs()}


def _seconds(pid: int) -> float:
    process = psutil.Process(pid)
    own = process.cpu_times()
    total: float = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total
