"""Once only in each case of the law; and each check sees a planted violation."""

from collections.abc import Awaitable, Callable

import pytest

from tests.delivery import checks_commands as once
from tests.delivery import judging
from tests.delivery.conftest import Bench
from tests.delivery.mutants import MUTANTS

Check = Callable[[Bench], Awaitable[list[str]]]
SEEN_BY: list[tuple[Check, str]] = [
    (once.five_at_once, "once_only_off"),
    (once.other_body, "body_ignored"),
    (once.refusal_stored, "once_only_off"),
    (once.fault_free, "faults_stored"),
    (once.others_independent, "account_ignored"),
    (once.after_restarts, "once_only_off"),
    (once.commit_answer_lost, "once_only_off"),
    (once.killed_while_working, "once_only_off"),
]


@pytest.mark.parametrize("check", [check for check, _ in SEEN_BY], ids=lambda c: c.__name__)
async def test_it_holds(bench: Bench, check: Check) -> None:
    assert await check(bench) == []


@pytest.mark.parametrize(
    ("check", "mutant"), SEEN_BY, ids=[f"{check.__name__}-{mutant}" for check, mutant in SEEN_BY]
)
async def test_a_planted_violation_is_seen(bench: Bench, check: Check, mutant: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[mutant](patch)
        patch.setattr(judging, "PATIENCE", 5.0)
        assert await check(bench) != []
