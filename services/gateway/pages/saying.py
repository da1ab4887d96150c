"""Say something, stand behind it, answer it: the forms of proposals."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages.attaching import bring_files, kept_files, new_bundle
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.proposals import whole
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.site import Site
from services.gateway.views.proposals import ProposalWhole, proposal_page
from shared.contracts.democracy import AnswerProposal, SubmitProposal, SupportProposal
from shared.for_whom import SIGNED_IN
from shared.rights import Actor


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def say(request: Request, actor: Actor, draft: Draft) -> Response:
        kept = await kept_files(site, actor, draft)
        return page(request, "say", draft.status, actor=actor, draft=draft, kept=kept)

    @routes.get("/proposals/new", response_class=Response)
    @door("提议表单", SIGNED_IN)
    async def saying(request: Request) -> Response:
        actor = await signed_in(site, request)
        return await say(request, actor, await draft_of(site, request, actor, bundle=new_bundle()))

    @routes.post("/proposals/new", response_class=Response)
    @door("在页面上提议", SubmitProposal.for_whom)
    @keeps(site)
    async def submit(request: Request) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        bundle = await bring_files(site, request, actor, draft)
        fields = {name: draft[name] for name in ("title", "body", "category", "hidden")}
        done = await draft.send(site, actor, SubmitProposal, fields)
        if done is None:
            return await say(request, actor, draft)
        # Should this fail, the same form sent again gets the same answer and comes by here anew.
        await site.shelf.tie(bundle, done.id, hidden=draft["hidden"] == "true")
        where = f"/proposals/{done.id}" if draft.shown else "/proposals"
        return go_on(where, "submitted", shown=draft.shown)

    @routes.get("/proposals/{id}/support", response_class=Response)
    @door("回到提案", SIGNED_IN)
    async def supporting(request: Request, id: str) -> Response:
        """The button for it is on the page of the proposal."""
        await signed_in(site, request)
        where = f"/proposals/{id_in(id, 'proposal')}"
        return RedirectResponse(where, 303, headers=NO_STORE)

    @routes.post("/proposals/{id}/support", response_class=Response)
    @door("在页面上附议", SupportProposal.for_whom)
    @keeps(site)
    async def support(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        draft, proposal = await draft_of(site, request, actor), id_in(id, "proposal")
        if await draft.send(site, actor, SupportProposal, {"proposal": proposal}) is None:
            return await whole(site, request, actor, proposal, draft)
        return go_on(f"/proposals/{proposal}", "supported", shown=draft.shown)

    async def answered_here(actor: Actor, id: str) -> ProposalWhole:
        """Only those who may answer come to the form."""
        async with site.readers.one() as reader:
            one = await proposal_page(id_in(id, "proposal"), actor, reader)
        AnswerProposal.for_whom.must_include(actor, at=one.path)
        return one

    def answer_form(request: Request, actor: Actor, draft: Draft, one: ProposalWhole) -> Response:
        return page(request, "answer", draft.status, actor=actor, draft=draft, one=one)

    @routes.get("/proposals/{id}/answer", response_class=Response)
    @door("答复表单", AnswerProposal.for_whom)
    async def answering(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one = await answered_here(actor, id)
        return answer_form(request, actor, await draft_of(site, request, actor), one)

    @routes.post("/proposals/{id}/answer", response_class=Response)
    @door("在页面上答复", AnswerProposal.for_whom)
    @keeps(site)
    async def answer(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one = await answered_here(actor, id)
        draft = await draft_of(site, request, actor)
        fields = {"decision": draft["decision"], "reasons": draft["reasons"]}
        if await draft.send(site, actor, AnswerProposal, fields | {"proposal": one.id}) is None:
            return answer_form(request, actor, draft, one)
        return go_on(f"/proposals/{one.id}", "answered", shown=draft.shown)

    return routes
