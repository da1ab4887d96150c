"""Sheets, good and bad, made for the tests."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook


def book(*rows: Sequence[Any], sheets: Iterable[str] = ("Sheet",), hidden: int = 0) -> bytes:
    """The rows stand in each of the sheets; the first `hidden` ones are hidden."""
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for place, name in enumerate(sheets):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append([f"{name} {cell}" if cell == "NAME" else cell for cell in row])
        sheet.sheet_state = "hidden" if place < hidden else "visible"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def zip_bomb(megabytes: int = 300) -> bytes:
    """Small as a file, and large when it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        with zipfile.ZipFile(io.BytesIO(book(["a", "b"], ["1", "2"]))) as good:
            for part in good.namelist():
                parts.writestr(part, good.read(part))
        with parts.open("xl/bomb.xml", "w", force_zip64=True) as bomb:
            for _ in range(megabytes):
                bomb.write(bytes(1024 * 1024))
    return out.getvalue()


def with_wide_claim(content: bytes, reference: str = "A1:XFD1048576") -> bytes:
    """The same, saying that it is as large as a sheet can be."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts,
    ):
        for name in given.namelist():
            said = given.read(name)
            if name.startswith("xl/worksheets/"):
                before, _, after = said.partition(b'<dimension ref="')
                said = (
                    before + b'<dimension ref="' + reference.encode() + after[after.index(b'"') :]
                )
            parts.writestr(name, said)
    return out.getvalue()
