"""Files of a proposal: seen by everyone who sees it, added and taken off by whose they are."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from services.gateway.doors import door
from services.gateway.files.kinds import MOST
from services.gateway.files.names import disposition
from services.gateway.files.reading import (
    FileKnown,
    file_known,
    files_of,
    pieces_of,
    preview_of,
)
from services.gateway.files.shelf import Part
from services.gateway.pages.attaching import FIELD, bring_files, kept_files, new_bundle
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.proposals import ProposalWhole, proposal_page
from shared.contracts.democracy import AnswerProposal
from shared.for_whom import SIGNED_IN, oneself_or_there
from shared.rights import Actor

ATTACHES = oneself_or_there("manager", "director", zh="提案所在单位", en="the proposal's unit")
"""The author under their own name while the proposal is open; who answers it, to the answer."""
SAFE_HEADERS = {
    # Should a browser take it for a page after all, nothing in it works.
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def known(request: Request, id: str) -> FileKnown:
        await signed_in(site, request)
        async with site.readers.one() as reader:
            file = await file_known(id_in(id, "file"), reader)
        if file.taken_off_on:
            raise Problem(404, "taken-off", f"this file was taken off on {file.taken_off_on}")
        return file

    @routes.get("/files/{id}", response_class=Response)
    @door("一个附件", SIGNED_IN)
    async def one(request: Request, id: str) -> Response:
        """A picture to look at; a PDF to be saved, since a browser's reader of it needs scripts."""
        file = await known(request, id)
        headers = SAFE_HEADERS | {
            "Content-Length": str(file.size),
            "Content-Disposition": disposition(file.name, inline=file.is_picture),
        }
        pieces = pieces_of(file.id, site.readers)
        return StreamingResponse(pieces, media_type=file.kind, headers=headers)

    @routes.get("/files/{id}/preview", response_class=Response)
    @door("附件预览", SIGNED_IN)
    async def preview(request: Request, id: str) -> Response:
        file = await known(request, id)
        async with site.readers.one() as reader:
            shown = await preview_of(file.id, reader)
        if shown is None:
            raise Problem(404, "unknown-file", "there is no preview of this file")
        headers = SAFE_HEADERS | {"Content-Disposition": "inline"}
        return Response(shown, media_type="image/jpeg", headers=headers)

    async def attached_here(actor: Actor, proposal: UUID) -> tuple[ProposalWhole, Part]:
        """To which part the actor may add. Raises `RuleBroken` (403), `Problem` (404, 409)."""
        async with site.readers.one() as reader:
            one = await proposal_page(proposal, actor, reader)
        ATTACHES.must_include(actor, at=one.path, whose=actor.person if one.mine else None)
        answers = AnswerProposal.for_whom.includes(actor, at=one.path)
        if one.mine and one.state == "open":
            return one, "matter"
        if answers and one.state != "open":
            return one, "answer"
        if one.mine:
            raise Problem(409, "already-answered", "this proposal has been answered already")
        raise Problem(409, "not-answered", "files of an answer are added once it was given")

    async def form(
        request: Request, actor: Actor, draft: Draft, one: ProposalWhole, part: Part
    ) -> Response:
        kept = await kept_files(site, actor, draft)
        async with site.readers.one() as reader:
            brought = await files_of(one.id, reader)
        return page(
            request,
            "files",
            draft.status,
            actor=actor,
            draft=draft,
            one=one,
            part=part,
            kept=kept,
            brought=[file for file in brought if file.part == part and not file.taken_off_on],
        )

    @routes.get("/proposals/{id}/files", response_class=Response)
    @door("附件表单", ATTACHES)
    async def attaching(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one, part = await attached_here(actor, id_in(id, "proposal"))
        draft = await draft_of(site, request, actor, bundle=new_bundle())
        return await form(request, actor, draft, one, part)

    @routes.post("/proposals/{id}/files", response_class=Response)
    @door("在页面上添加附件", ATTACHES)
    @keeps(site)
    async def attach(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one, part = await attached_here(actor, id_in(id, "proposal"))
        draft = await draft_of(site, request, actor)
        bundle = await bring_files(site, request, actor, draft)
        if not draft.looked_at and not draft.wrongs:
            draft.wrongs = await whether_they_fit(bundle, one, part)
            draft.status = 422 if draft.wrongs else 200
        if draft.looked_at or draft.wrongs:
            return await form(request, actor, draft, one, part)
        await site.shelf.tie(bundle, one.id, part)
        return go_on(f"/proposals/{one.id}", "attached")

    async def whether_they_fit(bundle: bytes, one: ProposalWhole, part: Part) -> list[Wrong]:
        coming = await site.shelf.waiting(bundle)
        async with site.readers.one() as reader:
            brought = await files_of(one.id, reader)
        there = sum(file.part == part and not file.taken_off_on for file in brought)
        if not coming:
            return [Wrong(FIELD, "no-file", {}, "choose a file first")]
        return [
            Wrong(FIELD, "too-many-files", {"name": file.name}, f"{MOST} files at most")
            for file in coming[max(0, MOST - there) :]
        ]

    @routes.get("/files/{id}/take-off", response_class=Response)
    @door("回到提案", SIGNED_IN)
    async def taking_off(request: Request, id: str) -> Response:
        """The button for it is on the page of the proposal's files."""
        file = await known(request, id)
        return RedirectResponse(f"/proposals/{file.proposal}/files", 303, headers=NO_STORE)

    @routes.post("/files/{id}/take-off", response_class=Response)
    @door("撤下附件", ATTACHES)
    @keeps(site)
    async def take_off(request: Request, id: str) -> Response:
        """By its author while the proposal is open; one of the answer by who answers. That there
        was one stays to be seen."""
        actor = await signed_in(site, request)
        async with site.readers.one() as reader:
            file = await file_known(id_in(id, "file"), reader)
        one, part = await attached_here(actor, file.proposal)
        draft = await draft_of(site, request, actor)
        if draft.looked_at:
            return RedirectResponse(f"/proposals/{one.id}/files", 303, headers=NO_STORE)
        if file.part != part:
            raise Problem(409, "not-the-author", "only its author takes off a file of a proposal")
        await site.shelf.take_off(file.id)
        return go_on(f"/proposals/{one.id}", "taken-off")

    return routes
