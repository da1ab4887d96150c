"""Who has read what is held of oneself, as .xlsx."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.holdings import read_word
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, moment, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from services.gateway.readings import ReadingSeen


async def readings_sheet(
    request: Request, items: Sequence[ReadingSeen], names: Mapping[str, str]
) -> Response:
    with speaking(language_of(request)):
        titles = [_("Time"), _("What was read"), _("Unit"), _("Post"), _("Name")]
        rows: list[Sequence[Value]] = [
            [
                *(moment(one.at), read_word(one.subject)),
                names.get(one.unit, one.unit) if one.unit else None,
                ", ".join(word(words.ROLES, role) for role in one.roles),
                one.name,
            ]
            for one in items
        ]
    return await send_sheet(request, "readings", titles, rows, newest=True)
