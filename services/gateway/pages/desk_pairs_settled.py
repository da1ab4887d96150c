"""`/desk/pairs/settled`: of whom it was ruled that they are two people; from there it is taken
back."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.desk_sheets import two_people_sheet
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.contracts.membership import (
    TakeBackTwoPeople,
    TwoPeople,
    TwoPeopleRulings,
    TwoPeopleRulingsOf,
)
from shared.rights import Actor

AT_ONCE = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def listed(asked: TwoPeopleRulings, actor: Actor) -> TwoPeopleRulingsOf:
        return TwoPeopleRulingsOf.model_validate(await site.asking.query(asked, actor))

    @routes.get("/desk/pairs/settled", response_class=Response)
    @door("已核定为两人的工号", TwoPeopleRulings.for_whom)
    async def settled(request: Request) -> Response:
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(TwoPeopleRulings, given)
        seen = await listed(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(TwoPeopleRulings.for_whom.reach(actor), reader)
        ways = ways_on(given, seen.cursor)
        return page(
            request,
            "desk_pairs_settled",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            **ways,
        )

    @routes.get("/desk/pairs/settled.xlsx", response_class=Response)
    @door("已核定为两人的工号（Excel）", TwoPeopleRulings.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(TwoPeopleRulings, given_in(request))
        made: list[TwoPeople] = []
        async for seen in pieces(lambda each: listed(each, actor), asked, limit=AT_ONCE):
            made += seen.items
        return await two_people_sheet(request, made)

    async def one_of(id: str, actor: Actor) -> TwoPeople:
        """Raises `Problem` (404), or `RuleBroken` (403) for what is out of reach."""
        try:
            asked = TwoPeopleRulings(ruling=UUID(id))
        except ValueError:
            asked = None
        seen = (await listed(asked, actor)).items if asked else []
        if not seen:
            # Whether it is there is told to those alone who reach the whole company.
            TakeBackTwoPeople.for_whom.must_include(actor)
            raise Problem(404, "unknown-ruling", f"there is no ruling {id}")
        return seen[0]

    async def taking_back(request: Request, actor: Actor, one: TwoPeople, draft: Draft) -> Response:
        return page(
            request, "desk_pairs_take_back", draft.status, actor=actor, one=one, draft=draft
        )

    @routes.get("/desk/pairs/settled/{id}/take-back", response_class=Response)
    @door("撤销两人核定表单", TakeBackTwoPeople.for_whom)
    async def form(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one = await one_of(id, actor)
        return await taking_back(request, actor, one, await draft_of(site, request, actor))

    @routes.post("/desk/pairs/settled/{id}/take-back", response_class=Response)
    @door("在页面上撤销两人核定", TakeBackTwoPeople.for_whom)
    @keeps(site)
    async def take_back(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one = await one_of(id, actor)
        draft = await draft_of(site, request, actor)
        fields = {"ruling": one.ruling, "reason": draft["reason"]}
        if await draft.send(site, actor, TakeBackTwoPeople, fields) is None:
            return await taking_back(request, actor, one, draft)
        return go_on("/desk/pairs", "ruling-back", shown=draft.shown)

    return routes
