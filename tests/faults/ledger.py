"""What the load asked for and what it was told: the rig's own memory."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["accepted", "refused", "unknown"]


@dataclass
class Asked:
    """One command. `mark` names its effect and is known before it is asked, so that the effect
    of an unknown outcome can be looked for too."""

    act: str
    mark: str
    key: str
    outcome: Outcome = "unknown"
    id: str | None = None
    said: str = ""
    heard: bool = True
    """HR's events are kept at once; whether every service had heard them too when that was said."""


@dataclass(frozen=True)
class Hang:
    """A request that got no answer in time; `begun` and `ended` on the monotonic clock."""

    act: str
    begun: float
    ended: float


@dataclass
class Ledger:
    """Every command that was invoked; unknown until something was answered."""

    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    """Answers by their HTTP status; 0 counts connections refused or cut."""
    hangs: list[Hang] = field(default_factory=list)

    def invoke(self, act: str, mark: str, key: str) -> Asked:
        return self.asked.setdefault((act, mark), Asked(act, mark, key))

    def of(self, outcome: Outcome) -> list[Asked]:
        return [each for each in self.asked.values() if each.outcome == outcome]
