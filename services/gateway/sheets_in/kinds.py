"""What a sheet is once it has been read, and why one is not taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Cell = str | Decimal | date | None
"""Text on one line, a number, a day; None is empty."""

LARGEST = 5 * 1024 * 1024
"""Bytes of a file."""
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_LETTERS = 10_000_000
"""Of all cells together."""


class SheetUnfit(Exception):  # noqa: N818
    """Why a file is not taken; `code` is one of those that `pages/wrongs.py` has words for."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Row:
    """`number` is the row's own in the sheet, as Excel counts. Cells never show in `repr`: they
    hold names."""

    number: int
    cells: Sequence[Cell]

    def __repr__(self) -> str:
        return f"Row({self.number})"

    def at(self, column: int | None) -> Cell:
        """None for a column that is not there."""
        return self.cells[column] if column is not None and column < len(self.cells) else None


@dataclass(frozen=True)
class Sheet:
    """`header` has a name a column, empty where the sheet has none; rows without anything in them
    are left out."""

    header: Sequence[str]
    rows: Sequence[Row]

    def __repr__(self) -> str:
        return f"Sheet({len(self.rows)} rows)"

    def as_json(self) -> dict[str, Any]:
        return {
            "header": list(self.header),
            "rows": [[row.number, *map(_said, row.cells)] for row in self.rows],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Sheet":
        rows = [Row(number, [_heard(cell) for cell in cells]) for number, *cells in said["rows"]]
        return cls(said["header"], rows)


def _said(cell: Cell) -> Any:
    match cell:
        case Decimal():
            return {"n": str(cell)}
        case date():
            return {"d": cell.isoformat()}
    return cell


def _heard(said: Any) -> Cell:
    match said:
        case {"n": number}:
            return Decimal(number)
        case {"d": day}:
            return date.fromisoformat(day)
    assert said is None or isinstance(said, str)
    return said
