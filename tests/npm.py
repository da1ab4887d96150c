"""Packages from npm that tests run; a changed lock file gets a place of its own."""

import hashlib
import subprocess
from functools import cache
from pathlib import Path

from deploy.npm import INSTALLED, NODE, install, pinned


@cache
def installed(what: str, of: Path) -> Path:
    """Where they are; installed there by whoever asks first."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in pinned(of)))
    place = INSTALLED / f"{of.name}-{digest.hexdigest()[:16]}"
    if not place.exists():
        install(what, of, place, so="nothing was checked")
    return place


def checked(what: str, of: Path, told: str) -> str:
    """What `check.mjs` of the folder answers to what it is told."""
    done = subprocess.run(
        [NODE, installed(what, of) / "check.mjs"],
        input=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
