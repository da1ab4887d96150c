"""What `make` says on a machine that lacks something."""

import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


def setup(python: Path | str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", ROOT / "deploy" / "setup.sh", "none.lock"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("exit 1", "is not Python 3.11 or newer"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "apt install python3-venv"),
    ],
)
def test_a_missing_part_is_named_in_one_sentence(tmp_path: Path, body: str, said: str) -> None:
    python = tmp_path / "python3"
    python.write_text(f"#!/bin/sh\n{body}\n")
    python.chmod(0o755)
    done = setup(python, tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()


def test_a_broken_down_installation_is_not_taken_for_a_whole_one() -> None:
    makefile = (ROOT / "Makefile").read_text()
    ready = makefile[makefile.index("$(READY):") :]
    assert ready.index("deploy/setup.sh $(LOCK)") < ready.index("@touch $@")


def test_the_lock_names_no_place_to_fetch_from() -> None:
    lock = (ROOT / "requirements" / "project.lock").read_text()
    for word in ("http:", "https:", "file:", "@ ", "--index", "--find-links", "--extra"):
        assert word not in lock
    pinned = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert all("==" in line for line in pinned)
    assert lock.count("--hash=sha256:") >= len(pinned)
