"""What a measurement is: ours and a limit, run by run, and what their ratio should be."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ours` and `limit` hold one value a run, in `unit`.

    `least` is what the ratio ours / limit should reach, `most` what it should not pass;
    `most_ours` is a bound on ours alone.
    """

    what: str
    beside: str
    unit: str
    ours: Sequence[float]
    limit: Sequence[float]
    least: float | None = None
    most: float | None = None
    most_ours: float | None = None
    notes: Sequence[str] = field(default=())

    @property
    def ratio(self) -> float:
        """Of the runs side by side: what slows the machine for a while slows both of a pair."""
        return median(ours / limit for ours, limit in zip(self.ours, self.limit, strict=True))

    @property
    def reached(self) -> bool:
        return (
            (self.least is None or self.ratio >= self.least)
            and (self.most is None or self.ratio <= self.most)
            and (self.most_ours is None or median(self.ours) <= self.most_ours)
        )

    @property
    def aim(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:.0%}"
        if self.most is not None:
            return f"≤ {self.most:g} ×"
        return f"≤ {self.most_ours:g} {self.unit}"

    @property
    def ratio_said(self) -> str:
        return f"{self.ratio:.1%}" if self.least is not None else f"{self.ratio:.2f} ×"

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "beside": self.beside,
            "unit": self.unit,
            "ours": median(self.ours),
            "limit": median(self.limit),
            "ratio": round(self.ratio, 4),
            "aim": self.aim,
            "reached": self.reached,
            "runs": {"ours": list(self.ours), "limit": list(self.limit)},
            "notes": list(self.notes),
        }


async def alternately(
    rounds: int, *measures: Callable[[], Awaitable[float]]
) -> tuple[list[float], ...]:
    """Each measure once a round, in turn, so that what disturbs the machine disturbs all of them.
    Returns the values of each measure."""
    values: tuple[list[float], ...] = tuple([] for _ in measures)
    for _ in range(rounds):
        for kept, measure in zip(values, measures, strict=True):
            kept.append(await measure())
    return values
