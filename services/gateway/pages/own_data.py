"""`/me/data`: what is held of oneself, why, who has read it, and what one can ask for."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading, sheets
from services.gateway.pages.erasures import erasure_of
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.reading_sheets import readings_sheet
from services.gateway.pages.signing import signed_in
from services.gateway.readings import ReadingsAsked, ReadingSeen, readings
from services.gateway.site import Site
from shared.contracts.membership import OwnCorrections, OwnCorrectionsOf
from shared.for_whom import A_PERSON

FEW = 5
AT_ONCE = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def names_of(items: Sequence[ReadingSeen]) -> Mapping[str, str]:
        """Of the units of which lists were read."""
        units = {one.unit for one in items if one.unit}
        if not units:
            return {}
        async with site.readers.one() as reader:
            return await reading.names(units, reader)

    @routes.get("/me/data", response_class=Response)
    @door("本人信息页", A_PERSON)
    async def data(request: Request) -> Response:
        """Kind by kind, with the newest readings, all that one asked to be corrected, and how it
        stands with an erasure."""
        actor = await signed_in(site, request)
        A_PERSON.must_include(actor)
        given = given_in(request)
        asked = asked_for(OwnCorrections, given)
        told = OwnCorrectionsOf.model_validate(await site.asking.query(asked, actor))
        read = await readings(ReadingsAsked(limit=FEW), actor, site)
        async with site.readers.one() as reader:
            employee = await reading.employee_of(actor.person, reader)
        erasure = employee and await erasure_of(site, employee, actor)
        return page(
            request,
            "own_data",
            actor=actor,
            told_of=told,
            read=read,
            erasure=erasure,
            **ways_on(given, told.cursor),
        )

    @routes.get("/me/readings", response_class=Response)
    @door("谁读过本人的信息", ReadingsAsked.for_whom)
    async def who_read(request: Request) -> Response:
        """Piece by piece, newest first."""
        actor = await signed_in(site, request)
        ReadingsAsked.for_whom.must_include(actor)
        given = given_in(request)
        asked = asked_for(ReadingsAsked, given)
        seen = await readings(asked, actor, site)
        names = await names_of(seen.items)
        return page(
            request,
            "readings",
            actor=actor,
            asked=asked,
            seen=seen,
            names=names,
            **ways_on(given, seen.cursor),
        )

    @routes.get("/me/readings.xlsx", response_class=Response)
    @door("谁读过本人的信息（Excel）", ReadingsAsked.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        ReadingsAsked.for_whom.must_include(actor)
        asked = asked_for(ReadingsAsked, given_in(request))
        found: list[ReadingSeen] = []
        async for seen in pieces(lambda piece: readings(piece, actor, site), asked, limit=AT_ONCE):
            found += seen.items
            if len(found) > sheets.MOST_ROWS:
                break
        return await readings_sheet(request, found, await names_of(found))

    return routes
