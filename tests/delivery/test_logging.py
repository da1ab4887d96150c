"""A log that cannot be written fails nothing else."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

PROGRAM = """
import sys
from pathlib import Path
import structlog
from shared.telemetry import setup_logging
setup_logging("x", "hq")
for number in range(1000):
    structlog.get_logger().info("said", number=number)
Path(sys.argv[1]).write_text("went on")
"""


def test_work_goes_on_when_nobody_takes_the_log_any_more(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = tmp_path / "done"
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(done)],
        stdout=writer,
        cwd=ROOT,
        check=False,
    )
    os.close(writer)
    assert done.read_text() == "went on"
