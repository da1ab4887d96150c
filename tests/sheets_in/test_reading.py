"""What is read of a sheet that somebody brings, by a process of its own."""

import codecs
import io
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import pytest

from services.gateway.sheets_in.kinds import LARGEST, MOST_ROWS, Row, Sheet, SheetUnfit
from services.gateway.sheets_in.reading import SheetReading
from tests.sheets_in import made

HEADER = ["工号", "姓名", "单位"]


async def read(content: bytes) -> Sheet:
    return await SheetReading().read(file_of(content))


def file_of(content: bytes) -> BinaryIO:
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed when nobody holds it
    file.write(content)
    return file


def lines(sheet: Sheet) -> list[tuple[int, list[object]]]:
    return [(row.number, list(row.cells)) for row in sheet.rows]


async def test_a_book_gives_text_numbers_and_days_with_the_numbers_of_its_rows() -> None:
    sheet = await read(
        made.book(
            HEADER,
            ["00123", "王小明", datetime(2024, 5, 1)],
            [],
            [456, "李\n四", 1234.56],
            [True, None, date(2024, 5, 2)],
        )
    )
    assert sheet.header == HEADER
    assert lines(sheet) == [
        (2, ["00123", "王小明", date(2024, 5, 1)]),
        (4, [Decimal(456), "李 四", Decimal("1234.56")]),
        (5, ["TRUE", None, date(2024, 5, 2)]),
    ]


async def test_a_title_above_the_header_is_no_header() -> None:
    sheet = await read(made.book(["2024 年花名册"], [], HEADER, ["1", "甲", "u"]))
    assert sheet.header == HEADER
    assert lines(sheet) == [(4, ["1", "甲", "u"])]


async def test_a_formula_is_the_value_that_was_left_beside_it() -> None:
    sheet = await read(made.book(HEADER, ["1", "=1+1", "u"], ["2", "乙", "u"]))
    assert lines(sheet)[0] == (2, ["1", None, "u"]), "nothing computed it, so there is none"


async def test_the_first_sheet_that_can_be_seen_is_read() -> None:
    content = made.book(["a", "NAME"], ["1", "2"], sheets=("甲", "乙", "丙"), hidden=1)
    assert (await read(content)).header == ["a", "乙 NAME"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("gb18030"),
        lambda text: text.encode("utf-16"),
    ],
    ids=["utf-8", "mark", "gb18030", "utf-16"],
)
async def test_text_is_read_as_excel_in_china_and_elsewhere_saves_it(
    separator: str, encoded: "type[bytes]"
) -> None:
    rows = [HEADER, ['="00123"', '"王,;\t 小明"', "一车间"], ["2", "", "乙"]]
    text = "\r\n".join(separator.join(row) for row in rows)
    sheet = await read(encoded(text))  # type: ignore[arg-type]
    assert sheet.header == HEADER
    assert lines(sheet) == [(2, ["00123", "王,; 小明", "一车间"]), (3, ["2", None, "乙"])]


async def test_what_cannot_be_seen_is_gone() -> None:
    sheet = await read("a,b\n1\u200b,\u202e2\n".encode())
    assert lines(sheet) == [(2, ["1", "2"])]


async def test_a_sheet_that_claims_to_be_huge_is_read_as_it_is() -> None:
    sheet = await read(made.with_wide_claim(made.book(HEADER, ["1", "2", "3"])))
    assert len(sheet.header) == 3
    assert lines(sheet) == [(2, ["1", "2", "3"])]


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("sheet-empty", lambda: b""),
        ("sheet-empty", made.book),
        ("sheet-empty", lambda: b"\n\n"),
        ("sheet-without-rows", lambda: made.book(HEADER)),
        ("sheet-locked-or-old", lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)),
        ("sheet-broken", lambda: made.book(HEADER, ["1"])[:-200]),
        ("sheet-broken", lambda: b"PK\x03\x04 and nothing more"),
        ("sheet-broken", lambda: b'a,b\n"1,2\n'),
        ("sheet-unknown-kind", lambda: b"%PDF-1.7\n\0\0"),
        ("sheet-unknown-kind", lambda: b"\x89PNG\r\n\x1a\n\xff\xff"),
        ("sheet-too-many-columns", lambda: made.book(list(range(61)), ["1"])),
        ("sheet-too-many-columns", lambda: ",".join("a" * 61).encode() + b"\n1"),
        ("sheet-too-many-rows", lambda: b"a,b\n" + b"1,2\n" * (MOST_ROWS + 1)),
        ("sheet-too-large", lambda: bytes(LARGEST + 1)),
        ("sheet-too-heavy", made.zip_bomb),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_sheet_is_named(code: str, content: Callable[[], bytes]) -> None:
    with pytest.raises(SheetUnfit) as unfit:
        await read(content())
    assert unfit.value.code == code


async def test_as_many_rows_as_are_allowed_are_read() -> None:
    sheet = await read(b"a,b\n" + b"1,2\n" * MOST_ROWS)
    assert len(sheet.rows) == MOST_ROWS
    assert sheet.rows[-1].number == MOST_ROWS + 1


async def test_another_zip_is_no_sheet() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("x.txt", "x")
    with pytest.raises(SheetUnfit, match="sheet-unknown-kind"):
        await read(out.getvalue())


def test_a_sheet_shows_no_names_where_it_is_logged() -> None:
    assert "王" not in repr(Sheet(["王"], [Row(2, ["王"])]))
