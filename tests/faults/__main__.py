"""`make faults`: KILLS=20 SEED=1 WHAT="membership democracy gateway"."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from deploy.local.home import SERVICES
from tests.faults.rig import storm


def main() -> int:
    kills = int(os.environ.get("KILLS", "20"))
    seed = int(os.environ.get("SEED", "1"))
    among = tuple(os.environ.get("WHAT", " ".join(SERVICES)).split())
    print(f"seed {seed}: {kills} x kill -9 among {', '.join(among)} under load")
    with tempfile.TemporaryDirectory() as directory:
        outcome = asyncio.run(storm(Path(directory) / "home", kills=kills, seed=seed, among=among))
    print(outcome.report())
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
