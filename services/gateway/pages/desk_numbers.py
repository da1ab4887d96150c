"""`/desk/…/numbers`: whose a number is. Two may be of one person, one may be of two people."""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.contracts.membership import NumberCase, NumberCaseOf, RuleAnotherHuman, RuleSamePerson
from shared.rights import Actor


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def shown(request: Request, actor: Actor, asked: NumberCase, draft: Draft) -> Response:
        case = NumberCaseOf.model_validate(await site.asking.query(asked, actor))
        codes = {stay.unit for one in [*case.now, *case.then] for stay in one.days.stays}
        async with site.readers.one() as reader:
            names = await reading.names(codes, reader)
        return page(
            request,
            "desk_numbers",
            draft.status,
            actor=actor,
            asked=asked,
            case=case,
            draft=draft,
            names=names,
        )

    @routes.get("/desk/{employee}/numbers", response_class=Response)
    @door("工号归属页", NumberCase.for_whom)
    async def whose(request: Request, employee: str) -> Response:
        """With what is asked to be tried in its address."""
        actor = await signed_in(site, request)
        asked = asked_for(NumberCase, given_in(request) | {"employee": employee})
        return await shown(request, actor, asked, await draft_of(site, request, actor))

    @routes.post("/desk/{employee}/numbers", response_class=Response)
    @door("在页面上核定工号的归属", RuleSamePerson.for_whom)
    @keeps(site)
    async def rule(request: Request, employee: str) -> Response:
        """Of one person when another number is named; else of another human being."""
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        tried = {name: draft[name] for name in ("other", "on") if draft[name]}
        fields = tried | {"employee": employee, "reason": draft["reason"]}
        kind = RuleSamePerson if draft["other"] else RuleAnotherHuman
        if await draft.send(site, actor, kind, fields) is None:
            known = {wrong.field for wrong in draft.wrongs} & {"other", "on", "employee"}
            asked = asked_for(NumberCase, {"employee": employee} | ({} if known else tried))
            return await shown(request, actor, asked, draft)
        done = "numbers-joined" if draft["other"] else "number-given"
        return go_on(f"/desk/{quote(employee, safe='')}/numbers", done, shown=draft.shown)

    return routes
