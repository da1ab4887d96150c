"""`/desk/units/…`: what HR said of one unit, and what could be decided about it."""

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.desk import chosen_in, value_of
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.contracts.membership import SettleUnit, UnitCase, UnitCaseOf
from shared.rights import Actor

TRIED = ("event", "on", "other")


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def shown(request: Request, actor: Actor, asked: UnitCase, draft: Draft) -> Response:
        case = UnitCaseOf.model_validate(await site.asking.query(asked, actor))
        async with site.readers.one() as reader:
            names = await reading.names(set(codes_in(case)), reader)
        return page(
            request,
            "desk_unit",
            draft.status,
            actor=actor,
            asked=asked,
            case=case,
            draft=draft,
            names=names,
            said={one.event: one for one in case.said},
            value_of=value_of,
        )

    @routes.get("/desk/units/{unit}", response_class=Response)
    @door("单位的待核情况页", UnitCase.for_whom)
    async def case(request: Request, unit: str) -> Response:
        """With what is asked to be tried in its address."""
        actor = await signed_in(site, request)
        asked = asked_for(UnitCase, given_in(request) | {"unit": unit})
        return await shown(request, actor, asked, await draft_of(site, request, actor))

    @routes.post("/desk/units/{unit}", response_class=Response)
    @door("在页面上核定单位的事件", SettleUnit.for_whom)
    @keeps(site)
    async def settle(request: Request, unit: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        chosen = chosen_in(draft["choice"])
        if not chosen:
            draft.wrongs, draft.status = [Wrong("choice", "missing", {}, "choose one")], 422
        fields = chosen | {"unit": unit, "reason": draft["reason"]}
        if await draft.send(site, actor, SettleUnit, fields) is None:
            tried = {name: chosen[name] for name in TRIED if name in chosen}
            asked = asked_for(UnitCase, tried | {"unit": unit})
            return await shown(request, actor, asked, draft)
        return go_on(f"/desk/units/{quote(unit, safe='')}", "settled", shown=draft.shown)

    return routes


def codes_in(case: UnitCaseOf) -> Iterator[str]:
    """The units that the page names."""
    for said in case.said:
        yield from filter(None, (said.unit, said.other, said.corrected_other))
    for choice in case.choices:
        yield from filter(None, (choice.other, choice.then.merged_into))
        yield from filter(None, (stands.parent for stands in choice.then.stands))
    yield from filter(None, (stands.parent for stands in case.now.stands))
    yield from filter(None, (case.now.merged_into, *(made.unit for made in case.rulings)))
