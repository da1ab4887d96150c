"""The log of what HR was told, as .xlsx. It names nobody."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.back.log import DeliveriesSeen
from services.gateway.pages import back_words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.calendar import SHANGHAI


async def deliveries_sheet(request: Request, seen: DeliveriesSeen) -> Response:
    """A last row says so where there is more than a sheet may hold."""
    with speaking(language_of(request)):
        titles = [
            *(_("When"), _("What was told"), _("State"), _("To whom"), _("Tries")),
            *(_("Last attempt"), _("What came of it"), _("Status"), _("Event")),
        ]
        rows: list[Sequence[Value]] = [
            [
                f"{one.stated_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
                *(word(back_words.KINDS, one.kind), word(back_words.STATES, one.state)),
                *(one.url or _("The stream"), one.tries),
                one.last_at and f"{one.last_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
                one.outcome and word(back_words.OUTCOMES, one.outcome),
                *(one.status, str(one.event)),
            ]
            for one in seen.items
        ]
        if seen.cursor:
            rows.append([_("There is more: choose less.")])
    return await send_sheet(request, "told-hr", titles, rows, newest=True)
