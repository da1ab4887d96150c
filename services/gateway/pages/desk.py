"""`/desk`: what of HR's events does not fit, and one person's case with what could be decided."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.desk_sheets import desk_sheet
from services.gateway.pages.done import COOKIE, go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.contracts.membership import (
    Choice,
    Days,
    HrSaid,
    RulingMade,
    SettleUnfit,
    SettleUnit,
    TakeBackRuling,
    Unfit,
    UnfitCase,
    UnfitCaseOf,
    UnfitEvent,
    UnfitEvents,
    UnitChoice,
)
from shared.for_whom import reaching
from shared.rights import Actor

CHOSEN = ("ruling", "event", "over", "on", "unit", "from_unit", "other")
SETTLES_SOME = reaching(*SettleUnfit.for_whom.roles)
TRIED = ("event", "on", "unit", "from_unit")
AT_ONCE = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def listed(asked: Unfit, actor: Actor) -> UnfitEvents:
        return UnfitEvents.model_validate(await site.asking.query(asked, actor))

    @routes.get("/desk", response_class=Response)
    @door("核对台", Unfit.for_whom)
    async def desk(request: Request) -> Response:
        """From membership itself; while it is away there is no list, and the page says so."""
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(Unfit, given)
        seen = await listed(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(Unfit.for_whom.reach(actor), reader)
        return page(
            request,
            "desk",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            settles=SETTLES_SOME.includes(actor),
            settles_units=SettleUnit.for_whom.includes(actor),
            **ways_on(given, seen.cursor),
        )

    @routes.get("/desk.xlsx", response_class=Response)
    @door("核对台（Excel）", Unfit.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(Unfit, given_in(request))
        events: list[UnfitEvent] = []
        async for seen in pieces(lambda each: listed(each, actor), asked, limit=AT_ONCE):
            events += seen.events
        return await desk_sheet(request, events)

    async def case_of(asked: UnfitCase, actor: Actor) -> UnfitCaseOf:
        return UnfitCaseOf.model_validate(await site.asking.query(asked, actor))

    async def shown(
        request: Request, actor: Actor, asked: UnfitCase, *, draft: Draft, undo: Draft
    ) -> Response:
        case = await case_of(asked, actor)
        async with site.readers.one() as reader:
            names = await reading.names(set(codes_in(case)), reader)
        return page(
            request,
            "desk_case",
            max(draft.status, undo.status),
            actor=actor,
            asked=asked,
            case=case,
            draft=draft,
            undo=undo,
            names=names,
            said={one.event: one for one in case.said},
            value_of=value_of,
            standing=[one for one in case.rulings if one.taken_back_at is None],
        )

    @routes.get("/desk/{employee}", response_class=Response)
    @door("待核情况页", UnfitCase.for_whom)
    async def case(request: Request, employee: str) -> Response:
        """With what is asked to be tried in its address."""
        actor = await signed_in(site, request)
        asked = asked_for(UnfitCase, given_in(request) | {"employee": employee})
        fresh = await draft_of(site, request, actor), await draft_of(site, request, actor)
        try:
            return await shown(request, actor, asked, draft=fresh[0], undo=fresh[1])
        except Problem as problem:
            # What was just decided may have moved the person out of one's reach.
            if problem.status == 403 and request.cookies.get(COOKIE) == "settled":
                return go_on("/desk", "settled")
            raise

    @routes.post("/desk/{employee}", response_class=Response)
    @door("在页面上核定", SettleUnfit.for_whom)
    @keeps(site)
    async def settle(request: Request, employee: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        chosen = chosen_in(draft["choice"])
        if not chosen:
            draft.wrongs, draft.status = [Wrong("choice", "missing", {}, "choose one")], 422
        fields = chosen | {"employee": employee, "reason": draft["reason"]}
        if await draft.send(site, actor, SettleUnfit, fields) is None:
            tried = {name: chosen[name] for name in TRIED if name in chosen}
            asked = asked_for(UnfitCase, tried | {"employee": employee})
            undo = Draft(request.scope, {}, draft.key, draft.writer)
            return await shown(request, actor, asked, draft=draft, undo=undo)
        return go_on(where(employee), "settled", shown=draft.shown)

    @routes.post("/desk/{employee}/take-back", response_class=Response)
    @door("在页面上撤销核定", TakeBackRuling.for_whom)
    @keeps(site)
    async def take_back(request: Request, employee: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        asked = asked_for(UnfitCase, {"employee": employee})
        case = await case_of(asked, actor)
        if not draft["taken"]:
            draft.wrongs, draft.status = [Wrong("taken", "missing", {}, "choose one")], 422
        elif draft["taken"] not in {str(one.ruling) for one in case.rulings}:
            draft.wrongs, draft.status = [Wrong("taken", "unknown-ruling", {}, "no such")], 409
        fields = {"ruling": draft["taken"], "reason": draft["why"]}
        if await draft.send(site, actor, TakeBackRuling, fields) is None:
            renamed = {"reason": "why", "ruling": "taken"}
            draft.wrongs = [
                wrong._replace(field=renamed.get(wrong.field or "", wrong.field))
                for wrong in draft.wrongs
            ]
            fresh = Draft(request.scope, {}, draft.key, draft.writer)
            return await shown(request, actor, asked, draft=fresh, undo=draft)
        return go_on(where(employee), "ruling-back", shown=draft.shown)

    @routes.get("/desk/{employee}/take-back", response_class=Response)
    @door("回到待核情况页", SETTLES_SOME)
    async def back(request: Request, employee: str) -> Response:
        """The form for it is on the case's page."""
        SETTLES_SOME.must_include(await signed_in(site, request))
        return RedirectResponse(where(employee), 303, headers=NO_STORE)

    return routes


def where(employee: str) -> str:
    """The address of a person's case."""
    return f"/desk/{quote(employee, safe='')}"


def value_of(choice: Choice | UnitChoice) -> str:
    """A choice as the value of a field."""
    told = choice.model_dump(mode="json", include=set(CHOSEN), exclude_none=True)
    return urlencode(told)


def chosen_in(value: str) -> dict[str, str]:
    """The same, read again; nothing when no such choice was ever offered."""
    return {name: said for name, said in parse_qsl(value) if name in CHOSEN}


def codes_in(case: UnfitCaseOf) -> Iterator[str]:
    """The units that the page names."""
    several: list[HrSaid | Choice | RulingMade] = [*case.said, *case.choices, *case.rulings]
    for one in several:
        yield from filter(None, (one.unit, one.from_unit))
    for line in case.said:
        yield from filter(None, (line.corrected_unit, line.corrected_from_unit))
    days: list[Days] = [case.now, *(choice.then for choice in case.choices)]
    for told in days:
        yield from (stay.unit for stay in told.stays)
