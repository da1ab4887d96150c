"""`/plants/{unit}?on=DAY`: heads and proposals of a unit and all below it."""

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import malformed
from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.layout import page
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.plant import PlantAsked, plant_page


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/plants/{unit}", response_class=Response)
    @door("单位页", PlantAsked.for_whom)
    async def plant(request: Request, unit: str) -> Response:
        actor = await signed_in(site, request)
        given = {key: value for key, value in request.query_params.items() if value.strip()}
        try:
            asked = PlantAsked.model_validate_strings(given | {"unit": unit}, extra="forbid")
        except ValidationError as error:
            raise malformed(error) from None
        async with site.readers.snapshot() as reader:
            seen = await plant_page(asked, actor, reader)
            names = await reading.names(seen.heads.by_unit, reader)
        return page("plant", actor=actor, seen=seen, names=names)

    return routes
