"""`/work`: everything that waits for a person in their posts, by the day it is due."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import sheets
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.work import WorkAsked, work
from shared.contracts.membership import Unfit, UnfitEvents
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

SHOWN = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def at_desk(actor: Actor) -> int:
        """How much waits at the desk for an officer: asked of membership, for no view knows it.
        What else waits is shown without it while membership is away."""
        if "officer" not in actor.roles():
            return 0
        try:
            told = await site.asking.query(Unfit(limit=1), actor)
        except Problem as problem:
            if problem.status != 503:
                raise
            return 0
        return UnfitEvents.model_validate(told).total

    @routes.get("/work", response_class=Response)
    @door("待办页", SIGNED_IN)
    async def waiting(request: Request) -> Response:
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(WorkAsked, given)
        async with site.readers.one() as reader:
            found = await work(actor, reader, sort=asked.sort, limit=SHOWN + 1)
        return page(
            request,
            "work",
            actor=actor,
            asked=asked,
            query=sheets.query(given),
            waiting=found[:SHOWN],
            more=len(found) > SHOWN,
            at_desk=await at_desk(actor),
        )

    @routes.get("/work.xlsx", response_class=Response)
    @door("待办表（Excel）", SIGNED_IN)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(WorkAsked, given_in(request))
        async with site.readers.one() as reader:
            found = await work(actor, reader, sort=asked.sort)
        return await sheets.work_sheet(request, found)

    return routes
