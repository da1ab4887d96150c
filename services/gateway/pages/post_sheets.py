"""Who holds which post, as .xlsx."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.contracts.membership import PostHolder


async def posts_sheet(request: Request, items: Sequence[PostHolder]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Post"), _("Unit"), _("Code"), _("Name"), _("Employee number")),
            *(_("From"), _("Until before")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(word(words.POSTS, one.role), one.unit_name, one.unit, one.name, one.employee),
                *(one.since, one.until),
            ]
            for one in items
        ]
    return await send_sheet(request, "posts", titles, rows)
