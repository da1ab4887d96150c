"""Who waits for a fact that fails, and who does not; and each check sees a planted violation."""

from collections.abc import Awaitable, Callable

import pytest

from tests.delivery import checks_held as held
from tests.delivery import judging
from tests.delivery.bench import Bench
from tests.delivery.mutants import MUTANTS

Check = Callable[[Bench], Awaitable[list[str]]]
SEEN_BY: list[tuple[Check, str, str]] = [
    (held.successors_wait, "successors_pass", "successors passed the failing one"),
    (held.a_copy_waits, "held_not_looked_for", "held are [2] instead of []"),
    (held.a_repeat_is_dropped, "places_not_looked_at", "doubled"),
    (held.neighbours_pass, "neighbours_wait", "still waiting: a neighbour"),
]
"""Each check, who breaks what it checks, and the violation that this one must cause."""


@pytest.mark.parametrize(
    "check", dict.fromkeys(check for check, _, _ in SEEN_BY), ids=lambda c: c.__name__
)
async def test_it_holds(bench: Bench, check: Check) -> None:
    assert await check(bench) == []


@pytest.mark.parametrize(
    ("check", "mutant", "violation"), SEEN_BY, ids=[f"{c.__name__}-{m}" for c, m, _ in SEEN_BY]
)
async def test_a_planted_violation_is_seen(
    bench: Bench, check: Check, mutant: str, violation: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[mutant](patch)
        patch.setattr(judging, "PATIENCE", 3.0)
        said = await check(bench)
    assert any(violation in line for line in said), said
