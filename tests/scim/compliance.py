"""scim2-cli, the compliance check of the SCIM libraries' makers, in an environment of its own.

It lies in the virtual environment of the project, but apart from its packages; a changed lock file
gets a place of its own.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

LOCK = ROOT / "requirements" / "scim2.lock"
TOOLS = Path(sys.prefix) / "tools"


@dataclass(frozen=True)
class Verdict:
    """How many checks ended in each way, and what the tool said."""

    ended: Counter[str]
    said: str


@cache
def installed() -> Path:
    """Its directory of programs; installed there by whoever asks first."""
    place = TOOLS / f"scim2-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    TOOLS.mkdir(exist_ok=True)
    with _alone(place.with_suffix(".lock")):
        if not (place / "ready").exists():
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, with_pip=True)
            lock = str(LOCK)
            pip = (str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
            done = subprocess.run(
                [*pip, "install", "--no-input", "-q", "--require-hashes", "-r", lock, "-c", lock],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"scim2-cli could not be installed: {done.stderr[-2000:]}"
            (place / "ready").touch()
    return place / "bin"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Of two runs at the same time the second waits for the first."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


async def check(url: str, token: str) -> Verdict:
    """Runs all its checks. The token goes by the environment, which other users cannot read."""
    program = await asyncio.to_thread(installed)
    asking = await asyncio.create_subprocess_exec(
        program / "scim2",
        *("-u", url, "test"),
        env=os.environ | {"SCIM_CLI_HEADERS": f"Authorization: Bearer {token}", "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(asking.communicate(), 120)
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()
    said = out.decode(errors="replace")
    words = (line.partition(" ")[0] for line in said.splitlines())
    ended = Counter(word for word in words if word.isupper() and word.isalpha())
    return Verdict(ended, said.replace(token, "…"))
