"""What servers do to the toys harms nothing; and each check sees a planted violation."""

from collections.abc import Awaitable, Callable

import pytest

from tests.delivery import checks_servers as servers
from tests.delivery import judging
from tests.delivery.conftest import Bench
from tests.delivery.mutants import MUTANTS

Check = Callable[[Bench], Awaitable[list[str]]]
SEEN_BY: list[tuple[Check, str]] = [
    (servers.broker_away, "failures_forgotten"),
    (servers.stream_lost, "refill_unmarked"),
    (servers.durable_lost, "presence_claimed"),
    (servers.all_replayed, "positions_ignored"),
    (servers.database_restarted, "given_up"),
    (servers.connections_killed, "given_up"),
    (servers.long_transaction, "table_locked"),
]


CHECKS = [servers.broker_away_at_the_start, *(check for check, _ in SEEN_BY)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
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
    await servers.reader_settles(bench)
