"""`/people/{employee}`: one person's page, for the person and for officers of the place."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.api.bodies import malformed
from services.gateway.api.queries import whole_person
from services.gateway.doors import door
from services.gateway.pages.layout import page
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.person import PersonAsked
from shared.for_whom import SIGNED_IN


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/people", response_class=Response)
    @door("按工号找人", SIGNED_IN)
    async def find(request: Request) -> Response:
        """The search field of the home page."""
        await signed_in(site, request)
        employee = request.query_params.get("employee", "").strip()
        where = f"/people/{quote(employee, safe='')}" if employee else "/"
        return RedirectResponse(where, 303, headers={"Cache-Control": "no-store"})

    @routes.get("/people/{employee}", response_class=Response)
    @door("个人页", PersonAsked.for_whom)
    async def person(request: Request, employee: str) -> Response:
        actor = await signed_in(site, request)
        try:
            asked = PersonAsked.model_validate_strings(
                {**request.query_params, "employee": employee}, extra="forbid"
            )
        except ValidationError as error:
            raise malformed(error) from None
        seen = await whole_person(site, asked, actor)
        return page(
            request,
            "person",
            actor=actor,
            seen=seen,
            older=seen.cursor and "?" + urlencode({"cursor": seen.cursor}),
            finds_people=False,
            may_visit="officer" in actor.roles() and seen.person != actor.person,
        )

    return routes
