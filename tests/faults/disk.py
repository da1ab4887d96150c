"""A small disk for the home of a rig, that can be filled up and emptied again.

It is a tmpfs in a mount namespace of the rig's own, so it is gone when the rig is, and nobody else
sees it. That takes root, or user namespaces.
"""

import os
import shutil
import subprocess
from pathlib import Path

SIZE = 3 * 2**30
"""Room for the 500 MB that a start asks for, the data, and PostgreSQL's log of changes."""
PIECE, PAGE = 64 * 2**20, 4096


def namespace() -> list[str] | None:
    """What runs a program where it may mount things of its own; None where that is forbidden."""
    unshare = shutil.which("unshare")
    mine = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    prefix = [unshare or "unshare", *mine, "--mount", "--propagation", "private"]
    mount = ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = unshare and subprocess.run([*prefix, *mount], capture_output=True, check=False)
    return prefix if tried and tried.returncode == 0 else None


def mount(path: Path) -> None:
    """Puts the small disk there; only inside `namespace`."""
    path.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(path)]
    subprocess.run(words, check=True)


def unmount(path: Path) -> None:
    subprocess.run(["umount", str(path)], check=True)
    path.rmdir()


class Ballast:
    """A file that takes what is left of the disk."""

    def __init__(self, disk: Path) -> None:
        self.disk, self.file = disk, disk / "ballast"

    def fill(self) -> None:
        """Also again and again: what somebody else gave up in between is taken too."""
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT)
        try:
            piece = PIECE
            while piece >= PAGE:
                size = os.fstat(handle).st_size
                try:
                    os.posix_fallocate(handle, size, piece)
                except OSError:
                    piece //= 2  # somebody else needs the room too, so it cannot be computed
        finally:
            os.close(handle)

    def drop(self) -> None:
        self.file.unlink(missing_ok=True)
