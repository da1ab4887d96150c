"""`/visits`: whom the union owes a visit, within the reach of an officer."""

from urllib.parse import urlencode

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
from services.gateway.views.visits import VisitsAsked, visits


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/visits", response_class=Response)
    @door("慰问页", VisitsAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        # A form sends its empty fields too: they ask for nothing.
        given = {key: value for key, value in request.query_params.items() if value.strip()}
        try:
            asked = VisitsAsked.model_validate_strings(given, extra="forbid")
        except ValidationError as error:
            raise malformed(error) from None
        async with site.readers.snapshot() as reader:
            seen = await visits(asked, actor, reader)
            plants = await reading.plants(reader)
        return page(
            "visits",
            actor=actor,
            asked=asked,
            seen=seen,
            plants=plants,
            filtered=bool(given.keys() - {"cursor"}),
            older=seen.cursor and "?" + urlencode(given | {"cursor": seen.cursor}),
            newest="?" + urlencode({k: v for k, v in given.items() if k != "cursor"}),
        )

    return routes
