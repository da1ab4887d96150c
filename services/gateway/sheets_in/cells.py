"""A file's bytes → header and rows of cells. Run in a process of its own (`examine.py`).

Formulas are read as the values that Excel left beside them; macros, charts and links to other files
are not looked at.
"""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from openpyxl import load_workbook

from services.gateway.sheets_in.kinds import (
    MOST_COLUMNS,
    MOST_LETTERS,
    MOST_ROWS,
    Cell,
    Row,
    Sheet,
    SheetUnfit,
)

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 1000
HEADER_WITHIN = 20
"""Rows in which the header is looked for: a title often stands above it."""
SEPARATORS = ",;\t"
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
"""How a number is kept from losing its zeros in a .csv."""


def read(given: BinaryIO) -> Sheet:
    """Raises `SheetUnfit`, and what openpyxl raises for a broken file."""
    given.seek(0)
    head = given.read(8)
    if not head:
        raise SheetUnfit("sheet-empty")
    if head.startswith(OLE):
        # Excel puts a sheet that has a password into the box in which .xls came, too.
        raise SheetUnfit("sheet-locked-or-old")
    lines = _of_book(given) if head.startswith(ZIP) else _of_text(given)
    return _sheet(lines)


def _of_book(given: BinaryIO) -> Iterator[Sequence[Any]]:
    given.seek(0)
    with zipfile.ZipFile(given) as parts:
        inside = parts.infolist()
        if len(inside) > MOST_PARTS or sum(part.file_size for part in inside) > MOST_UNPACKED:
            raise SheetUnfit("sheet-too-heavy")
        if any(part.flag_bits & 1 for part in inside):
            raise SheetUnfit("sheet-locked-or-old")
        if "[Content_Types].xml" not in parts.namelist():
            raise SheetUnfit("sheet-unknown-kind")
    given.seek(0)
    book = load_workbook(given, read_only=True, data_only=True, keep_links=False)
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not seen:
        raise SheetUnfit("sheet-empty")
    # What a file says of its own size is not believed; one column more shows that there are more.
    seen[0].reset_dimensions()
    yield from seen[0].iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)


def _of_text(given: BinaryIO) -> Iterator[Sequence[Any]]:
    given.seek(0)
    said = _decoded(given.read())
    if "\0" in said:
        raise SheetUnfit("sheet-unknown-kind")
    separator = _separator(said)
    csv.field_size_limit(MOST_LETTERS)
    try:
        for line in csv.reader(io.StringIO(said, newline=""), delimiter=separator, strict=True):
            yield [_unquoted(cell) for cell in line]
    except csv.Error:
        raise SheetUnfit("sheet-broken") from None


def _decoded(raw: bytes) -> str:
    """As Excel and its like save: UTF-8 with or without a mark, UTF-16 with one, GB18030."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tries = ["utf-16"]
    else:
        tries = ["utf-8-sig", "gb18030"]
    for encoding in tries:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnfit("sheet-unknown-kind")


def _separator(said: str) -> str:
    """Of the three the one that the first lines hold most often."""
    first = said[:20_000].splitlines()[:HEADER_WITHIN]
    return max(SEPARATORS, key=lambda each: sum(line.count(each) for line in first))


def _unquoted(cell: str) -> str:
    found = _AS_TEXT.fullmatch(cell.strip())
    return found[1] if found else cell


def _sheet(lines: Iterable[Sequence[Any]]) -> Sheet:
    rows: list[Row] = []
    letters = 0
    for number, line in enumerate(lines, start=1):
        cells = [cell_of(value) for value in line]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        letters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if len(cells) > MOST_COLUMNS:
            raise SheetUnfit("sheet-too-many-columns")
        if letters > MOST_LETTERS:
            raise SheetUnfit("sheet-too-heavy")
        rows.append(Row(number, cells))
        if len(rows) > MOST_ROWS + HEADER_WITHIN:
            raise SheetUnfit("sheet-too-many-rows")
    if not rows:
        raise SheetUnfit("sheet-empty")
    top = _header(rows)
    below = rows[top + 1 :]
    if not below:
        raise SheetUnfit("sheet-without-rows")
    if len(below) > MOST_ROWS:
        raise SheetUnfit("sheet-too-many-rows")
    width = max(len(row.cells) for row in rows[top:])
    names = ["" if cell is None else str(cell) for cell in rows[top].cells]
    return Sheet(names + [""] * (width - len(names)), below)


def _header(rows: Sequence[Row]) -> int:
    """The first row with two texts or more; where each has one cell only, the first."""
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        if sum(isinstance(cell, str) for cell in row.cells) > 1:
            return place
    return 0


def cell_of(value: Any) -> Cell:
    """What openpyxl or a .csv gives, as one of the three."""
    match value:
        case None:
            return None
        case bool():
            return str(value).upper()
        case int():
            return Decimal(value)
        case float():
            # The shortest that means the same: 0.1, not what binary makes of it.
            number = Decimal(repr(value))
            return number if number.is_finite() else str(value)
        case datetime():
            return value.date()
        case date():
            return value
        case time() | timedelta():
            return str(value)
    return _line(str(value)) or None


def _line(text: str) -> str:
    """On one line, and only what can be seen."""
    shown = "".join(
        " " if each.isspace() else "" if unicodedata.category(each) in {"Cc", "Cf", "Cs"} else each
        for each in unicodedata.normalize("NFC", text)
    )
    return " ".join(shown.split())
