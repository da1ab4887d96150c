"""`/drift`: how far HR's lists and the roll are apart: the meter of each plant, its trend, and what
differs line by line. What becomes of a line is in `drift_forms.py`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import charts, desk_words, reading
from services.gateway.pages.languages import day, language_of, speaking
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.posts import uppermost
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.signing import signed_in
from services.gateway.pages.words import word
from services.gateway.site import Site
from shared.contracts.membership import (
    Drift,
    DriftDay,
    DriftDays,
    DriftDaysOf,
    DriftEntry,
    DriftKind,
    DriftOf,
    LeaveDrift,
    PlacedOn,
)
from shared.for_whom import reaching
from shared.rights import Actor

SEES_SOME = reaching(*DriftDays.for_whom.roles)
LISTS_SOME = reaching(*Drift.for_whom.roles)
KINDS: tuple[DriftKind, ...] = get_args(DriftKind)
AT_ONCE = 1000
SHOWN_DAYS = 12
"""So many of the last lists stand in the chart and in its table."""


@dataclass(frozen=True)
class Reading:
    """How many lines differed on a day: of a plant, or of several together. By kind."""

    on: date
    counts: Mapping[DriftKind, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def latest(days: Sequence[DriftDay]) -> dict[str, Reading]:
    """The last reading of each plant, by its code. `days` are in their order."""
    return {one.plant: Reading(one.on, one.counts) for one in days}


def trend(days: Sequence[DriftDay]) -> list[Reading]:
    """All plants together, a reading a day of a list: of a plant that had no list that day the one
    before counts. `days` are in their order."""
    standing: dict[str, DriftDay] = {}
    found: dict[date, Reading] = {}
    for one in days:
        standing[one.plant] = one
        sums = {kind: sum(each.counts.get(kind, 0) for each in standing.values()) for kind in KINDS}
        found[one.on] = Reading(one.on, sums)
    return list(found.values())


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def days_of(actor: Actor, unit: str) -> Sequence[DriftDay]:
        told = await site.asking.query(DriftDays(unit=unit), actor)
        return DriftDaysOf.model_validate(told).days

    async def told(asked: Drift, actor: Actor) -> DriftOf:
        return DriftOf.model_validate(await site.asking.query(asked, actor))

    def what(request: Request, actor: Actor) -> tuple[dict[str, str], Drift]:
        """Of the unit that is asked for, else of the uppermost within one's reach."""
        given = given_in(request)
        whose = LISTS_SOME if LISTS_SOME.includes(actor) else SEES_SOME
        return given, asked_for(Drift, {"unit": uppermost(whose.reach(actor))} | given)

    @routes.get("/drift", response_class=Response)
    @door("差异表", SEES_SOME)
    async def listed(request: Request) -> Response:
        """The lines are for officers and HR; the meter also for chair and director."""
        actor = await signed_in(site, request)
        SEES_SOME.must_include(actor)
        given, asked = what(request, actor)
        days = await days_of(actor, asked.unit)
        async with site.readers.one() as reader:
            places = await reading.places_within(SEES_SOME.reach(actor), reader)
            here = await reading.unit(asked.unit, reader)
        lists = here is not None and Drift.for_whom.includes(actor, at=here.path)
        seen = await told(asked, actor) if lists else None
        plants = latest(days)
        return page(
            request,
            "drift",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            names={place.code: place.name for place in places},
            plants=plants,
            trend=trend(days)[-SHOWN_DAYS:],
            open_now=sum(each.total for each in plants.values()),
            leaves=lists and here and LeaveDrift.for_whom.includes(actor, at=here.path),
            applies=PlacedOn.for_whom.includes(actor),
            finds_people="officer" in actor.roles(),
            **ways_on(given, seen.cursor if seen else None),
        )

    @routes.get("/drift.xlsx", response_class=Response)
    @door("差异表（Excel）", LISTS_SOME)
    async def sheet(request: Request) -> Response:
        """All lines, with the same filters."""
        actor = await signed_in(site, request)
        LISTS_SOME.must_include(actor)
        _given, asked = what(request, actor)
        found: list[DriftEntry] = []
        async for seen in pieces(lambda each: told(each, actor), asked, limit=AT_ONCE):
            found += seen.items
        return await drift_sheet(request, found)

    @routes.get("/drift/days.xlsx", response_class=Response)
    @door("差异走势表（Excel）", SEES_SOME)
    async def meter(request: Request) -> Response:
        """Each plant by itself, day by day."""
        actor = await signed_in(site, request)
        SEES_SOME.must_include(actor)
        asked = asked_for(
            DriftDays, {"unit": uppermost(SEES_SOME.reach(actor))} | given_in(request)
        )
        days = await days_of(actor, asked.unit)
        async with site.readers.one() as reader:
            names = await reading.names({one.plant for one in days}, reader)
        with speaking(language_of(request)):
            kinds = [word(desk_words.DRIFT, kind) for kind in KINDS]
            titles = [_("List of the day"), _("Plant"), _("Code"), *kinds]
            rows: list[Sequence[Value]] = [
                [
                    *(one.on, names.get(one.plant, one.plant), one.plant),
                    *(one.counts.get(kind, 0) for kind in KINDS),
                ]
                for one in days
            ]
        return await send_sheet(request, "drift-days", titles, rows)

    @routes.get("/drift/trend.svg", response_class=Response)
    @door("差异走势图", SEES_SOME)
    async def chart(request: Request) -> Response:
        actor = await signed_in(site, request)
        SEES_SOME.must_include(actor)
        asked = asked_for(
            DriftDays, {"unit": uppermost(SEES_SOME.reach(actor))} | given_in(request)
        )
        seen = trend(await days_of(actor, asked.unit))[-SHOWN_DAYS:]
        with speaking(language_of(request)):
            return charts.lines(
                [day(each.on) for each in seen],
                {
                    word(desk_words.DRIFT, kind): [each.counts[kind] for each in seen]
                    for kind in KINDS
                },
            )

    return routes


async def drift_sheet(request: Request, found: Sequence[DriftEntry]) -> Response:
    """What differs, with names as the list has them."""
    with speaking(language_of(request)):
        titles = [
            *(_("Employee number"), _("Name"), _("What differs"), _("Unit according to HR")),
            *(_("Unit according to the roll"), _("To be settled at"), _("List of the day")),
            _("Left as it is because"),
        ]
        rows: list[Sequence[Value]] = list(_rows(found))
    return await send_sheet(request, "drift", titles, rows)


def _rows(found: Sequence[DriftEntry]) -> Iterator[Sequence[Value]]:
    for one in found:
        yield [
            None if one.erased else one.employee,
            *(one.name, word(desk_words.DRIFT, one.kind), one.hr_unit, one.our_unit),
            *(one.unit, one.on, one.reason),
        ]
