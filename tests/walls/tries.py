"""What the four walls have in common: many tries, a law, and what went against it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Try:
    """One attempt: `who` tries `verb` on `what`."""

    who: str
    verb: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.verb} {self.what}"


@dataclass(frozen=True)
class Judged:
    """`allows` went through against the law; `refusals` were refused although lawful."""

    tried: int
    allowed: int
    allows: frozenset[Try]
    refusals: frozenset[Try]

    def must_be_lawful(self, wall: str) -> None:
        """Says what was counted; raises `AssertionError` that names every breach."""
        print(
            f"\nwalls: {wall}: {self.tried} tried, {self.allowed} lawful and allowed, "
            f"unexpected allows = {len(self.allows)}, unexpected refusals = {len(self.refusals)}"
        )
        assert self.allowed, "a wall that refuses everything is no wall"
        assert not self.allows, f"allowed against the law: {_listed(self.allows)}"
        assert not self.refusals, f"refused although lawful: {_listed(self.refusals)}"


def judged(outcomes: Mapping[Try, bool], lawful: Callable[[Try], bool]) -> Judged:
    """`outcomes`: each try and whether it went through."""
    through = {each for each, allowed in outcomes.items() if allowed}
    rightful = {each for each in outcomes if lawful(each)}
    return Judged(
        tried=len(outcomes),
        allowed=len(through & rightful),
        allows=frozenset(through - rightful),
        refusals=frozenset(rightful - through),
    )


def _listed(tries: Collection[Try]) -> str:
    first = "; ".join(str(each) for each in sorted(tries)[:20])
    return f"{first}; and {len(tries) - 20} more" if len(tries) > 20 else first
