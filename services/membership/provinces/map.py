"""省份: where something lies on a day, because law differs by province.

A unit lies where it was said of the nearest unit at or above it; where it was said of none, rules
are those of the land (`*`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from shared.contracts.membership import InProvince

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Map:
    """What was said, by the code of the unit; the days of one unit do not overlap."""

    said: Mapping[str, tuple[InProvince, ...]]

    @classmethod
    def of(cls, said: Iterable[tuple[str, InProvince]]) -> Self:
        known: dict[str, tuple[InProvince, ...]] = {}
        for unit, held in said:
            known[unit] = (*known.get(unit, ()), held)
        return cls(known)

    def at(self, path: str | None, on: date) -> str:
        """The province by which rules are read there on that day; `path` are codes from the root,
        of the tree of that day where it is known."""
        for code in reversed(path.split("/")) if path else ():
            for held in self.said.get(code, ()):
                if (held.since is None or held.since <= on) and (
                    held.until is None or on < held.until
                ):
                    return held.province
        return EVERYWHERE

    def codes(self) -> set[str]:
        """All provinces that were ever said, and the land."""
        return {EVERYWHERE} | {each.province for held in self.said.values() for each in held}
