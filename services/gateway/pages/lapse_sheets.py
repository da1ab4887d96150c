"""Members who pay no dues and take no part, as .xlsx."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.contracts.membership import LapseSeen


async def lapses_sheet(request: Request, items: Sequence[LapseSeen]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Name"), _("Unit"), _("State"), _("First month missing")),
            *(_("Last month missing"), _("Last took part on"), _("Days away in these months")),
            *(_("Admonished on"), _("Time to mend until")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.employee, one.name, one.unit_name or one.unit),
                *(word(words.LAPSES, one.state), one.lapse.first_month, one.lapse.last_month),
                *(one.lapse.active_on, one.lapse.days_away),
                one.admonition.on if one.admonition else None,
                one.admonition.due_on if one.admonition else None,
            ]
            for one in items
        ]
    return await send_sheet(request, "lapses", titles, rows)
