"""`/`: the sign-in form, or the ways onward."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.layout import page
from services.gateway.pages.signing import sign_in_form, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.plant import PlantAsked
from shared.for_whom import SIGNED_IN


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/", response_class=Response)
    @door("首页（未登录时是登录表单）", SIGNED_IN)
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
            plants=[each for each in plants if PlantAsked.for_whom.includes(actor, at=each.path)],
            finds_people="officer" in actor.roles(),
        )

    return routes
