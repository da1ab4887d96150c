"""Columns are found by their headers, and cells are what their columns are for."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.sheets_in.cells import cell_of
from services.gateway.sheets_in.columns import (
    Field,
    digest,
    guessed,
    taken_twice,
    unmapped,
)
from services.gateway.sheets_in.values import NotSo, code_of, day_of, fen_of, words_of

EMPLOYEE = Field("employee", "Employee number", ("工号", "员工编号", "employee"), required=True)
NAME = Field("name", "Name", ("姓名", "name"))
UNIT = Field("unit", "Unit", ("单位代码", "部门", "unit"))
FIELDS = (EMPLOYEE, NAME, UNIT)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["姓名", "工号"], {"name": 0, "employee": 1}),
        (["Employee No.", "NAME"], {"employee": 0, "name": 1}),
        (["员工编号（必填）", "部门名称", "单位代码"], {"employee": 0, "unit": 2}),
        (["员 工 编 号", "所在部门"], {"employee": 0, "unit": 1}),
        (["甲", "乙"], {}),
    ],
)
def test_columns_are_guessed_in_both_languages(header: list[str], found: dict[str, int]) -> None:
    assert guessed(header, FIELDS) == found


@given(st.lists(st.sampled_from(["工号", "姓名", "name", "部门", "", "单位代码", "x"]), max_size=9))
def test_no_column_is_ever_guessed_for_two_fields(header: list[str]) -> None:
    found = guessed(header, FIELDS)
    assert len(set(found.values())) == len(found)
    assert all(0 <= column < len(header) for column in found.values())


def test_what_is_missing_or_taken_twice_is_named() -> None:
    assert unmapped({"name": 1}, FIELDS) == [EMPLOYEE]
    assert taken_twice({"employee": 1, "name": 1, "unit": 2}, FIELDS) == [NAME]


def test_a_header_is_known_again_by_its_names() -> None:
    assert digest(["工号", "Name"]) == digest([" 工 号", "NAME"])
    assert digest(["工号", "Name"]) != digest(["Name", "工号"])


@pytest.mark.parametrize(
    "cell",
    [
        *("2024-05-01", "2024/5/1", "2024.5.1", "2024年5月1日", "20240501", "２０２４-05-01"),
        *("2024-05-01 00:00:00", date(2024, 5, 1), Decimal(45413), Decimal(20240501)),
    ],
)
def test_a_day_is_read_however_it_is_written(cell: str | date | Decimal) -> None:
    assert day_of(cell) == date(2024, 5, 1)


@pytest.mark.parametrize("cell", ["2024-02-30", "昨天", "1.5.2024", "1899-12-31", "202405"])
def test_what_is_no_day_is_none(cell: str) -> None:
    with pytest.raises(NotSo, match="no-day"):
        day_of(cell)


def test_numbers_that_name_somebody_are_text() -> None:
    assert [code_of(each) for each in (Decimal(123), " ００1 2 ", "D0046", None)] == [
        *("123", "0012", "D0046", "")
    ]
    assert words_of(Decimal("1E+3")) == "1000"
    assert words_of(Decimal("1.50")) == "1.50"


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1,234.50", 123450),
        (Decimal("1234.56"), 123456),
        ("¥ 12元", 1200),
        ("-0.01", -1),
        ("１２．５", 1250),
        (None, None),
    ],
)
def test_money_is_whole_fen(cell: str | Decimal | None, fen: int | None) -> None:
    assert fen_of(cell) == fen


@pytest.mark.parametrize(("cell", "code"), [("1.234", "parts-of-a-fen"), ("x", "no-money")])
def test_money_is_never_rounded(cell: str, code: str) -> None:
    with pytest.raises(NotSo, match=code):
        fen_of(cell)


@given(st.integers(-(10**12), 10**12))
def test_every_amount_comes_through_as_a_number_of_excel(fen: int) -> None:
    assert fen_of(cell_of(fen / 100)) == fen
