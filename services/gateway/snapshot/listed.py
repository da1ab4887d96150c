"""A row of HR's list, and the columns by which it is known."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter, ValidationError

from services.gateway.sheets_in.columns import Field, plain
from services.gateway.sheets_in.columns import marked as _
from services.gateway.sheets_in.kinds import Cell
from services.gateway.sheets_in.values import NotSo, code_of, day_of, words_of
from shared.contracts.hr_fields import Employee, Name, UnitCode

FIELDS = (
    Field(
        "employee",
        _("Employee number"),
        ("工号", "员工编号", "职工编号", "人员编号", "员工号", "employee number", "employee", "id"),
        required=True,
    ),
    Field("name", _("Name"), ("姓名", "员工姓名", "name"), required=True),
    Field(
        "unit",
        _("Unit code"),
        ("单位代码", "部门代码", "部门编码", "组织编码", "单位", "部门", "unit code", "unit"),
        required=True,
    ),
    Field("post", _("Job"), ("岗位", "职位", "岗位名称", "工种", "job", "position", "post")),
    Field(
        "employed_since",
        _("Employed since"),
        ("入职日期", "入厂日期", "参加工作日期", "hired on", "employed since", "hire date"),
    ),
    Field(
        "unit_since",
        _("In the unit since"),
        ("到岗日期", "调入日期", "进入单位日期", "in unit since", "unit since"),
    ),
    Field("birth_date", _("Birth date"), ("出生日期", "生日", "birth date", "born")),
    Field("left_on", _("Left on"), ("离职日期", "离厂日期", "left on", "termination date")),
    Field(
        "left_because",
        _("Why they left"),
        ("离职原因", "离职类型", "离职类别", "离厂原因", "减员原因", "reason for leaving"),
    ),
)
_RETIRED = re.compile(r"(?!内部).*退休(离职|离厂|减员)?|病退|离休|.*(retired|retirement)")
"""As lists write it, without marks and spaces. Not who retired within the company (内部退休) and is
still employed, nor whose work after retirement (退休返聘) ends."""
_EMPLOYEE: TypeAdapter[str] = TypeAdapter(Employee)
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_UNIT: TypeAdapter[str] = TypeAdapter(UnitCode)


class RowUnfit(Exception):  # noqa: N818
    """Why a row cannot be compared: a code that `pages/wrongs.py` has words for."""

    def __init__(self, code: str, **given: str) -> None:
        super().__init__(code)
        self.code, self.given = code, given


@dataclass(frozen=True)
class Listed:
    """What HR's list says of one person as of its day. No `unit`: employed and in none. Of why
    somebody left no more is read than whether they `retired`."""

    employee: str
    name: str
    unit: str | None
    post: str | None = None
    employed_since: date | None = None
    unit_since: date | None = None
    birth_date: date | None = None
    left_on: date | None = None
    retired: bool = False

    def __repr__(self) -> str:
        return f"Listed({self.employee})"


def listed(cell: Callable[[str], Cell], on: date) -> Listed:
    """A row of the list as of `on`, by its cells. Raises `RowUnfit`."""
    row = Listed(
        employee=_checked(_EMPLOYEE, code_of(cell("employee")), "employee"),
        name=_checked(_NAME, words_of(cell("name")), "name"),
        unit=_checked(_UNIT, code_of(cell("unit")), "unit") if cell("unit") is not None else None,
        post=_checked(_NAME, words_of(cell("post")), "post") if cell("post") is not None else None,
        **{
            name: _day(cell, name)
            for name in ("employed_since", "unit_since", "birth_date", "left_on")
        },
        retired=_is_retirement(words_of(cell("left_because"))),
    )
    for name in ("employed_since", "unit_since"):
        day = getattr(row, name)
        if day is not None and day > on:
            raise RowUnfit("after-the-list", column=LABELS[name])
    if row.employed_since and row.unit_since and row.unit_since < row.employed_since:
        raise RowUnfit("in-unit-before-hired")
    begin = row.employed_since or row.unit_since
    if row.left_on and begin and row.left_on < begin:
        raise RowUnfit("left-before-hired")
    return row


def _is_retirement(why: str) -> bool:
    """Without what stands in brackets behind it."""
    return bool(_RETIRED.fullmatch(plain(re.split("[(（]", why, maxsplit=1)[0])))


LABELS: Mapping[str, str] = {field.name: field.label for field in FIELDS}


def _day(cell: Callable[[str], Cell], name: str) -> date | None:
    try:
        return day_of(cell(name))
    except NotSo as wrong:
        raise RowUnfit(wrong.code) from None


def _checked(kind: TypeAdapter[str], text: str, name: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError:
        code = "bad-cell" if text else "empty-cell"
        raise RowUnfit(code, column=LABELS[name]) from None
