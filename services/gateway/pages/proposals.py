"""`/proposals`: what was proposed, filtered and searched, page by page."""

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
from services.gateway.views.proposals import ProposalsAsked, proposals

A_PAGE = "20"


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/proposals", response_class=Response)
    @door("提案页", ProposalsAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        # A form sends its empty fields too: they ask for nothing.
        given = {key: value for key, value in request.query_params.items() if value.strip()}
        try:
            asked = ProposalsAsked.model_validate_strings({"limit": A_PAGE} | given, extra="forbid")
        except ValidationError as error:
            raise malformed(error) from None
        async with site.readers.snapshot() as reader:
            seen = await proposals(asked, reader)
            plants = await reading.plants(reader)
        return page(
            "proposals",
            actor=actor,
            asked=asked,
            seen=seen,
            plants=plants,
            filtered=bool(given.keys() - {"limit", "cursor"}),
            older=seen.cursor and "?" + urlencode(given | {"cursor": seen.cursor}),
            newest="?" + urlencode({k: v for k, v in given.items() if k != "cursor"}),
            finds_people="officer" in actor.roles(),
        )

    return routes
