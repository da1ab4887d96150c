"""The roll as .xlsx: as of a day, with names."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.calendar import SHANGHAI
from shared.contracts.membership import RollEntry, RollOf


async def roll_sheet(request: Request, seen: RollOf, people: Sequence[RollEntry]) -> Response:
    """Named after its day, and after the day as of which it was known."""
    known = seen.known and seen.known.astimezone(SHANGHAI)
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Name"), _("Unit"), _("Code"), _("Job"), _("State")),
            *(_("Member since"), _("Left on"), _("Kept since"), _("As of")),
            *((_("As known at"),) if known else ()),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.employee, one.name or _("not known"), one.unit_name, one.unit, one.post),
                *(
                    word(words.ROLL, "kept" if one.kept_since else one.state),
                    one.member_since,
                    one.left_on,
                    one.kept_since,
                ),
                seen.on,
                *((known.strftime("%Y-%m-%d %H:%M"),) if known else ()),
            ]
            for one in people
        ]
    name = f"roll-{seen.on}" + (f"-known-{known:%Y-%m-%d}" if known else "")
    return await send_sheet(request, name, titles, rows)
