"""A short storm in every run of the tests, and the proof that its judge can say no."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.checker import Seen, violations
from tests.faults.ledger import Ledger
from tests.faults.rig import storm


async def test_killing_services_at_random_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = await storm(tmp_path / "home", kills=6, seed=7, pause=(0.3, 1.5))
    print(outcome.report())
    assert outcome.killed.total() == 6
    assert len(outcome.ledger.accepted) > 20, "a storm without load proves nothing"
    assert outcome.violations == []


def _sound() -> tuple[Ledger, Seen]:
    ledger = Ledger(accepted={"a": "1"}, supported={"1"}, answered={"1"})
    seen = Seen()
    seen.titles["a"] = 1
    seen.rows["1"] = seen.view["1"] = (1, "adopted")
    seen.stream["1"] = [(1, "x"), (2, "y"), (2, "y"), (3, "z")]
    seen.positions["1"] = 3
    return ledger, seen


def _set(seen: Seen, **more: object) -> None:
    for name, value in more.items():
        getattr(seen, name)["1"] = value


PLANTED: dict[str, Callable[[Ledger, Seen], None]] = {
    "lost with its owner": lambda ledger, seen: seen.titles.clear(),
    "doubled": lambda ledger, seen: seen.titles.update({"a": 1}),
    "lost in the stream": lambda ledger, seen: seen.stream.clear(),
    "lost in the view": lambda ledger, seen: seen.view.clear(),
    "a view that differs": lambda ledger, seen: _set(seen, view=(2, "adopted")),
    "a support lost": lambda ledger, seen: _set(seen, rows=(0, "adopted"), view=(0, "adopted")),
    "an answer lost": lambda ledger, seen: _set(seen, rows=(1, "open"), view=(1, "open")),
    "a gap": lambda ledger, seen: _set(seen, stream=[(1, "x"), (3, "z")]),
    "out of order": lambda ledger, seen: _set(seen, stream=[(2, "y"), (1, "x"), (3, "z")]),
    "a view that has not come so far": lambda ledger, seen: _set(seen, positions=2),
    "in the view only": lambda ledger, seen: seen.view.update({"9": (0, "open")}),
}


def test_a_sound_site_is_judged_sound() -> None:
    assert violations(*_sound()) == []


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_violation_is_found(what: str) -> None:
    ledger, seen = _sound()
    PLANTED[what](ledger, seen)
    assert violations(ledger, seen) != []
