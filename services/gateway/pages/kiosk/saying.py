"""Say something at a kiosk, and stand behind what others say."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.kiosk.door import kiosk_form
from services.gateway.pages.kiosk.frame import HOME, kiosk_page, standing
from services.gateway.pages.kiosk.matters import whole
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import NO_STORE
from services.gateway.site import Site
from services.gateway.tokens import Known
from shared.contracts.democracy import SubmitProposal, SupportProposal
from shared.for_whom import AT_KIOSK


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def say(request: Request, known: Known, draft: Draft) -> Response:
        return kiosk_page(request, "say", known, draft.status, writes=True, draft=draft)

    @routes.get("/kiosk/say", response_class=Response)
    @door("在自助终端提议的表单", AT_KIOSK)
    async def saying(request: Request) -> Response:
        known = await standing(site, request)
        return say(request, known, await draft_of(site, request, known.actor))

    @routes.post("/kiosk/say", response_class=Response)
    @door("在自助终端提议", AT_KIOSK)
    @keeps(site, kiosk_form)
    async def submit(request: Request) -> Response:
        known = await standing(site, request)
        draft = await draft_of(site, request, known.actor)
        fields = {name: draft[name] for name in ("title", "body", "category", "hidden")}
        done = await draft.send(site, known.actor, SubmitProposal, fields)
        if done is None:
            return say(request, known, draft)
        where = f"/kiosk/proposals/{done.id}" if draft.shown else HOME
        return go_on(where, "submitted", shown=draft.shown)

    @routes.get("/kiosk/proposals/{id}/support", response_class=Response)
    @door("在自助终端回到提案", AT_KIOSK)
    async def supporting(request: Request, id: str) -> Response:
        """The button for it is on the page of the proposal."""
        await standing(site, request)
        where = f"/kiosk/proposals/{id_in(id, 'proposal')}"
        return RedirectResponse(where, 303, headers=NO_STORE)

    @routes.post("/kiosk/proposals/{id}/support", response_class=Response)
    @door("在自助终端附议", AT_KIOSK)
    @keeps(site, kiosk_form)
    async def support(request: Request, id: str) -> Response:
        known = await standing(site, request)
        draft, proposal = await draft_of(site, request, known.actor), id_in(id, "proposal")
        if await draft.send(site, known.actor, SupportProposal, {"proposal": proposal}) is None:
            return await whole(site, request, known, proposal, draft)
        return go_on(f"/kiosk/proposals/{proposal}", "supported", shown=draft.shown)

    return routes
