"""`/visits/new`: an officer enters that somebody was visited."""

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.welfare import LogVisit
from shared.for_whom import reaching
from shared.rights import Actor

ENTERS_VISITS = reaching("officer")


def numbers_in(text: str) -> list[str]:
    """Employee numbers as people write them one after the other."""
    return [number for number in re.split(r"[\s,;，、；]+", text) if number]


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def form(request: Request, actor: Actor, draft: Draft) -> Response:
        return page(request, "visit", draft.status, actor=actor, draft=draft, today=today())

    async def an_officer(request: Request) -> Actor:
        actor = await signed_in(site, request)
        ENTERS_VISITS.must_include(actor)
        return actor

    @routes.get("/visits/new", response_class=Response)
    @door("慰问登记表单", ENTERS_VISITS)
    async def visiting(request: Request) -> Response:
        actor = await an_officer(request)
        employee = request.query_params.get("employee", "")[:32]
        draft = await draft_of(site, request, actor, employee=employee, on=today().isoformat())
        return form(request, actor, draft)

    @routes.post("/visits/new", response_class=Response)
    @door("在页面上登记慰问", LogVisit.for_whom)
    @keeps(site)
    async def log(request: Request) -> Response:
        actor = await an_officer(request)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("employee", "occasion", "on", "note")}
        visitors = numbers_in(draft["visitors"])
        done = await draft.send(site, actor, LogVisit, fields | {"visitors": visitors})
        if done is None:
            return form(request, actor, draft)
        return go_on("/visits?state=made", "visited", shown=draft.shown)

    return routes
