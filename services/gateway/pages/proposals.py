"""`/proposals`: what was proposed, filtered and searched, page by page; and one of it whole."""

from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import malformed
from services.gateway.pages import reading
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.proposals import ProposalsAsked, proposal_page, proposals

A_PAGE = "20"


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/proposals", response_class=Response)
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
            request,
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

    @routes.get("/proposals/{id}", response_class=Response)
    async def one(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        async with site.readers.one() as reader:
            seen = await proposal_page(id_in(id, "proposal"), actor, reader)
        finds_people = actor.is_any("officer", at=seen.path)
        return page(request, "proposal", actor=actor, one=seen, finds_people=finds_people)

    return routes
