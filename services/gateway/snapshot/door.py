"""The door at which HR's list comes in: compared with the roll piece by piece, then said as events.

The pages and `tongxin hr snapshot` do the same by it; what differs is how they publish and wait.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from services.gateway.ask import Asking
from services.gateway.sheets_in.kinds import Cell, Row, Sheet
from services.gateway.sheets_in.values import code_of
from services.gateway.snapshot.comparing import Difference, Kind, compared, missing
from services.gateway.snapshot.events import events
from services.gateway.snapshot.listed import Listed, RowUnfit, listed
from shared.contracts.hr import HrEvent
from shared.contracts.hr_units import ROOT
from shared.contracts.membership import DriftLine, NoteDrift, PlacedOn, PlacedOnOf, Placement
from shared.messages import uuid7
from shared.rights import Actor

AT_ONCE = 1000
PART = 500
ROUNDS = 3
FEW, SHARE = 10, 0.05
"""So many missing people, or such a share of those there are, may be a file that was cut off."""


@dataclass(frozen=True)
class Asked:
    """What is said of the list: its day, the unit that it is of, and whether everybody is on it."""

    on: date
    unit: str = ROOT
    complete: bool = False


@dataclass(frozen=True)
class Line:
    """A row of the list, or somebody whom it does not name (`row` is 0 then)."""

    row: int
    employee: str
    difference: Difference
    says: Listed | None = field(default=None, repr=False)
    have: Placement | None = field(default=None, repr=False)
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """`have` is how many the roll has in the unit on the day; 0 where the list claims nothing."""

    asked: Asked
    lines: Sequence[Line]
    missing: Sequence[Line]
    have: int

    @property
    def may_be_cut_off(self) -> bool:
        return len(self.missing) > max(FEW, SHARE * self.have)

    def events(self, *, ends: bool) -> list[HrEvent]:
        """`ends`: whom the list does not name has left."""
        lines = [*self.lines, *(self.missing if ends else ())]
        said = [each for line in lines for each in line.difference.events]
        return events(said, self.asked.on)

    def drift(self) -> Mapping[Kind, int]:
        return Counter(
            line.difference.drift
            for line in (*self.lines, *self.missing)
            if line.difference.drift is not None
        )


@dataclass(frozen=True)
class Door:
    """`units`: the codes of those that exist. `tell` is told how many rows are compared."""

    asking: Asking
    actor: Actor
    units: Collection[str]
    tell: Callable[[int], Awaitable[None]]

    async def compare(self, sheet: Sheet, columns: Mapping[str, int], asked: Asked) -> Compared:
        """Changes nothing. Raises `Problem`: 503 when membership is away, 403, 404."""
        read = _read(sheet, columns, asked.on)
        there = await self._there(asked) if asked.complete else {}
        named = [says.employee for _, says in read if isinstance(says, Listed)]
        have = there | await self._named([each for each in named if each not in there], asked)
        lines = [self._line(row, says, have, asked) for row, says in read]
        on_list = {code_of(row.at(columns.get("employee"))) for row in sheet.rows}
        gone = [
            Line(0, each.employee, missing(each, asked.on, whole=asked.unit == ROOT), have=each)
            for each in there.values()
            if on_list.isdisjoint({each.employee, *each.numbers})
        ]
        return Compared(asked, lines, gone, len(there))

    async def take(
        self,
        sheet: Sheet,
        columns: Mapping[str, int],
        asked: Asked,
        *,
        ends: bool,
        publish: Callable[[Sequence[HrEvent]], Awaitable[None]],
    ) -> tuple[Compared, Compared]:
        """What became of each row, and how roll and list stand after it.

        Says what differs as events, and looks again when all have heard: what HR said before and
        did not fit may fit by now, and then once more differs. What does not become as the list
        says is `not-taken`. `ends`: whom a complete list does not name has no days from its day on.
        `publish` returns when every service has heard."""
        first = await self.compare(sheet, columns, asked)
        seen, sent = first, set[str]()
        for _ in range(ROUNDS):
            events = [each for each in seen.events(ends=ends) if each.id not in sent]
            if not events:
                break
            await publish(events)
            sent |= {each.id for each in events}
            seen = await self.compare(sheet, columns, asked)
        return replace(first, lines=_taken(first.lines, seen.lines)), seen

    async def note(self, seen: Compared) -> None:
        """Gives what differs to the meter, in parts."""
        lines = {
            (line.difference.drift, line.employee): DriftLine(
                kind=line.difference.drift,
                employee=line.employee,
                name=line.says.name if line.says else None,
                hr_unit=line.says.unit if line.says else None,
                our_unit=line.have.unit if line.have else None,
                post=line.says.post if line.says else None,
                employed_since=line.says.employed_since if line.says else None,
                unit_since=line.says.unit_since if line.says else None,
                left_on=line.says.left_on if line.says else None,
                retired=line.says.retired if line.says else False,
            )
            for line in (*seen.lines, *seen.missing)
            if line.difference.drift is not None
        }
        comparison, all_lines = uuid7(), list(lines.values())
        for start in range(0, max(1, len(all_lines)), PART):
            command = NoteDrift(
                comparison=comparison,
                unit=seen.asked.unit,
                on=seen.asked.on,
                lines=all_lines[start : start + PART],
                last=start + PART >= len(all_lines),
            )
            await self.asking.command(command, self.actor, f"{comparison} {start}")
            await self.tell(0)

    def _line(
        self, row: Row, says: "Listed | _Unfit", have: Mapping[str, Placement], asked: Asked
    ) -> Line:
        if isinstance(says, _Unfit):
            drift: Kind | None = "duplicate" if says.code == "contradicts-itself" else None
            refused = Difference("refused", (), drift, says.code)
            return Line(row.number, says.employee, refused, given=says.given)
        placement = have.get(says.employee)
        difference = compared(says, placement, asked.on, self.units)
        return Line(row.number, says.employee, difference, says, placement)

    async def _there(self, asked: Asked) -> dict[str, Placement]:
        """Everybody whom the roll has in the unit."""
        found: dict[str, Placement] = {}
        cursor = None
        while True:
            piece = await self._ask(
                PlacedOn(unit=asked.unit, on=asked.on, limit=AT_ONCE, cursor=cursor)
            )
            found |= {each.employee: each for each in piece.items}
            cursor = piece.cursor
            await self.tell(0)
            if cursor is None:
                return found

    async def _named(self, employees: Sequence[str], asked: Asked) -> dict[str, Placement]:
        found: dict[str, Placement] = {}
        done = 0
        numbers = list(dict.fromkeys(employees))
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            piece = await self._ask(
                PlacedOn(unit=asked.unit, on=asked.on, limit=AT_ONCE, employees=" ".join(some))
            )
            found |= {each.employee: each for each in piece.items}
            done += len(some)
            await self.tell(done)
        return found

    async def _ask(self, query: PlacedOn) -> PlacedOnOf:
        return PlacedOnOf.model_validate(await self.asking.query(query, self.actor))


@dataclass(frozen=True)
class _Unfit:
    """Why a row cannot be compared."""

    employee: str
    code: str
    given: Mapping[str, str]


def _taken(before: Sequence[Line], after: Sequence[Line]) -> list[Line]:
    """What became of each row: what it was to become, if the roll says so by now."""
    now = {line.row: line.difference.becomes for line in after}
    return [
        line
        if not line.difference.events or now[line.row] == "same"
        else replace(line, difference=replace(line.difference, becomes="refused", why="not-taken"))
        for line in before
    ]


def _read(sheet: Sheet, columns: Mapping[str, int], on: date) -> list[tuple[Row, Listed | _Unfit]]:
    """Each row by itself; then those of one number, which may be there once only."""
    read: list[tuple[Row, Listed | _Unfit]] = []
    for row in sheet.rows:

        def cell(name: str, row: Row = row) -> Cell:
            return row.at(columns.get(name))

        try:
            read.append((row, listed(cell, on)))
        except RowUnfit as unfit:
            read.append((row, _Unfit(code_of(cell("employee")), unfit.code, unfit.given)))
    said: dict[str, set[Any]] = defaultdict(set)
    for _, says in read:
        if isinstance(says, Listed):
            said[says.employee].add(says)
    seen: set[str] = set()
    for place, (row, says) in enumerate(read):
        if not isinstance(says, Listed):
            continue
        if len(said[says.employee]) > 1:
            # Two units at once, two names: which of them, only a person can say.
            read[place] = (row, _Unfit(says.employee, "contradicts-itself", {}))
        elif says.employee in seen:
            read[place] = (row, _Unfit(says.employee, "twice-in-sheet", {}))
        seen.add(says.employee)
    return read
