"""`/`: the sign-in form, or the ways onward."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages import reading
from services.gateway.pages.layout import page
from services.gateway.pages.signing import sign_in_form, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.rights import Role

SEES_PLANTS: tuple[Role, ...] = ("director", "manager", "officer", "chair")


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/", response_class=Response)
    async def home(request: Request) -> Response:
        try:
            actor = await signed_in(site, request)
        except Problem as problem:
            if problem.status != 401:
                raise
            return sign_in_form(site, request, request.query_params.get("next", "/"))
        async with site.readers.snapshot() as reader:
            employee = await reading.employee_of(actor.person, reader)
            plants = await reading.plants(reader)
        return page(
            "home",
            actor=actor,
            employee=employee,
            plants=[each for each in plants if actor.is_any(*SEES_PLANTS, at=each.path)],
            finds_people="officer" in actor.roles(),
        )

    return routes
