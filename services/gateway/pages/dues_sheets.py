"""Dues as .xlsx: the months, what did not fit, one's own. Amounts are numbers, in yuan."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.drafts import Wrong
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.payroll_sheet import reason
from services.gateway.pages.reading import Place
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from services.gateway.pages.wrongs import wrong_words
from shared.contracts.membership import (
    DuesFault,
    DuesMonth,
    DuesMonthsOf,
    DuesOfPerson,
    DuesReportOf,
)


def in_yuan(fen: int | None) -> float | None:
    """Excel has no integer fen; two digits are exact up to many billions."""
    return None if fen is None else fen / 100


class Line(NamedTuple):
    """A month of a unit; `told` is None where nothing is there yet."""

    month: str
    unit: str
    unit_name: str
    told: DuesMonth | None


def lines(seen: DuesMonthsOf, plants: Sequence[Place]) -> list[Line]:
    """Each month of each plant, the newest month first; before them units that have books of their
    own and are no plant of today."""
    there = {(one.unit, one.month): one for one in seen.items}
    known = {plant.code for plant in plants}
    found = []
    for month in seen.months:
        found += [
            Line(month, one.unit, one.unit_name, one)
            for one in seen.items
            if one.month == month and one.unit not in known
        ]
        found += [
            Line(month, each.code, each.name, there.get((each.code, month))) for each in plants
        ]
    return found


async def months_sheet(request: Request, lines: Sequence[Line]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Month"), _("Unit"), _("Code"), _("State"), _("Unsettled"), _("Dues")),
            *(_("The firm owes"), _("Came in"), _("Overdue"), _("Not booked, overdue since")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(line.month, line.unit_name, line.unit),
                *_of_month(line.told),
            ]
            for line in lines
        ]
    return await send_sheet(request, "dues", titles, rows)


def _of_month(one: DuesMonth | None) -> Sequence[Value]:
    if one is None:
        return [_("Nothing yet")]
    return [
        word(words.PAYROLLS, one.state) if one.state else _("Nothing yet"),
        *(one.unsettled, in_yuan(one.dues), in_yuan(one.funds_owed)),
        *(in_yuan(one.funds_came_in), _("Yes") if one.funds_overdue else _("No")),
        one.unreported_since,
    ]


async def receipts_sheet(request: Request, seen: DuesReportOf) -> Response:
    """Also those that were taken back, and why. The file is named after the month."""
    with speaking(language_of(request)):
        titles = [
            *(_("Day"), _("In yuan"), _("Reference"), _("Taken back on"), _("Reason")),
            *(_("Unit"), _("Month")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.on, in_yuan(one.amount), one.reference, one.taken_back_on, one.reason),
                *(seen.unit, seen.month),
            ]
            for one in seen.funds.receipts
        ]
    return await send_sheet(request, f"dues-{seen.month}-receipts", titles, rows)


async def faults_sheet(
    request: Request, unit: str, month: str, items: Sequence[DuesFault]
) -> Response:
    """The file is named after the month; a unit's code may have any letters."""
    with speaking(language_of(request)):
        titles = [
            *(_("Kind"), _("Employee number"), _("Name"), _("Rows"), _("Owed"), _("Withheld")),
            *(_("Reason"), _("Settled"), _("Settled on"), _("Unit"), _("Month")),
        ]
        rows: list[Sequence[Value]] = [
            [
                word(words.DUES_FAULTS, one.kind),
                *(one.employee, one.name, ", ".join(map(str, one.lines))),
                *(in_yuan(one.owed), in_yuan(one.withheld), _why(one)),
                word(words.DUES_SETTLED, one.settled) if one.settled else None,
                *(one.settled_on, unit, month),
            ]
            for one in items
        ]
    return await send_sheet(request, f"dues-{month}-faults", titles, rows)


def _why(fault: DuesFault) -> str | None:
    code, given = reason(fault)
    return wrong_words(Wrong(None, code, given, "")) or None


async def own_sheet(request: Request, seen: DuesOfPerson) -> Response:
    with speaking(language_of(request)):
        titles = [_("Month"), _("Unit"), _("State"), _("Owed"), _("Withheld"), _("Settled")]
        rows: list[Sequence[Value]] = [
            [
                *(one.month, one.unit_name, word(words.DUES_OF, one.state)),
                *(in_yuan(one.owed), in_yuan(one.withheld)),
                word(words.DUES_SETTLED, one.settled) if one.settled else None,
            ]
            for one in seen.items
        ]
    return await send_sheet(request, "my-dues", titles, rows)
