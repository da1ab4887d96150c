"""Two processes of one service: one works, and the other takes over; the checks see violations."""

from collections.abc import Awaitable, Callable

import pytest

from tests.delivery import checks_holders as two
from tests.delivery import judging
from tests.delivery.bench import Bench
from tests.delivery.checks_servers import reader_settles
from tests.delivery.toys import TOYS

Check = Callable[[Bench, str], Awaitable[list[str]]]
SEEN_BY: list[tuple[Check, str, str, str, float]] = [
    (two.two_processes, "ledger", "unlocked", "nobody who holds", 4.0),
    (two.two_processes, "reader", "unlocked", "nobody who holds", 4.0),
    (two.stopped_process, "ledger", "never_let_go", "399, 400]", 8.0),
    (two.stopped_process, "reader", "never_let_go", "399, 400]", 8.0),
]
"""Each check and toy, who breaks what is checked, the violation that this one must cause, and
seconds that are twice what the sound ones take."""


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize(
    "check", [two.two_processes, two.stopped_process], ids=lambda check: check.__name__
)
async def test_it_holds(bench: Bench, check: Check, toy: str) -> None:
    assert await check(bench, toy) == []


@pytest.mark.parametrize(
    ("check", "toy", "mutant", "violation", "patience"),
    SEEN_BY,
    ids=[f"{c.__name__}-{t}-{m}" for c, t, m, *_ in SEEN_BY],
)
async def test_a_planted_violation_is_seen(
    bench: Bench,
    check: Check,
    toy: str,
    mutant: str,
    violation: str,
    patience: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "PATIENCE", patience)
    bench.mutant = mutant
    try:
        said = await check(bench, toy)
        assert any(violation in line for line in said), said
    finally:
        bench.mutant = "none"
    await reader_settles(bench)
