"""`/corrections`: what people ask to be corrected: asked by themselves, listed and answered by who
looks after them."""

from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.correction_sheets import corrections_sheet
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.contracts.membership import (
    AnswerCorrection,
    AskCorrection,
    Correction,
    CorrectionListed,
    CorrectionOf,
    Corrections,
    CorrectionsOf,
    Erasures,
    TakeCorrectionToHr,
    WithdrawCorrection,
)
from shared.messages import Command
from shared.rights import Actor

AT_ONCE = 200


class Deed(NamedTuple):
    """What is done with a request on one form: its path below the request's, the command with the
    fields beside the id, and what is said when it was done."""

    path: str
    command: type[Command]
    fields: tuple[str, ...]
    done: str
    zh: str


DEEDS = (
    Deed("answer", AnswerCorrection, ("outcome", "reason"), "correction-answered", "答复更正要求"),
    Deed("to-hr", TakeCorrectionToHr, ("note",), "correction-with-hr", "将更正要求转人事"),
    Deed("withdraw", WithdrawCorrection, (), "correction-withdrawn", "撤回更正要求"),
)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def listed(asked: Corrections, actor: Actor) -> CorrectionsOf:
        return CorrectionsOf.model_validate(await site.asking.query(asked, actor))

    async def one(id: str, actor: Actor) -> CorrectionOf:
        asked = Correction(correction=id_in(id, "correction"))
        return CorrectionOf.model_validate(await site.asking.query(asked, actor))

    # -------------------------------------------------------------------------------- asking

    async def asking(request: Request, actor: Actor, draft: Draft) -> Response:
        return page(request, "ask_correction", draft.status, actor=actor, draft=draft)

    @routes.get("/me/corrections/new", response_class=Response)
    @door("更正要求表单", AskCorrection.for_whom)
    async def ask_form(request: Request) -> Response:
        actor = await signed_in(site, request)
        AskCorrection.for_whom.must_include(actor)
        about = request.query_params.get("about", "")[:32]
        return await asking(request, actor, await draft_of(site, request, actor, about=about))

    @routes.post("/me/corrections/new", response_class=Response)
    @door("在页面上要求更正", AskCorrection.for_whom)
    @keeps(site)
    async def ask(request: Request) -> Response:
        actor = await signed_in(site, request)
        AskCorrection.for_whom.must_include(actor)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("about", "which", "wrong", "should_be")}
        done = await draft.send(site, actor, AskCorrection, fields)
        if done is None:
            return await asking(request, actor, draft)
        return go_on(f"/corrections/{done.id}", "correction-asked")

    # ---------------------------------------------------------------------------- looking after

    @routes.get("/corrections", response_class=Response)
    @door("更正要求列表", Corrections.for_whom)
    async def waiting(request: Request) -> Response:
        """From membership itself; while it is away there is no list, and the page says so."""
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(Corrections, given)
        seen = await listed(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(Corrections.for_whom.reach(actor), reader)
        return page(
            request,
            "corrections",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            erases=Erasures.for_whom.includes(actor),
            **ways_on(given, seen.cursor),
        )

    @routes.get("/corrections.xlsx", response_class=Response)
    @door("更正要求列表（Excel）", Corrections.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(Corrections, given_in(request))
        found: list[CorrectionListed] = []
        async for seen in pieces(lambda each: listed(each, actor), asked, limit=AT_ONCE):
            found += seen.items
        return await corrections_sheet(request, found)

    @routes.get("/corrections/{id}", response_class=Response)
    @door("更正要求", Correction.for_whom)
    async def whole(request: Request, id: str) -> Response:
        """With its trail. That it was read is on record, and shown to whose it is."""
        actor = await signed_in(site, request)
        seen = await one(id, actor)
        own = not Corrections.for_whom.includes(actor) or not seen.answers
        return page(request, "correction", actor=actor, seen=seen, own=own)

    async def form(request: Request, actor: Actor, deed: Deed, id: str, draft: Draft) -> Response:
        seen = await one(id, actor)
        return page(
            request,
            "correction_deed",
            draft.status,
            actor=actor,
            deed=deed.path,
            draft=draft,
            seen=seen,
        )

    def add(deed: Deed) -> None:
        path = f"/corrections/{{id}}/{deed.path}"

        @routes.get(path, response_class=Response, name=f"correction {deed.path} form")
        @door(f"{deed.zh}表单", Correction.for_whom)
        async def asked(request: Request, id: str) -> Response:
            actor = await signed_in(site, request)
            return await form(request, actor, deed, id, await draft_of(site, request, actor))

        @routes.post(path, response_class=Response, name=f"correction {deed.path}")
        @door(f"在页面上{deed.zh}", deed.command.for_whom)
        @keeps(site)
        async def done(request: Request, id: str) -> Response:
            actor = await signed_in(site, request)
            draft = await draft_of(site, request, actor)
            fields = {name: draft[name] for name in deed.fields}
            fields["correction"] = str(id_in(id, "correction"))
            if await draft.send(site, actor, deed.command, fields) is None:
                return await form(request, actor, deed, id, draft)
            return go_on(f"/corrections/{id}", deed.done)

    for each in DEEDS:
        add(each)
    return routes
