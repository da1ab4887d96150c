"""`/plants`, and `/plants/{unit}?on=DAY`: the figures of a unit and all below it."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.api.bodies import malformed
from services.gateway.doors import door
from services.gateway.pages import reading, sheets
from services.gateway.pages.layout import page
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.site import Site
from services.gateway.views.plant import PlantAsked, PlantSeen, plant_page
from shared.contracts.membership import Posts, Roll
from shared.for_whom import reaching
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

    async def seen_by(request: Request, unit: str) -> tuple[Actor, PlantSeen, Mapping[str, str]]:
        actor = await signed_in(site, request)
        given = {key: value for key, value in request.query_params.items() if value.strip()}
        try:
            asked = PlantAsked.model_validate_strings(given | {"unit": unit}, extra="forbid")
        except ValidationError as error:
            raise malformed(error) from None
        async with site.readers.snapshot() as reader:
            seen = await plant_page(asked, actor, reader)
            return actor, seen, await reading.names(seen.heads.by_unit, reader)

    @routes.get("/plants/{unit}/heads.xlsx", response_class=Response)
    @door("人数表（Excel）", PlantAsked.for_whom)
    async def sheet(request: Request, unit: str) -> Response:
        _, seen, names = await seen_by(request, unit)
        return await sheets.heads_sheet(request, names, seen.heads.by_unit)

    @routes.get("/plants/{unit}", response_class=Response)
    @door("单位页", PlantAsked.for_whom)
    async def plant(request: Request, unit: str) -> Response:
        actor, seen, names = await seen_by(request, unit)
        roles = set(actor.roles())
        return page(
            request,
            "plant",
            actor=actor,
            seen=seen,
            names=names,
            sees_members=bool(roles & set(Roll.for_whom.roles)),
            sees_posts=Posts.for_whom.includes(actor, at=seen.path),
        )

    return routes
