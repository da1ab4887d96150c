"""The audit log as .xlsx."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.audit_log import EntriesSeen
from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.calendar import SHANGHAI


async def entries_sheet(request: Request, seen: EntriesSeen) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Entry"), _("When"), _("Account"), _("Employee number"), _("What was done")),
            *(_("Where"), _("About whom or what"), _("Code"), _("Sealed"), _("Trace")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.id, f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", one.account),
                *(one.employee, word(words.AUDIT, one.what), one.subject, one.about, one.code),
                *(_("Yes") if one.sealed else _("No"), one.trace_id),
            ]
            for one in seen.items
        ]
    return await send_sheet(request, "audit", titles, rows, newest=True)
