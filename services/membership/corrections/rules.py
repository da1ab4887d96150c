"""By when a request is answered, by whom, and what can still be done with it: pure functions."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

from shared.calendar import calendar_days_after, working_days_after
from shared.contracts.membership import OF_HR, CorrectionAbout, CorrectionState
from shared.for_whom import ForWhom
from shared.rights import Actor, RuleBroken
from shared.rulebook import Basis, Verdict, in_force, read_rule

RULE = Path(__file__).parent.parent / "rulebook" / "correction-answer.toml"
MOST_OPEN = 20
"""Of one person. Beyond it an officer is to be spoken to."""


@dataclass(frozen=True)
class Due:
    """The last day in time, and by which version of the rule."""

    on: date
    basis: Basis
    verdict: Verdict

    @classmethod
    def of(cls, asked_on: date, province: str = "*") -> Self:
        """So many working days after the day of asking, or so many days: what comes first."""
        version = in_force(read_rule(RULE), asked_on, province)
        working: int = version.values["working_days"]
        most: int = version.values["most_days"]
        soon, last = working_days_after(asked_on, working), calendar_days_after(asked_on, most)
        by_work = soon.day <= last.day
        counted, days = (soon, working) if by_work else (last, most)
        inputs = {
            "asked_on": asked_on.isoformat(),
            "working_days": working,
            "most_days": most,
            "province": province,
        }
        return cls(
            counted.day,
            version.basis(days=days, working=by_work, provisional=soon.provisional),
            version.verdict(inputs, provisional=soon.provisional),
        )


def is_of_hr(about: CorrectionAbout) -> bool:
    """HR is the source; all else is the union's own."""
    return about in OF_HR


def looks_after(for_whom: ForWhom, about: CorrectionAbout) -> ForWhom:
    """What is not HR's is no matter of HR: the officers of the place alone, and oneself where the
    declaration says so."""
    return for_whom if is_of_hr(about) else replace(for_whom, roles=("officer",))


def must_wait(state: CorrectionState) -> None:
    """Answered, or taken back, it is over. Raises `RuleBroken` (409)."""
    if state not in ("open", "with-hr"):
        raise RuleBroken(f"correction-{state}", f"this was {state} already", field="correction")


def must_be_anothers(actor: Actor, whose: object) -> None:
    """Raises `RuleBroken` (409)."""
    if actor.person == whose:
        raise RuleBroken("own-correction", "nobody answers themselves; another officer does")


def side_of(actor: Actor, at: str) -> str:
    """For whom somebody answers at that place."""
    return "union" if actor.is_any("officer", at=at) else "hr"
