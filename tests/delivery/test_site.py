"""What a whole site says and does when parts of it are away; and each check sees a violation."""

from functools import partial

import pytest

from tests.delivery import checks_site as whole
from tests.delivery import judging
from tests.delivery.cell import Cell


async def test_thirty_seconds_without_nats_lose_and_double_nothing(cell: Cell) -> None:
    assert await whole.broker_away(cell, seconds=30) == []


async def test_no_answer_within_five_seconds_is_unknown_and_the_same_key_settles_it(
    cell: Cell,
) -> None:
    assert await whole.no_answer_in_time(cell) == []


SEEN_BY: list[tuple[whole.Check, dict[str, str], tuple[str, ...]]] = [
    (
        partial(whole.broker_away, seconds=2),
        {"democracy": "failures_forgotten", "gateway": "kept_while_away"},
        ("lost: what fell due", "not answered at once"),
    ),
    (
        whole.no_answer_in_time,
        {"democracy": "once_only_off", "gateway": "long_patience"},
        ("did not settle it", "instead of 5"),
    ),
]
"""Each check, who breaks what it checks, and the violations that these must cause."""


@pytest.mark.parametrize(
    ("check", "mutants", "violations"), SEEN_BY, ids=["-".join(m.values()) for _, m, _ in SEEN_BY]
)
async def test_planted_violations_are_seen(
    cell: Cell,
    check: whole.Check,
    mutants: dict[str, str],
    violations: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "PATIENCE", 5.0)
    async with cell.mutated(**mutants):
        said = await check(cell)
    for violation in violations:
        assert any(violation in line for line in said), said
