"""The courses of the demo: who holds them, who takes them, how it ended."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from deploy.local.demo.company import people


@dataclass(frozen=True, slots=True)
class Course:
    """`body` is that of open-course; `results` are employee number → passed, failed, or None."""

    body: dict[str, Any]
    starts_on: date
    results: dict[str, str | None]

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=4)


@cache
def courses(today: date) -> tuple[Course, ...]:
    """The same ones at every load, with days that lead up to `today`."""
    text = files(__package__).joinpath("courses.toml").read_text("utf-8")
    made = []
    for told in tomllib.loads(text)["course"]:
        there = [each.employee for each in people().values() if each.unit in told["units"]]
        there = sorted(there)[: told["seats"]]
        ended = ["passed"] * told["pass"] + ["failed"] * told["fail"]
        still_at_it = [None] * (len(there) - len(ended))
        body = {key: told[key] for key in ("title", "unit", "seats", "open_to")}
        starts_on = today - timedelta(weeks=told["weeks_ago"])
        made.append(
            Course(
                body | {"starts_on": starts_on.isoformat()},
                starts_on,
                dict(zip(there, [*ended, *still_at_it], strict=True)),
            )
        )
    return tuple(made)
