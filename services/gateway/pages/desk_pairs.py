"""`/desk/pairs`: numbers that may be of one person, with the reason; and saying that two who are
alike are two people. That they are one is said on `/desk/…/numbers`."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.desk_sheets import pairs_sheet
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.contracts.membership import (
    NumberCase,
    NumberCaseOf,
    NumberPair,
    NumberPairs,
    NumberPairsOf,
    RuleTwoPeople,
)
from shared.rights import Actor

AT_ONCE = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def listed(asked: NumberPairs, actor: Actor) -> NumberPairsOf:
        return NumberPairsOf.model_validate(await site.asking.query(asked, actor))

    @routes.get("/desk/pairs", response_class=Response)
    @door("疑似一人两号", NumberPairs.for_whom)
    async def pairs(request: Request) -> Response:
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(NumberPairs, given)
        seen = await listed(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(NumberPairs.for_whom.reach(actor), reader)
        ways = ways_on(given, seen.cursor)
        return page(
            request, "desk_pairs", actor=actor, asked=asked, seen=seen, places=places, **ways
        )

    @routes.get("/desk/pairs.xlsx", response_class=Response)
    @door("疑似一人两号（Excel）", NumberPairs.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(NumberPairs, given_in(request))
        found: list[NumberPair] = []
        async for seen in pieces(lambda each: listed(each, actor), asked, limit=AT_ONCE):
            found += seen.items
        return await pairs_sheet(request, found)

    async def shown(request: Request, actor: Actor, asked: NumberCase, draft: Draft) -> Response:
        case = NumberCaseOf.model_validate(await site.asking.query(asked, actor))
        codes = {stay.unit for one in case.now for stay in one.days.stays}
        async with site.readers.one() as reader:
            names = await reading.names(codes, reader)
        return page(
            request,
            "desk_two_people",
            draft.status,
            actor=actor,
            asked=asked,
            case=case,
            draft=draft,
            names=names,
        )

    @routes.get("/desk/{employee}/two-people", response_class=Response)
    @door("核定为两人的表单", RuleTwoPeople.for_whom)
    async def form(request: Request, employee: str) -> Response:
        """With the other number in its address."""
        actor = await signed_in(site, request)
        asked = asked_for(NumberCase, given_in(request) | {"employee": employee})
        if asked.other is None:
            raise Problem(422, "malformed", "say which other number", field="other")
        return await shown(request, actor, asked, await draft_of(site, request, actor))

    @routes.post("/desk/{employee}/two-people", response_class=Response)
    @door("在页面上核定为两人", RuleTwoPeople.for_whom)
    @keeps(site)
    async def rule(request: Request, employee: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        fields = {"employee": employee, "other": draft["other"], "reason": draft["reason"]}
        if await draft.send(site, actor, RuleTwoPeople, fields) is None:
            known = not any(wrong.field == "other" for wrong in draft.wrongs)
            other = {"other": draft["other"]} if known and draft["other"] else {}
            asked = asked_for(NumberCase, {"employee": employee} | other)
            return await shown(request, actor, asked, draft)
        return go_on("/desk/pairs", "numbers-apart", shown=draft.shown)

    return routes
