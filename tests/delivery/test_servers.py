"""What servers do to the toys harms nothing; and each check sees a planted violation."""

from collections.abc import Awaitable, Callable

import pytest

from tests.delivery import checks_servers as servers
from tests.delivery import judging
from tests.delivery.bench import Bench
from tests.delivery.mutants import MUTANTS

Check = Callable[[Bench], Awaitable[list[str]]]
SEEN_BY: list[tuple[Check, str, str]] = [
    (servers.broker_away, "failures_forgotten", "lost: [3"),
    (servers.broker_away_at_the_start, "impatient", "did not start"),
    (servers.stream_lost, "refill_unmarked", "the stream lost"),
    (servers.durable_lost, "presence_claimed", "health did not notice"),
    (servers.all_replayed, "positions_ignored", "doubled"),
    (servers.sent_again_within_the_window, "ids_forgotten", "the stream took repeats"),
    (servers.one_of_a_batch_seen, "refusal_final", "lost: [4"),
    (servers.database_restarted, "given_up", "lost"),
    (servers.connections_killed, "given_up", "lost"),
    (servers.long_transaction, "table_locked", "lost"),
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
        patch.setattr(judging, "PATIENCE", 5.0)
        said = await check(bench)
    assert any(violation in line for line in said), said
    await servers.reader_settles(bench)
