"""Which column is which field: guessed from the header, put right by the person."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.sheets_in.kinds import Sheet


def marked(label: str) -> str:
    """For the catalogue; said in a language by the page."""
    return label


Columns = Mapping[str, int]
"""Field → its column, from 0."""


@dataclass(frozen=True)
class Field:
    """`label` is what pages call it (a marked word of the catalogue); `known_as` are headers by
    which it is known, the surest first, in any language."""

    name: str
    label: str
    known_as: Sequence[str]
    required: bool = False


EMPLOYEE = Field(
    "employee",
    marked("Employee number"),
    ("工号", "员工编号", "职工编号", "人员编号", "employee number", "employee"),
    required=True,
)


def guessed(header: Sequence[str], fields: Sequence[Field]) -> dict[str, int]:
    """Whole names first, then names that are part of a header; no column is two fields."""
    names = [plain(name) for name in header]
    found: dict[str, int] = {}

    def take(field: Field, fits: Sequence[int]) -> None:
        free = [place for place in fits if place not in found.values()]
        if free and field.name not in found:
            found[field.name] = free[0]

    for field in fields:
        for known in map(plain, field.known_as):
            take(field, [place for place, name in enumerate(names) if name == known])
    for field in fields:
        for known in map(plain, field.known_as):
            take(field, [place for place, name in enumerate(names) if known in name])
    return found


def plain(name: str) -> str:
    """Without what people put in and leave out: case, width, spaces, marks."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def digest(header: Sequence[str]) -> bytes:
    """Recognises a header: the same names in the same order."""
    said = "\n".join(plain(name) for name in header)
    return hashlib.blake2b(said.encode(), digest_size=16).digest()


def unmapped(columns: Columns, fields: Sequence[Field]) -> list[Field]:
    """The required fields that have no column."""
    return [field for field in fields if field.required and field.name not in columns]


def taken_twice(columns: Columns, fields: Sequence[Field]) -> list[Field]:
    """Fields whose column an earlier field has already."""
    seen: set[int] = set()
    twice = []
    for field in fields:
        if field.name in columns:
            if columns[field.name] in seen:
                twice.append(field)
            seen.add(columns[field.name])
    return twice


def within(columns: Columns, sheet: Sheet, fields: Sequence[Field]) -> dict[str, int]:
    """Those that name a field and a column that there are."""
    names = {field.name for field in fields}
    return {
        name: column
        for name, column in columns.items()
        if name in names and 0 <= column < len(sheet.header)
    }
