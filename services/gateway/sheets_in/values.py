"""What stands in a cell as what it is meant for: a number or code, words, a day, money."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from services.gateway.sheets_in.kinds import Cell

EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's count."""
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ].*)?")
_MONEY = re.compile(r"[-+]?\d{1,15}(\.\d+)?")


class NotSo(ValueError):  # noqa: N818
    """A cell is not what its column should hold; `code` says what it should be."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def words_of(cell: Cell) -> str:
    """As it reads; empty for an empty cell."""
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}" if cell != cell.to_integral_value() else f"{cell.to_integral():f}"
        case date():
            return cell.isoformat()
    return cell


def code_of(cell: Cell) -> str:
    """A number or code: full-width letters are the same ones, spaces do not belong to it."""
    return "".join(unicodedata.normalize("NFKC", words_of(cell)).split())


def day_of(cell: Cell) -> date | None:
    """A day as people write it, or as Excel counts it; None for an empty cell. Raises `NotSo`."""
    match cell:
        case None:
            return None
        case date():
            found: date | None = cell
        case Decimal():
            found = _counted(cell) or _written(words_of(cell))
        case _:
            found = _written(unicodedata.normalize("NFKC", cell))
    if found is None or not FIRST <= found <= LAST:
        raise NotSo("no-day")
    return found


def _counted(number: Decimal) -> date | None:
    whole = int(number) if number.is_finite() else 0
    return EPOCH + timedelta(days=whole) if 0 < whole < 110_000 else None


def _written(text: str) -> date | None:
    found = _DAY.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, month_too, day_too = found.groups()
    try:
        return date(int(year), int(month or month_too), int(day or day_too))
    except ValueError:
        return None


def fen_of(cell: Cell) -> int | None:
    """Money written in yuan, as integer fen; None for an empty cell. Raises `NotSo`: what is no
    amount, and what has parts of a fen, is not rounded."""
    if cell is None:
        return None
    text = unicodedata.normalize("NFKC", words_of(cell))
    for beside in (",", " ", "¥", "元", "CNY", "RMB"):
        text = text.replace(beside, "")
    if not _MONEY.fullmatch(text):
        raise NotSo("no-money")
    try:
        fen = Decimal(text) * 100
    except InvalidOperation:
        raise NotSo("no-money") from None
    if fen != fen.to_integral_value():
        raise NotSo("parts-of-a-fen")
    return int(fen)
