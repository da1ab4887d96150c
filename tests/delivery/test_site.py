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


SHORT = partial(whole.broker_away, seconds=2)


@pytest.mark.parametrize(
    ("check", "mutant", "service", "violation"),
    [
        (SHORT, "failures_forgotten", "democracy", "lost"),
        (SHORT, "kept_while_away", "gateway", "not answered at once"),
        (whole.no_answer_in_time, "long_patience", "gateway", "instead of 5"),
        (whole.no_answer_in_time, "once_only_off", "democracy", "did not settle it"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_a_planted_violation_is_seen(
    cell: Cell,
    check: whole.Check,
    mutant: str,
    service: str,
    violation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "PATIENCE", 5.0)
    async with cell.mutated(mutant, service):
        said = await check(cell)
    assert any(violation in line for line in said), said
