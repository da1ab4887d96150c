"""Union bodies as .xlsx: those of a place as of a day, and who sat and sits in one."""

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.calendar import SHANGHAI
from shared.contracts.membership import BodiesOf, BodyOf, BodySeen


async def bodies_sheet(request: Request, seen: BodiesOf, found: Sequence[BodySeen]) -> Response:
    """Named after its day, and after the day as of which it was known."""
    on, known = seen.on, seen.known and seen.known.astimezone(SHANGHAI)
    with speaking(language_of(request)):
        titles = [
            *(_("Body"), _("Kind"), _("Unit"), _("Code"), _("Headed by"), _("Employee number")),
            *(_("In office"), _("Members"), _("At least"), _("At most"), _("Term")),
            *(_("From"), _("Election due"), _("State"), _("As of")),
            *((_("As known at"),) if known else ()),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.name, word(words.BODY_KINDS, one.kind), one.unit_name, one.unit),
                (one.head.name or _("not known")) if one.head else None,
                one.head.employee if one.head else None,
                *(one.filled, one.members),
                _number(one, "least"),
                _number(one, "most"),
                *(one.number, one.since, one.due_on, word(words.BODY_STATES, one.state), on),
                *((known.strftime("%Y-%m-%d %H:%M"),) if known else ()),
            ]
            for one in found
        ]
    return await send_sheet(request, f"union-bodies-{on}{_named(known)}", titles, rows)


def _named(known: datetime | None) -> str:
    return f"-known-{known:%Y-%m-%d}" if known else ""


def _number(one: BodySeen, name: str) -> Value:
    return one.size.inputs[name] if one.size else None


async def seats_sheet(request: Request, seen: BodyOf) -> Response:
    """As the one before."""
    known = seen.known and seen.known.astimezone(SHANGHAI)
    with speaking(language_of(request)):
        titles = [
            *(_("Term"), _("Post"), _("Employee number"), _("Name"), _("From"), _("Until before")),
            *(_("Acting"), _("Ended because")),
            *((_("As known at"),) if known else ()),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(term.number, word(words.BODY_POSTS, seat.post), seat.employee),
                *(seat.name or _("not known"), seat.since, seat.until),
                seat.acting and word(words.TAKES_SEAT, seat.acting),
                seat.why and word(words.SEAT_ENDS, seat.why),
                *((known.strftime("%Y-%m-%d %H:%M"),) if known else ()),
            ]
            for term in seen.terms
            for seat in term.held
        ]
    return await send_sheet(request, f"seats{_named(known)}", titles, rows)
