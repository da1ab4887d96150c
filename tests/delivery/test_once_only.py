"""Once only in each case of the law; and each check sees a planted violation."""

from collections.abc import Awaitable, Callable

import pytest

from tests.delivery import checks_commands as once
from tests.delivery import judging
from tests.delivery.bench import Bench
from tests.delivery.mutants import MUTANTS

Check = Callable[[Bench], Awaitable[list[str]]]
SEEN_BY: list[tuple[Check, str, str]] = [
    (once.five_at_once, "once_only_off", "5 effects instead of 1"),
    (once.other_body, "body_ignored", "another body was answered accepted"),
    (once.refusal_stored, "once_only_off", "the key of a refusal was free"),
    (once.fault_free, "faults_stored", "a fault was answered refused"),
    (once.others_independent, "account_ignored", "1 effects instead of 3"),
    (once.after_restarts, "once_only_off", "3 effects instead of 1"),
    (once.commit_answer_lost, "once_only_off", "2 effects instead of 1"),
    (once.killed_while_working, "once_only_off", "3 effects instead of 2"),
]
"""Each check, who breaks what it checks, and the violation that this one must cause."""


@pytest.mark.parametrize("check", [check for check, _, _ in SEEN_BY], ids=lambda c: c.__name__)
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
        patch.setattr(judging, "PATIENCE", 5.0)
        said = await check(bench)
    assert any(violation in line for line in said), said
