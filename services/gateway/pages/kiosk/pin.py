"""`/kiosk/pin`: a PIN of one's own instead of the one that IT has given."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.kiosk import choose_own_pin
from services.gateway.pages.cookies import give_kiosk_session
from services.gateway.pages.done import go_on
from services.gateway.pages.forgery import form_of
from services.gateway.pages.kiosk.frame import HOME, kiosk_page, standing
from services.gateway.pages.signing import NO_STORE
from services.gateway.pins import must_be_a_pin, pin_of, plain
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.tokens import Known
from shared.for_whom import AT_KIOSK
from shared.rights import RuleBroken


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def form(request: Request, known: Known, status: int = 200, wrong: str = "") -> Response:
        return kiosk_page(request, "pin", known, status, wrong=wrong)

    @routes.get("/kiosk/pin", response_class=Response)
    @door("在自助终端改数字密码的表单", AT_KIOSK)
    async def choosing(request: Request) -> Response:
        """Only before it was done: a PIN of one's own is changed at a desk, with the password."""
        known = await standing(site, request, before_own_pin=True)
        if not known.must_change:
            return RedirectResponse(HOME, 303, headers=NO_STORE)
        return form(request, known)

    @routes.post("/kiosk/pin", response_class=Response)
    @door("在自助终端改数字密码", AT_KIOSK)
    async def choose(request: Request) -> Response:
        """The session goes on under a new token."""
        known = await standing(site, request, before_own_pin=True)
        if not known.must_change:
            return RedirectResponse(HOME, 303, headers=NO_STORE)
        typed = await form_of(request)
        pin, again = plain(typed.get("pin", "")), plain(typed.get("again", ""))
        async with site.sessions() as session:
            kept = await pin_of(session, known.actor.account)
        if kept is None or kept.stored is None or kept.badge is None:
            raise Problem(401, "no-session", "there is no PIN any more")
        try:
            must_be_a_pin(pin, kept.badge)
        except RuleBroken as broken:
            return form(request, known, 422, broken.answer.code)
        if pin != again:
            return form(request, known, 422, "again")
        if await site.pin_key.fits(kept.stored, pin):
            return form(request, known, 422, "same")
        token = await choose_own_pin(site, request, known, pin, kept.stored)
        response = go_on(HOME, "own-pin")
        give_kiosk_session(site, response, token)
        return response

    return routes
