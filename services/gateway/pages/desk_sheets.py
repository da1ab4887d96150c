"""The desk as .xlsx: what is open and what was settled, in days and units, no names; and numbers
that may be of one person, with the names by which that is seen."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import desk_words
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from shared.contracts.membership import NumberPair, RulingListed, TwoPeople, UnfitEvent


async def desk_sheet(request: Request, events: Sequence[UnfitEvent]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number or unit"), _("Unit"), _("What does not fit"), _("HR says")),
            *(_("From"), _("Unit according to HR"), _("Moved from"), _("Employed from")),
            *(_("Employed until before"), _("Unit according to the roll"), _("Found on")),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.about, one.place_name or one.place, word(desk_words.UNFIT, one.reason)),
                *(word(desk_words.HR_SAID, one.type), one.on, one.unit, one.from_unit),
                one.employed.since if one.employed else None,
                one.employed.until if one.employed else None,
                one.placed,
                one.found_at.date() if one.found_at else None,
            ]
            for one in events
        ]
    return await send_sheet(request, "desk", titles, rows)


async def settled_sheet(request: Request, made: Sequence[RulingListed]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number or unit"), _("Unit"), _("Decision"), _("HR says"), _("From")),
            *(_("Unit according to HR"), _("The right day"), _("The right unit"), _("Moved from")),
            *(_("Reason"), _("Decided by"), _("Decided on"), _("State"), _("Taken back by")),
            *(_("Taken back on"), _("Reason for taking it back")),
        ]
        rows: list[Sequence[Value]] = [_settled(one) for one in made]
    return await send_sheet(request, "desk-settled", titles, rows)


def _settled(one: RulingListed) -> list[Value]:
    said = one.said
    state = "taken-back" if one.taken_back_at else "standing"
    return [
        *(one.employee or one.about_unit, one.place_name or one.place),
        word(desk_words.RULINGS, one.kind),
        *(
            (word(desk_words.HR_SAID, said.type), said.on, said.unit)
            if said
            else (None, None, None)
        ),
        *(one.on, one.unit, one.from_unit, one.reason, one.by, one.at.date()),
        word(desk_words.RULING_STATES, state),
        one.taken_back_by,
        one.taken_back_at.date() if one.taken_back_at else None,
        one.taken_back_why,
    ]


async def pairs_sheet(request: Request, pairs: Sequence[NumberPair]) -> Response:
    with speaking(language_of(request)):
        one = [_("Employee number"), _("Unit"), _("Employed from"), _("Employed until before")]
        titles = [
            *(_("Name"), _("Why it may be one person"), _("Birth date"), _("Days between")),
            *[*one, *one],
            _("Found on"),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(pair.later.name, word(desk_words.PAIRS, pair.reason)),
                pair.earlier.birth_date if pair.same_birth_date else None,
                pair.days,
                *(
                    value
                    for each in (pair.earlier, pair.later)
                    for value in (
                        each.employee,
                        each.place_name or each.place,
                        each.since,
                        each.until,
                    )
                ),
                pair.found_at.date(),
            ]
            for pair in pairs
        ]
    return await send_sheet(request, "desk-pairs", titles, rows)


async def two_people_sheet(request: Request, made: Sequence[TwoPeople]) -> Response:
    with speaking(language_of(request)):
        titles = [
            *(_("Name"), _("Employee number"), _("Employee number"), _("Reason"), _("Decided by")),
            *(_("Decided on"), _("State"), _("Taken back by"), _("Taken back on")),
            _("Reason for taking it back"),
        ]
        rows: list[Sequence[Value]] = [
            [
                *(one.later.name, one.earlier.employee, one.later.employee, one.reason, one.by),
                one.at.date(),
                word(desk_words.RULING_STATES, "taken-back" if one.taken_back_at else "standing"),
                one.taken_back_by,
                one.taken_back_at.date() if one.taken_back_at else None,
                one.taken_back_why,
            ]
            for one in made
        ]
    return await send_sheet(request, "desk-two-people", titles, rows)
