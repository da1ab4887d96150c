"""`/proposals`: what was proposed, filtered and searched, page by page; and one of it whole."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.files.reading import files_of
from services.gateway.pages import reading, sheets
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.telling.following import followers_of, follows
from services.gateway.views.proposals import ProposalsAsked, proposal_page, proposals
from shared.contracts.democracy import AnswerProposal
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

A_PAGE = "20"


async def whole(
    site: Site, request: Request, actor: Actor, proposal: UUID, draft: Draft
) -> Response:
    """One proposal with its timeline, and the forms to stand behind it and to follow it."""
    async with site.readers.snapshot() as reader:
        one = await proposal_page(proposal, actor, reader)
        brought = await files_of(proposal, reader)
        followed = await follows(followers_of(site.key_for("following"), actor), proposal, reader)
    answers = AnswerProposal.for_whom.includes(actor, at=one.path)
    return page(
        request,
        "proposal",
        draft.status,
        actor=actor,
        draft=draft,
        one=one,
        followed=followed,
        finds_people=actor.is_any("officer", at=one.path),
        may_support=one.state == "open" and actor.person is not None and not one.mine,
        may_answer=one.state == "open" and answers,
        brought=brought,
        may_attach=one.mine if one.state == "open" else answers,
    )


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def asked_in(request: Request) -> ProposalsAsked:
        return asked_for(ProposalsAsked, {"limit": A_PAGE} | given_in(request))

    @routes.get("/proposals", response_class=Response)
    @door("提案页", ProposalsAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_in(request)
        async with site.readers.snapshot() as reader:
            seen = await proposals(asked, reader)
            plants = await reading.plants(reader)
        return page(
            request,
            "proposals",
            actor=actor,
            asked=asked,
            seen=seen,
            plants=plants,
            **ways_on(given_in(request), seen.cursor),
            finds_people="officer" in actor.roles(),
        )

    @routes.get("/proposals.xlsx", response_class=Response)
    @door("提案表（Excel）", ProposalsAsked.for_whom)
    async def sheet(request: Request) -> Response:
        await signed_in(site, request)
        asked = asked_in(request)
        async with site.readers.one() as reader:
            seen = await proposals(sheets.whole(asked), reader)
        return await sheets.proposals_sheet(request, seen.items)

    @routes.get("/proposals/{id}", response_class=Response)
    @door("一件提案", SIGNED_IN)
    async def one(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        return await whole(site, request, actor, id_in(id, "proposal"), draft)

    return routes
