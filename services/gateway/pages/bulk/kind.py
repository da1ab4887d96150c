"""What one kind of sheet that comes in says of itself; the steps are the same for all."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.gateway.pages.drafts import Draft
from services.gateway.pages.words import Words
from services.gateway.problems import Problem
from services.gateway.sheets_in.columns import Field
from services.gateway.sheets_in.kinds import MOST_ROWS, Cell, Row, Sheet
from services.gateway.site import Site
from shared.for_whom import ForWhom
from shared.rights import Actor

REFUSED = "refused"


@dataclass(frozen=True)
class Verdict:
    """What would become, or became, of a row: `becomes` is a code of the kind's `outcomes`, or
    `refused`; `why` is then a code that `pages/wrongs.py` has words for, `detail` the last resort.
    `about` is whom or what the row is about, as it stands there."""

    row: int
    about: str
    becomes: str
    why: str = ""
    detail: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    cells: Sequence[str] = ()

    @classmethod
    def refused(cls, row: Row, about: str, why: str, detail: str = "", **given: str) -> "Verdict":
        return cls(row.number, about, REFUSED, why, detail, given)

    @classmethod
    def of_problem(cls, row: Row, about: str, problem: Problem) -> "Verdict":
        """What its owner says of a row. Raises the problem when it is not about the row."""
        if problem.status in {429, 500, 503}:
            raise problem
        return cls.refused(row, about, problem.code, problem.detail)


@dataclass(frozen=True)
class Account:
    """Of all rows. `more` is what the kind's own templates and confirmation read."""

    header: Sequence[str]
    verdicts: Sequence[Verdict]
    more: Mapping[str, Any] = field(default_factory=dict)

    def counts(self) -> Mapping[str, int]:
        return Counter(each.becomes for each in self.verdicts)

    @property
    def refused(self) -> list[Verdict]:
        return [each for each in self.verdicts if each.becomes == REFUSED]

    def as_json(self) -> dict[str, Any]:
        return {
            "header": list(self.header),
            "verdicts": [vars(each) for each in self.verdicts],
            "more": dict(self.more),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Account":
        return cls(said["header"], [Verdict(**each) for each in said["verdicts"]], said["more"])


@dataclass(frozen=True)
class Job:
    """A sheet that is worked on, for whom, and `tell`, which says how many rows are done."""

    site: Site
    actor: Actor
    id: UUID
    sheet: Sheet
    columns: Mapping[str, int]
    asked: Mapping[str, str]
    tell: Callable[[int], Awaitable[None]]

    def cell(self, row: Row, field: str) -> Cell:
        return row.at(self.columns.get(field))


Work = Callable[[Job], Awaitable[Account]]


def nothing_asked(draft: Draft) -> Mapping[str, str]:
    return {}


async def nothing_to_choose(site: Site, actor: Actor) -> Mapping[str, Any]:
    return {}


def nothing_to_confirm(draft: Draft, account: Account) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Bulk:
    """`path` is where the steps are, `back` the list that they lead to. `weigh` changes nothing;
    `do` may be begun a second time after it broke off, and does nothing twice.

    `asks` is a template of fields beside the file, `asked` reads them; `confirms` stands before the
    button that does it, and `confirmed` reads that. Both add what is wrong to the draft."""

    kind: str
    path: str
    back: str
    title: str
    about: str
    deed: str
    for_whom: ForWhom
    fields: Sequence[Field]
    outcomes: Words
    weigh: Work
    do: Work
    most_rows: int = MOST_ROWS
    asks: str | None = None
    asked: Callable[[Draft], Mapping[str, str]] = nothing_asked
    first: Callable[[], Mapping[str, str]] = dict
    choices: Callable[[Site, Actor], Awaitable[Mapping[str, Any]]] = nothing_to_choose
    """What the template `asks` lets one choose from."""
    confirms: str | None = None
    confirmed: Callable[[Draft, Account], Mapping[str, str]] = nothing_to_confirm
    calm: Collection[str] = ()
    """Outcomes that nobody has to look at: their rows come last."""
    labels: Words = field(default_factory=dict)
    """What the fields of `asks` and `confirms` are called."""
