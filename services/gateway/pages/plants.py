"""`/plants`, and `/plants/{unit}?on=DAY`: the figures of a unit and all below it."""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages import charts, reading, sheets
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.site import Site
from services.gateway.views.months import months
from services.gateway.views.plant import PlantAsked, plant_page, unknown_unit
from services.gateway.views.rows import unit_path
from shared.contracts.membership import Posts, Roll
from shared.for_whom import COMPANY, reaching
from shared.rights import Actor

SEES_SOME = reaching(*PlantAsked.for_whom.roles)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/plants", response_class=Response)
    @door("单位列表", SEES_SOME)
    async def listed(request: Request) -> Response:
        """Those that one's posts reach; the only one at once."""
        actor = await signed_in(site, request)
        SEES_SOME.must_include(actor)
        async with site.readers.one() as reader:
            places = await reading.plants(reader)
        seen = [each for each in places if PlantAsked.for_whom.includes(actor, at=each.path)]
        if len(seen) == 1:
            where = f"/plants/{quote(seen[0].code, safe='')}"
            return RedirectResponse(where, 303, headers=NO_STORE)
        return page(request, "plants", actor=actor, plants=seen)

    async def asked_by(request: Request, unit: str) -> tuple[Actor, PlantAsked]:
        actor = await signed_in(site, request)
        return actor, asked_for(PlantAsked, given_in(request) | {"unit": unit})

    @routes.get("/plants/{unit}/heads.xlsx", response_class=Response)
    @door("人数表（Excel）", PlantAsked.for_whom)
    async def sheet(request: Request, unit: str) -> Response:
        actor, asked = await asked_by(request, unit)
        async with site.readers.snapshot() as reader:
            seen = await plant_page(asked, actor, reader)
            names = await reading.names(seen.heads.by_unit, reader, on=seen.on)
        return await sheets.heads_sheet(request, names, seen.heads.by_unit)

    @routes.get("/plants/{unit}/states.svg", response_class=Response)
    @door("提案状态图", PlantAsked.for_whom)
    async def states(request: Request, unit: str) -> Response:
        actor, asked = await asked_by(request, unit)
        async with site.readers.one() as reader:
            seen = await plant_page(asked, actor, reader)
        with speaking(language_of(request)):
            return charts.states(seen.proposals)

    @routes.get("/plants/{unit}/months.svg", response_class=Response)
    @door("提案逐月图", PlantAsked.for_whom)
    async def by_month(request: Request, unit: str) -> Response:
        actor, asked = await asked_by(request, unit)
        async with site.readers.snapshot() as reader:
            path = await unit_path(asked.unit, reader)
            asked.for_whom.must_include(actor, at=path or COMPANY)
            if path is None:
                raise unknown_unit(asked.unit)
            seen = await months(path, asked.on, reader)
        with speaking(language_of(request)):
            return charts.by_month(seen)

    @routes.get("/plants/{unit}", response_class=Response)
    @door("单位页", PlantAsked.for_whom)
    async def plant(request: Request, unit: str) -> Response:
        actor, asked = await asked_by(request, unit)
        async with site.readers.snapshot() as reader:
            seen = await plant_page(asked, actor, reader)
            names = await reading.names(seen.heads.by_unit, reader, on=seen.on)
            twelve = await months(seen.path, asked.on, reader)
        roles = set(actor.roles())
        return page(
            request,
            "plant",
            actor=actor,
            seen=seen,
            names=names,
            months=twelve,
            sees_members=bool(roles & set(Roll.for_whom.roles)),
            sees_posts=Posts.for_whom.includes(actor, at=seen.path),
        )

    return routes
