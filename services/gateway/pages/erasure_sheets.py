"""Erasures that were asked for, as .xlsx. Of one that is done nobody is named any more."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import own_words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.contracts.membership import ErasureEntry


async def erasures_sheet(request: Request, items: Sequence[ErasureEntry]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Name"), _("Unit"), _("State"), _("Asked on")),
            *(_("Asked by the person"), _("Due"), _("Done on")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(None if one.done_on else one.employee, one.name, one.unit),
                *(word(own_words.ERASURE_STATES, one.state), one.asked_on),
                *(_("Yes") if one.by_themselves else _("No"), one.due_on, one.done_on),
            ]
            for one in items
        ]
    return await send_sheet(request, "erasures", titles, rows)
