"""Lists as .xlsx, for people who live in Excel: what the page shows, in its language. Whole, or, of
lists that grow for ever, the newest rows, and then the last row says so."""

import asyncio
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.words import word
from services.gateway.views.open_courses import CourseSeen, SeatSeen
from services.gateway.views.proposals import ProposalSeen
from services.gateway.views.visits import VisitSeen
from services.gateway.views.work import Waiting

MOST_ROWS = 10_000
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Asked = TypeVar("Asked", bound=BaseModel)
Value = str | int | float | date | None


def whole(asked: Asked) -> Asked:
    """The same, from the newest on and as long as a sheet may be."""
    return asked.model_copy(update={"limit": MOST_ROWS + 1, "cursor": None})


def query(given: Mapping[str, str]) -> str:
    """The filters of a list for the address of its sheet."""
    kept = {name: value for name, value in given.items() if name not in ("limit", "cursor")}
    return "?" + urlencode(kept) if kept else ""


def _written(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet()
    sheet.freeze_panes = "A2"
    for place, title in enumerate(titles, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = max(14, len(title) * 2)
    head = [WriteOnlyCell(sheet, title) for title in titles]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Value) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    # What a person wrote is text, also when it begins with an equals sign.
    cell.data_type = "s"
    return cell


async def send_sheet(
    request: Request,
    name: str,
    titles: Sequence[str],
    rows: list[Sequence[Value]],
    *,
    newest: bool = False,
) -> Response:
    """`name` is that of the file, without its ending. `newest`: of a list that grows for ever no
    more rows than a sheet may hold, and then it says so."""
    if newest and len(rows) > MOST_ROWS:
        with speaking(language_of(request)):
            rows = [
                *rows[:MOST_ROWS],
                [_("There is more: choose fewer by the filters of the list.")],
            ]
    # Off the loop: ten thousand rows take a second.
    body = await asyncio.to_thread(_written, titles, rows)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.xlsx"',
        "Content-Language": language_of(request).code,
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Language, Cookie",
    }
    return Response(body, media_type=KIND, headers=headers)


async def proposals_sheet(request: Request, items: list[ProposalSeen]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Submitted"), _("Unit"), _("Author"), _("Category"), _("State"), _("Overdue")),
            *(_("In one line"), _("What it is about"), _("Support"), _("Answer due")),
            *(_("Answered"), _("Reasons")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.submitted_on, one.unit_name, one.author or _("Name hidden")),
                word(words.CATEGORIES, one.category),
                word(words.STATES, one.state),
                _("Yes") if one.overdue and one.state == "open" else _("No"),
                *(one.title, one.body, one.supports, one.due_on, one.answered_on, one.reasons),
            ]
            for one in items
        ]
    return await send_sheet(request, "proposals", titles, rows, newest=True)


async def courses_sheet(request: Request, items: list[CourseSeen]) -> Response:
    with speaking(language_of(request)):
        titles = [
            _("Course"),
            _("Held by"),
            _("Begins"),
            _("Seats"),
            _("Seats taken"),
            _("Open to"),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.title, one.unit_name, one.starts_on, one.seats, one.enrolled),
                word(words.OPEN_TO, one.open_to),
            ]
            for one in items
        ]
    return await send_sheet(request, "courses", titles, rows, newest=True)


async def seats_sheet(request: Request, items: list[SeatSeen]) -> Response:
    with speaking(language_of(request)):
        titles = [_("Employee number"), _("Result"), _("Day")]
        rows: list[Sequence[Value]] = [
            [one.employee, one.result and word(words.RESULTS, one.result), one.completed_on]
            for one in items
        ]
    return await send_sheet(request, "people", titles, rows)


async def visits_sheet(request: Request, items: list[VisitSeen]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Unit"), _("State"), _("Overdue")),
            *(_("To be visited by"), _("Visited on")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.employee, one.unit_name, word(words.VISITS, one.state)),
                _("Yes") if one.overdue and one.state == "due" else _("No"),
                *(one.due_on, one.on),
            ]
            for one in items
        ]
    return await send_sheet(request, "visits", titles, rows, newest=True)


async def work_sheet(request: Request, items: list[Waiting]) -> Response:
    with speaking(language_of(request)):
        titles = [_("What waits"), _("About"), _("Unit"), _("Due"), _("Overdue"), _("Number")]
        rows: list[Sequence[Value]] = [
            [
                *(word(words.WORK, one.kind), words.work_about(one), one.unit_name, one.due_on),
                *(_("Yes") if one.overdue else _("No"), one.count),
            ]
            for one in items
        ]
    return await send_sheet(request, "to-do", titles, rows, newest=True)


async def heads_sheet(
    request: Request, names: Mapping[str, str], heads: Mapping[str, int]
) -> Response:
    with speaking(language_of(request)):
        titles = [_("Unit"), _("Code"), _("Heads")]
    rows: list[Sequence[Value]] = [
        [names.get(code, code), code, number] for code, number in heads.items()
    ]
    return await send_sheet(request, "heads", titles, rows)
