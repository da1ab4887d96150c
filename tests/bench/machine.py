"""On what it was measured."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Self

import psutil

from deploy.local import nats, postgres
from deploy.local.home import Home

BUSY = "\nothers were using this machine: measure again when it is idle"
PACKAGES = ("faststream", "nats-py", "sqlalchemy", "asyncpg", "pydantic", "fastapi", "uvicorn")


@dataclass(frozen=True)
class Machine:
    """`load` is the average of the last minute before the first measurement."""

    system: str
    cores: int
    memory_gb: float
    load: float
    versions: dict[str, str]

    @classmethod
    async def look(cls, home: Home) -> Self:
        admin = await postgres.connect(home)
        server = (await admin.fetchval("SHOW server_version")).split()[0]
        await admin.close()
        said = subprocess.run(
            [nats.binary(), "--version"], capture_output=True, text=True, check=True
        )
        return cls(
            system=f"{platform.system()} {platform.machine()}",
            cores=os.cpu_count() or 0,
            memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
            load=round(os.getloadavg()[0], 1),
            versions={
                "python": platform.python_version(),
                "postgresql": server,
                "nats-server": said.stdout.split()[-1],
            }
            | {package: version(package) for package in PACKAGES},
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_busy(self) -> bool:
        """Others want the processor too: rates say little then, and ours, made of more processes,
        suffers otherwise than what is measured beside it."""
        return self.load > self.cores / 2

    def said(self) -> str:
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return (
            f"{self.system}, {self.cores} cores, {self.memory_gb} GB, load before {self.load}\n"
            f"{versions}{BUSY if self.is_busy else ''}"
        )
