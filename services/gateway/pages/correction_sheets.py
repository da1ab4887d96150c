"""Requests to correct as .xlsx: whose, about what and by which day; nothing of what was written."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import own_words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.calendar import SHANGHAI
from shared.contracts.membership import CorrectionListed


async def corrections_sheet(request: Request, items: Sequence[CorrectionListed]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Unit"), _("What it is about"), _("State"), _("Asked on")),
            *(_("Answer due"), _("Overdue"), _("Outcome")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.employee, one.place_name or one.place),
                word(own_words.CORRECTION_ABOUT, one.about),
                word(own_words.CORRECTION_STATES, one.state),
                one.asked_at.astimezone(SHANGHAI).date(),
                one.due_on,
                _("Yes") if one.overdue else _("No"),
                one.outcome and word(own_words.CORRECTION_OUTCOMES, one.outcome),
            ]
            for one in items
        ]
    return await send_sheet(request, "corrections", titles, rows)
