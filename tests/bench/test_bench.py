"""The bench itself runs, and tells what is reached from what is not."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench import hr
from tests.bench.figures import Figure, alternately
from tests.bench.rig import ROOT
from tests.bench.table import table


async def bench(directory: Path, **told: str) -> tuple[int, str, dict[str, Any]]:
    """A whole run in `directory`: exit code, what it printed, bench.json."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench",
        cwd=directory,
        env=os.environ | told | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 300)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.wait()
    written = directory / "bench.json"
    return process.returncode or 0, out.decode(), json.loads(written.read_text())


async def test_a_short_run_prints_and_writes_what_it_measured(tmp_path: Path) -> None:
    code, said, told = await bench(
        tmp_path, ONLY="commands,relay", SECONDS_EACH="1", ROUNDS="1", FEED="100"
    )
    assert code == 0
    assert list(told["figures"]) == ["commands", "relay"]
    figures = [each for found in told["figures"].values() for each in found]
    for figure in figures:
        assert figure["ours"] > 0
        assert figure["limit"] > 0
        assert figure["what"] in said
    assert told["machine"]["cores"] == os.cpu_count()
    assert told["run"]["seconds_each"] == 1


@pytest.mark.parametrize(
    ("bounds", "reached"),
    [
        ({"least": 0.5}, True),
        ({"least": 0.51}, False),
        ({"most": 0.5}, True),
        ({"most": 0.49}, False),
        ({"most_ours": 10.0}, True),
        ({"most_ours": 9.0}, False),
    ],
)
def test_a_figure_is_judged_by_its_bound(bounds: dict[str, Any], reached: bool) -> None:
    figure = Figure("ours", "theirs", "/s", [10.0], [20.0], **bounds)
    assert figure.reached is reached
    assert ("not reached" in table([figure])) is not reached


def test_the_ratio_compares_runs_that_were_side_by_side() -> None:
    slow_then_quick = Figure("ours", "theirs", "/s", [1.0, 10.0, 5.0], [2.0, 20.0, 10.0], least=0.5)
    assert slow_then_quick.ratio == 0.5


async def test_ours_and_the_limit_take_turns() -> None:
    order: list[str] = []

    async def ours() -> float:
        order.append("ours")
        return 1.0

    async def limit() -> float:
        order.append("limit")
        return 2.0

    assert await alternately(2, ours, limit) == ([1.0, 1.0], [2.0, 2.0])
    assert order == ["ours", "limit", "ours", "limit"]


def test_the_invented_feed_is_the_same_each_time_and_of_the_size_asked_for() -> None:
    first, again = hr.feed("t", 2_000, seed=1), hr.feed("t", 2_000, seed=1)
    assert [event.body for event in first] == [event.body for event in again]
    assert 1_980 <= len(first) <= 2_020
    assert len({event.id for event in first}) < len(first), "some are sent twice"
