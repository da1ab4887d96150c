"""The plan of a storm: the same from the same seed, with all kinds of fault, over by the end."""

import pytest

from deploy.local.home import SERVICES
from tests.faults.nemesis import LONGEST_PAUSE, SERVERS, WEIGHTS, plan

TARGETS = (*SERVICES, *SERVERS)


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_has_every_kind_of_fault_and_ends_in_time(seed: int) -> None:
    strikes = plan(seed, 40, TARGETS)
    assert {strike.kind for strike in strikes} == set(WEIGHTS)
    assert {strike.target for strike in strikes if strike.kind == "kill"} >= set(TARGETS)
    assert {strike.target for strike in strikes if strike.kind == "restart"} == set(SERVERS)
    assert all(strike.at + strike.seconds <= 40 for strike in strikes)
    assert strikes == plan(seed, 40, TARGETS)


def test_another_seed_is_another_storm() -> None:
    assert plan(1, 40, TARGETS) != plan(2, 40, TARGETS)


def test_pauses_of_a_long_storm_last_up_to_a_minute() -> None:
    lengths = [strike.seconds for strike in plan(1, 3600, TARGETS) if strike.kind == "pause"]
    assert 50 < max(lengths) <= LONGEST_PAUSE


def test_a_kind_that_is_left_out_does_not_come() -> None:
    kinds = {strike.kind for strike in plan(1, 60, TARGETS, ["kill", "full disk"])}
    assert kinds == {"kill", "full disk"}
