"""What is owed, and what a payroll says about who paid it: pure functions over dated rules.

Every amount is integer fen. A month is its first day.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

from services.membership.rules import version_of
from shared.contracts.membership import Cited, Fault
from shared.rights import RuleBroken
from shared.rulebook import Version

LARGEST = 10**10
"""Fen in one cell: a hundred million yuan. What is more is a slip of the hand."""
_YUAN = re.compile(r"¥?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]*)?元?")
_NUMBER = re.compile(r"[^/\x00-\x1f\x7f-\x9f]{1,32}")
_NOTHING = {"", "-", "–", "—"}
_NOISE = Decimal("0.0001")
"""Of a fen: what the arithmetic of spreadsheets leaves behind (61.699999999999996)."""

# ---------------------------------------------------------------------------------- months


def month_of(said: str) -> date:
    """`2026-03` → its first day."""
    return date.fromisoformat(f"{said}-01")


def name_of(month: date) -> str:
    return f"{month:%Y-%m}"


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def months_before(month: date, count: int) -> date:
    """The first day of the month so many months earlier."""
    past = month.year * 12 + month.month - 1 - count
    return date(past // 12, past % 12 + 1, 1)


# ---------------------------------------------------------------------------------- cells


def number_in(cell: str) -> str | None:
    """The employee number, without the blanks and the full-width letters that typing leaves; None
    for what is none."""
    said = _plain(cell)
    return said if _NUMBER.fullmatch(said) else None


def fen_in(cell: str) -> int | None:
    """`5,230.00` → 523000; None for what is no amount, is below zero, or has parts of a fen."""
    found = _YUAN.fullmatch(_plain(cell))
    if found is None:
        return None
    fen = Decimal(found[1].replace(",", "") + (found[2] or "").rstrip(".")) * 100
    whole = fen.to_integral_value()
    return int(whole) if abs(fen - whole) <= _NOISE and whole <= LARGEST else None


def _plain(cell: str) -> str:
    """Without blanks and what nobody sees (byte order marks, zero-width spaces)."""
    seen = (
        each for each in unicodedata.normalize("NFKC", cell) if unicodedata.category(each) != "Cf"
    )
    return "".join("".join(seen).split())


# ---------------------------------------------------------------------------------- what is owed


def rule(name: str, on: date, province: str = "*") -> Version:
    """The version that holds on that day, of a month its first. Raises `RuleBroken` (409)."""
    try:
        return version_of(name, on, province)
    except LookupError:
        raise RuleBroken(
            "no-rule-then", f"no version of the rule {name} holds on {on}", field="month"
        ) from None


def must_have_rules(month: date, province: str) -> None:
    """Dues and the firm's 2 % of that month are known. Raises `RuleBroken` (409)."""
    rule("dues", month, province)
    rule("funds", month, province)


def cited(version: Version) -> Cited:
    return Cited(
        rule=version.rule,
        version=version.number,
        citation=version.citation,
        citation_en=version.citation_en,
        standing=version.standing,
    )


def dues_of(wages: int, version: Version) -> int:
    """Of a month's wage income. The rates that there are leave no part of a fen."""
    counted = wages - wages % version.values["ignored_below_fen"]
    per_mille: int = version.values["per_mille"]
    return int(counted * per_mille // 1000)


def funds_of(wages: int, version: Version) -> int:
    """What the firm owes of the total wages of a month, to the nearest fen."""
    per_cent: int = version.values["per_cent"]
    return (wages * per_cent + 50) // 100


def funds_due_on(month: date, version: Version) -> date:
    """The last day in time, in the month after."""
    day: int = version.values["day"]
    return next_month(month).replace(day=day)


def overdue_since(owed: int, came: Iterable[tuple[date, int]], due_on: date) -> date | None:
    """The first day on which the whole was not there in time, as long as it is not there; `came`
    are days and amounts."""
    short = owed - sum(amount for _, amount in came)
    return due_on + timedelta(days=1) if short > 0 else None


# ---------------------------------------------------------------------------------- rows

Money = Literal["right", "wrong", "none", "free"]
"""What was owed was withheld · another amount · nothing, though something was owed · nothing, and
nothing was owed."""


class RowRead(NamedTuple):
    """A row of the sheet. `wrong` says by a code why it cannot be used; what can be read of it
    counts in the sums all the same."""

    number: str | None
    wages: int
    owed: int
    withheld: int
    wrong: str | None

    @property
    def money(self) -> Money:
        if self.withheld == 0:
            return "none" if self.owed else "free"
        return "right" if self.withheld == self.owed else "wrong"


def row_read(employee: str, wages: str, dues: str, version: Version) -> RowRead:
    """The cells of a row, read; the dues that its wages call for."""
    number, earned = number_in(employee), fen_in(wages)
    withheld = 0 if _plain(dues) in _NOTHING else fen_in(dues)
    wrong = {
        "number-unreadable": number is None,
        "wages-unreadable": earned is None,
        "dues-unreadable": withheld is None,
    }
    owed = 0 if earned is None else dues_of(earned, version)
    why = next((code for code, so in wrong.items() if so), None)
    return RowRead(number, earned or 0, owed, withheld or 0, why)


# ---------------------------------------------------------------------------------- matching

Standing = Literal["whole", "part", "none"]
"""In the union on every day of the month, on some, or on none."""


class Given(NamedTuple):
    """A row beside the roll. `person` is None when nobody has the number; `elsewhere`: their dues
    of that month are in another payroll already; `moved`: they were in this unit and in another."""

    line: int
    number: str | None
    money: Money
    wrong: str | None
    person: UUID | None
    standing: Standing
    elsewhere: bool = False
    moved: bool = False


class Finding(NamedTuple):
    """What became of one person's rows; `missing` has none."""

    kind: Literal[Fault, "paid", "nothing-due"]
    person: UUID | None
    number: str | None
    lines: tuple[int, ...]
    why: str | None = None


def matched(rows: Sequence[Given], owing: Mapping[UUID, str]) -> list[Finding]:
    """One finding a person, by however many numbers, one a row that cannot be used or whose number
    was erased, and one for everybody who is missed; in the order of the sheet, who is missed last,
    by their numbers.

    `owing`: who was in the union for the whole month and stood in the unit on its last day, number
    by person. They are missed; joiners and leavers are not, and neither is who moved elsewhere.
    """
    found = [
        Finding("malformed", row.person, row.number, (row.line,), row.wrong)
        for row in rows
        if row.wrong
    ]
    found += [
        Finding("unknown-person", None, None, (row.line,))
        for row in rows
        if row.wrong is None and row.number is None
    ]
    of_one: dict[UUID | str, list[Given]] = {}
    for row in rows:
        if row.wrong is None and row.number is not None:
            of_one.setdefault(row.person or row.number, []).append(row)
    for theirs in of_one.values():
        lines = tuple(sorted(row.line for row in theirs))
        number = min(row.number for row in theirs if row.number)
        found.append(Finding(_verdict(theirs), theirs[0].person, number, lines))
    seen = {row.person for row in rows}
    found.sort(key=lambda each: each.lines)
    found += [
        Finding("missing", person, number, ())
        for person, number in sorted(owing.items(), key=lambda each: each[1])
        if person not in seen
    ]
    return found


def _verdict(rows: Sequence[Given]) -> Literal[Fault, "paid", "nothing-due"]:
    first = rows[0]
    if first.person is None:
        return "unknown-person"
    if len(rows) > 1:
        return "twice"
    took = first.money in ("right", "wrong")
    if first.standing == "none":
        return "not-a-member" if took else "nothing-due"
    if not took:
        owes = first.money == "none" and first.standing == "whole" and not first.elsewhere
        return "missing" if owes else "nothing-due"
    # Who moved within the month has wages, and dues, from both places.
    if first.elsewhere and not first.moved:
        return "twice"
    return "paid" if first.money == "right" else "wrong-amount"
