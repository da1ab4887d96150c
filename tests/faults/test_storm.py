"""A short storm in every run of the tests, run as a person would run it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.faults.disk import namespace


async def test_a_storm_of_all_faults_loses_and_doubles_nothing(tmp_path: Path) -> None:
    told = os.environ | {"SEED": "7", "MINUTES": "0.6", "TMPDIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults"),
        env=told,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 400)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)  # it stops its site
            await process.wait()
    said = out.decode()
    print(said)
    assert process.returncode == 0
    assert "lost 0, doubled 0, out of order 0, other violations 0" in said
    assert ("disk full 1" if namespace() else "disk full: left out") in said
