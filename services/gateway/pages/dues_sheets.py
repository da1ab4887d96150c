"""Dues as .xlsx: the months, what did not fit, one's own. Amounts are numbers, in yuan."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.drafts import Wrong
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.payroll_sheet import reason
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from services.gateway.pages.wrongs import wrong_words
from shared.contracts.membership import DuesFault, DuesMonthsOf, DuesOfPerson


def in_yuan(fen: int | None) -> float | None:
    """Excel has no integer fen; two digits are exact up to many billions."""
    return None if fen is None else fen / 100


async def months_sheet(request: Request, seen: DuesMonthsOf) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Month"), _("Unit"), _("Code"), _("State"), _("Unsettled"), _("Dues")),
            *(_("The firm owes"), _("Came in"), _("Overdue"), _("Not booked, overdue since")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.month, one.unit_name, one.unit),
                word(words.PAYROLLS, one.state) if one.state else None,
                *(one.unsettled, in_yuan(one.dues), in_yuan(one.funds_owed)),
                *(in_yuan(one.funds_came_in), _("Yes") if one.funds_overdue else _("No")),
                one.unreported_since,
            ]
            for one in seen.items
        ]
    return await send_sheet(request, "dues", titles, rows)


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
