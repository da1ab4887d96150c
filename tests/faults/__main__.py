"""`make faults SEED=1 MINUTES=3`: a storm on a site of its own, and what became of it.

The exit code is 1 when something was not as it must be; then the home is kept. `WORKERS` is the
number of workers of the load, `KINDS` the faults to do, as "kill,pause,restart,full disk".
"""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.disk import mount, namespace, unmount
from tests.faults.nemesis import WEIGHTS
from tests.faults.rig import storm

INSIDE = "TONGXIN_FAULTS_INSIDE"


def main() -> int:
    if INSIDE not in os.environ and (prefix := namespace()):
        words = [*prefix, sys.executable, "-m", "tests.faults"]
        os.execvpe(prefix[0], words, os.environ | {INSIDE: "1"})
    seed = int(os.environ.get("SEED", "1"))
    minutes = float(os.environ.get("MINUTES", "2"))
    workers = int(os.environ.get("WORKERS", "8"))
    kinds = os.environ.get("KINDS", ",".join(WEIGHTS))
    again = f'make faults SEED={seed} MINUTES={minutes:g} WORKERS={workers} KINDS="{kinds}"'
    print(again, flush=True)
    place = Path(tempfile.mkdtemp(prefix="tongxin-faults-"))
    disk = place / "disk" if INSIDE in os.environ else None
    if disk:
        mount(disk)
    failed = True
    try:
        outcome = asyncio.run(
            storm(
                (disk or place) / "home",
                seconds=minutes * 60,
                seed=seed,
                disk=disk,
                workers=workers,
                kinds=kinds.split(","),
            )
        )
        print(outcome.report())
        failed = bool(outcome.violations)
    finally:
        if failed and disk:
            shutil.copytree(disk / "home", place / "home", symlinks=True)
        if failed:
            print(f"failed; again: {again}\nkept: {place}")
        if disk:
            unmount(disk)
        if not failed:
            shutil.rmtree(place)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
