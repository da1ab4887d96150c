"""`/account/pin`: the PIN with which one signs in at a kiosk, set with the password."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway import audit
from services.gateway.doors import door
from services.gateway.pages.done import go_on
from services.gateway.pages.forgery import form_of
from services.gateway.pages.layout import page
from services.gateway.pages.signing import known_by_cookie, signed_in
from services.gateway.passwords import LONGEST
from services.gateway.pins import (
    PinOf,
    end_at_kiosks,
    must_be_a_pin,
    pin_of,
    plain,
    set_pin,
    take_pin,
)
from services.gateway.problems import Problem
from services.gateway.sessions import prove_again
from services.gateway.site import Site
from services.gateway.tokens import Known
from shared.for_whom import A_PERSON, OWN_ACCOUNT
from shared.rights import Actor, RuleBroken


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def kept_of(actor: Actor) -> PinOf:
        """Whoever has no badge has nothing to sign in with at a kiosk."""
        actor.must_be_someone()
        async with site.sessions() as session:
            kept = await pin_of(session, actor.account)
        if kept is None:
            raise Problem(401, "no-session", "sign in first")
        return kept

    def form(
        request: Request, actor: Actor, kept: PinOf, status: int = 200, wrong: str = ""
    ) -> Response:
        return page(request, "pin", status, actor=actor, kept=kept, wrong=wrong, longest=LONGEST)

    async def wrong_in(known: Known, kept: PinOf, typed: dict[str, str], pin: str) -> str:
        """Nothing when all is well. The password is looked at last: a try at it is counted."""
        if typed.get("deed") != "take":
            if pin != plain(typed.get("again", "")):
                return "again"
            try:
                must_be_a_pin(pin, kept.badge or "")
            except RuleBroken as broken:
                return broken.answer.code
        try:
            await prove_again(site, known, typed.get("password", ""))
        except Problem as problem:
            if problem.status != 401:
                raise
            return "password"
        return ""

    @routes.get("/account/pin", response_class=Response)
    @door("数字密码表单", A_PERSON)
    async def choosing(request: Request) -> Response:
        actor = await signed_in(site, request)
        return form(request, actor, await kept_of(actor))

    @routes.post("/account/pin", response_class=Response)
    @door("设数字密码", OWN_ACCOUNT)
    async def choose(request: Request) -> Response:
        """Or have none any more. What the PIN before it has opened ends."""
        actor = await signed_in(site, request)
        known, kept = await known_by_cookie(site, request), await kept_of(actor)
        typed = await form_of(request)
        pin, takes = plain(typed.get("pin", "")), typed.get("deed") == "take"
        if wrong := await wrong_in(known, kept, typed, pin):
            return form(request, actor, kept, 422, wrong)
        hashed = "" if takes else await site.pin_key.hashed(pin)
        async with site.sessions() as session:
            if takes:
                await take_pin(session, actor.account)
            else:
                await set_pin(session, actor.account, hashed, given=False)
                await end_at_kiosks(session, actor.account)
            await audit.add(session, audit.Entry.by(actor, "PIN changed", "account"))
            await session.commit()
        return go_on("/account/pin", "pin-taken" if takes else "pin-set")

    return routes
