"""The roll as .xlsx: as of a day, with names."""

from collections.abc import Sequence
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.contracts.membership import RollEntry


async def roll_sheet(request: Request, on: date, people: Sequence[RollEntry]) -> Response:
    """Named after its day."""
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Name"), _("Unit"), _("Code"), _("Job"), _("State")),
            *(_("Member since"), _("Left on"), _("As of")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.employee, one.name or _("not known"), one.unit_name, one.unit, one.post),
                *(word(words.ROLL, one.state), one.member_since, one.left_on, on),
            ]
            for one in people
        ]
    return await send_sheet(request, f"roll-{on}", titles, rows)
