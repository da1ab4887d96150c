"""Bodies of the union in one plant of the demo, whose elections are to be prepared."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shared.contracts.membership import BodyKind, BodyPost

PLANT = "demo-qinghe"
YEARS, DAYS_LEFT = 3, 40
MEMBERS = 66
"""By the minutes: for the day of the election the demo's roll knows nobody as a member yet."""


@dataclass(frozen=True)
class Union:
    """A body and the one election that it had."""

    kind: BodyKind
    name: str
    since: date
    elected: tuple[tuple[BodyPost, str], ...]

    @property
    def founded(self) -> dict[str, Any]:
        on = self.since.isoformat()
        return {"kind": self.kind, "unit": PLANT, "name": self.name, "on": on}

    @property
    def election(self) -> dict[str, Any]:
        return {
            "years": YEARS,
            "since": self.since.isoformat(),
            "members": MEMBERS,
            "minutes": "会员大会会议纪要",
            "vouched": True,
            "elected": [{"post": post, "employee": number} for post, number in self.elected],
        }


def bodies(today: date) -> list[Union]:
    """With so many days left of their terms."""
    # No day of the 29th of February: so many years before it is one in every year.
    ends = today + timedelta(days=DAYS_LEFT)
    since = date(ends.year - YEARS, ends.month, min(ends.day, 28))
    return [
        Union(
            "committee",
            "清禾基础化工厂工会委员会",
            since,
            (
                *(("chair", "D0064"), ("vice-chair", "D0040"), ("member", "D0019")),
                *(("member", "D0050"), ("member", "D0073"), ("member", "D0043")),
                ("member", "D0046"),
            ),
        ),
        Union(
            "women",
            "清禾基础化工厂工会女职工委员会",
            since,
            (("head", "D0041"), ("member", "D0042"), ("member", "D0044")),
        ),
        Union(
            "auditors",
            "清禾基础化工厂工会经费审查委员会",
            since,
            (("head", "D0065"), ("member", "D0018"), ("member", "D0069")),
        ),
    ]
