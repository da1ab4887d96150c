"""Days at work, in units, as a member and on posts; and what was known of them before."""

from typing import Any

from services.membership.inventory.reasons import HEADS, TITLE
from services.membership.whose import anothers
from shared.personal import Holding, Inventory


def _days(table: str, *, also: tuple[str, ...] = (), **stays: str) -> Holding:
    """Dated rows of a person, and what was known before; not what turned out to be another's."""
    plain = {name: name for name in also}
    return Holding(
        table=table,
        whose="person = ANY(:people)",
        untold=anothers("lower(during)") if table.endswith("_before") else "",
        shows={
            "since": "lower(during)",
            "until": "upper(during)",
            **plain,
            **(
                {"known_since": "lower(known)", "known_until": "upper(known)"}
                if table.endswith("_before")
                else {"known_since": "CAST(known_since AS text)"}
            ),
        },
        stays=stays,
        because=HEADS,
    )


_OF_POSTS: dict[str, Any] = {"also": ("id", "role", "unit"), "role": "a code"}
_OF_STAYS: dict[str, Any] = {"also": ("unit", "post"), "post": TITLE}

DAYS: Inventory = (
    _days("employment"),
    _days("employment_before"),
    _days("stay", **_OF_STAYS),
    _days("stay_before", **_OF_STAYS),
    _days("member", also=("consent", "kept")),
    _days("member_before", also=("consent", "kept")),
    _days("post", **_OF_POSTS | {"also": ("id", "role", "unit", "entered_at")}),
    _days("post_before", **_OF_POSTS),
)
