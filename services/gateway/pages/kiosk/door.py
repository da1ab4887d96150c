"""`/kiosk`: in by badge and PIN, out by hand or by the clock, and more time for who is still
there."""

import re
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.accounts import end_at_kiosk
from services.gateway.doors import door
from services.gateway.kiosk import must_stand_there, sign_in_at_kiosk
from services.gateway.pages.cookies import (
    give_kiosk,
    give_kiosk_session,
    kiosk_cookie,
    new_browser,
    session_cookie,
    take_all,
)
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import WRITER, writer_of
from services.gateway.pages.errors import local_path, wants_page
from services.gateway.pages.forgery import KIOSK, form_of, form_token
from services.gateway.pages.form_token import present
from services.gateway.pages.kiosk.frame import HOME, kiosk_page, seconds_left, standing
from services.gateway.pages.layout import page
from services.gateway.pages.signing import KEPT, NO_STORE
from services.gateway.pins import DIGITS, plain
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.for_whom import ANYONE, AT_KIOSK

BADGE = re.compile(r"[^\s/\x00-\x1f]{1,32}")
ENDED = "ended"


def kiosk_form(
    site: Site,
    request: Request,
    next: str = HOME,
    status: int = 200,
    *,
    badge: str = "",
    wrong: str = "",
    kept: Mapping[str, str] | None = None,
) -> Response:
    """The form to sign in at a kiosk. `badge`: it was read, and the PIN is missing yet. `kept` is
    what was typed into another form, for as long as this page stands."""
    cookie = kiosk_cookie(site, request) or new_browser()
    present.set(form_token(site, cookie))
    response = page(
        request,
        "kiosk/sign_in",
        status,
        next=next,
        badge=badge,
        wrong=wrong,
        kept=kept or {},
        ended=ENDED in request.query_params,
        seconds=int(site.door.kiosk_idle_seconds),
    )
    give_kiosk(site, response, cookie)
    return response


def _within(next: str | None) -> str:
    """A page of the kiosk, or its first."""
    path = local_path(next)
    return path if path.startswith("/kiosk/") else HOME


async def _back_to(
    site: Site, request: Request, next: str, kept: Mapping[str, str], token: str
) -> Response:
    """To where one was going; with what one had typed, if it was oneself who had."""
    known = await site.tokens.at_kiosk(token)
    if not kept or known.must_change:
        return RedirectResponse(next, 303, headers=NO_STORE)
    if kept.get(WRITER) != writer_of(site, known.actor.account):
        return go_on(HOME, "not-yours")
    present.set(form_token(site, token))
    return kiosk_page(request, "resume", known, kept=kept, action=next)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get(KIOSK, response_class=Response)
    @door("自助终端的登录表单", ANYONE)
    async def start(request: Request) -> Response:
        """Whoever stands there already goes on."""
        must_stand_there(site, request)
        try:
            await standing(site, request, before_own_pin=True)
        except Problem as problem:
            if problem.status != 401:
                raise
            return kiosk_form(site, request)
        return RedirectResponse(HOME, 303, headers=NO_STORE)

    @routes.post(KIOSK, response_class=Response)
    @door("在自助终端登录", ANYONE)
    async def sign_in(request: Request) -> Response:
        """Nothing tells whether it was the badge or the PIN that is wrong."""
        must_stand_there(site, request)
        form = await form_of(request)
        next, badge, pin = _within(form.get("next")), form.get("badge", ""), form.get("pin", "")
        kept = {name[len(KEPT) :]: form[name] for name in form if name.startswith(KEPT)}
        badge, pin = plain(badge), plain(pin)
        known_form = BADGE.fullmatch(badge)
        if known_form and not pin:
            # A reader types the number and Enter, and an old browser sends that.
            return kiosk_form(site, request, next, badge=badge, kept=kept)
        if not re.fullmatch(f"[0-9]{{{DIGITS}}}", pin) or not known_form:
            return kiosk_form(site, request, next, 422, wrong="malformed", kept=kept)
        try:
            before = session_cookie(site, request)
            token = await sign_in_at_kiosk(site, request, badge, pin, instead_of=before)
        except Problem as problem:
            if problem.status != 401:
                raise
            return kiosk_form(site, request, next, 401, wrong="wrong", kept=kept)
        response = await _back_to(site, request, next, kept, token)
        give_kiosk_session(site, response, token)
        return response

    async def stays(token: str | None) -> bool:
        """A session that began elsewhere, which a kiosk's clock does not end."""
        try:
            await site.tokens.known(token or "")
        except Problem as problem:
            if problem.status not in {401, 403}:
                raise
            return False
        return True

    async def out(request: Request) -> Response:
        """The next person is shown nothing that was here."""
        token, ended = session_cookie(site, request), False
        if token:
            async with site.sessions() as session:
                ended = await end_at_kiosk(session, token)
                await session.commit()
            site.tokens.forget()
        where = f"{KIOSK}?{ENDED}=1" if ended else KIOSK
        response = RedirectResponse(where, 303, headers=NO_STORE)
        if ended or not await stays(token):
            take_all(site, response)
        return response

    @routes.get("/kiosk/out", response_class=Response)
    @door("自助终端到时自动退出", ANYONE)
    async def timed_out(request: Request) -> Response:
        """Where a page goes by itself when its time is over. The session had ended by then, or ends
        now: nobody else can lead here with the cookie, which is strict."""
        return await out(request)

    @routes.post("/kiosk/out", response_class=Response)
    @door("在自助终端退出", ANYONE)
    async def sign_out(request: Request) -> Response:
        return await out(request)

    @routes.post("/kiosk/still", response_class=Response)
    @door("在自助终端继续使用", AT_KIOSK)
    async def still(request: Request) -> Response:
        """I am still here: the time begins anew. A script is told how much there is."""
        known = await standing(site, request, before_own_pin=True)
        form = await form_of(request)
        if wants_page(request):
            return RedirectResponse(_within(form.get("next")), 303, headers=NO_STORE)
        return Response(
            status_code=204, headers=NO_STORE | {"Session-Seconds": str(seconds_left(known))}
        )

    return routes
