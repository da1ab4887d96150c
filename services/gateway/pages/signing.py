"""Signing in and out: the session as a cookie."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.accounts import end_session
from services.gateway.api.session import SignIn
from services.gateway.doors import door
from services.gateway.pages.cookies import (
    browser_cookie,
    give_browser,
    give_session,
    new_browser,
    session_cookie,
    take_session,
)
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import WRITER, writer_of
from services.gateway.pages.errors import local_path
from services.gateway.pages.forgery import SIGN_IN, form_of, form_token
from services.gateway.pages.form_token import present
from services.gateway.pages.layout import by_itself, page
from services.gateway.pages.onward import START, signed_out
from services.gateway.problems import Problem
from services.gateway.sessions import Browser, sign_in_browser
from services.gateway.site import Site
from services.gateway.tokens import Known
from shared.for_whom import ANYONE
from shared.rights import Actor

KEPT = "kept."
"""Before the name of a field that another form had."""
NO_STORE = {"Cache-Control": "no-store"}


async def signed_in(site: Site, request: Request, *, looks_on: bool = False) -> Actor:
    """Who asks, by the cookie. `looks_on`: the page is left alone for hours, so that opening it
    does not keep the session from ending. Raises `Problem`: 401, and 403 before a given password
    was changed."""
    token = _token(site, request)
    actor = await site.tokens.actor(token, by_itself=looks_on or by_itself(request))
    request.scope["actor"] = actor
    present.set(form_token(site, token))
    return actor


async def known_by_cookie(site: Site, request: Request) -> Known:
    """The same for the pages that are open before a given password was changed. Raises `Problem`
    (401)."""
    token = _token(site, request)
    known = await site.tokens.known(token)
    present.set(form_token(site, token))
    return known


def _token(site: Site, request: Request) -> str:
    token = session_cookie(site, request)
    if not token:
        raise Problem(401, "no-session", "sign in first")
    return token


def browser_of(site: Site, request: Request) -> Browser:
    known_by = browser_cookie(site, request) or new_browser()
    return Browser(known_by, request.headers.get("user-agent", ""))


def sign_in_form(
    site: Site,
    request: Request,
    next: str,
    status: int = 200,
    *,
    account: str = "",
    wrong: bool = False,
    crowded: bool = False,
    kept: Mapping[str, str] | None = None,
) -> Response:
    """The form to sign in. A browser that comes for the first time is given its cookie. `kept` is
    what was typed into another form and waits for the person to be back; `crowded`: it cannot go
    along to the company's provider just now."""
    browser = browser_of(site, request)
    present.set(form_token(site, browser.known_by))
    response = page(
        request,
        "sign_in",
        status,
        next=local_path(next),
        account=account,
        wrong=wrong,
        crowded=crowded,
        kept=kept or {},
        company=f"{START}?{urlencode({'next': local_path(next)})}" if site.provider else None,
    )
    if browser_cookie(site, request) is None:
        give_browser(site, response, browser.known_by)
    return response


def kept_in(form: Mapping[str, str]) -> dict[str, str]:
    """What the form to sign in carries of another one."""
    return {name[len(KEPT) :]: form[name] for name in form if name.startswith(KEPT)}


async def back_to(
    site: Site, request: Request, next: str, kept: Mapping[str, str], token: str
) -> Response:
    """To where one was going; with what one had typed, if it was oneself who had."""
    if not kept:
        return RedirectResponse(next, 303, headers=NO_STORE)
    known = await site.tokens.known(token)
    if kept.get(WRITER) != writer_of(site, known.actor.account):
        return go_on(next, "not-yours")
    present.set(form_token(site, token))
    return page(request, "resume", kept=kept, action=next)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.post(SIGN_IN, response_class=Response)
    @door("登录", ANYONE)
    async def sign_in(request: Request) -> Response:
        """The session that the browser had ends."""
        form = await form_of(request)
        next, account = local_path(form.get("next")), form.get("account", "")
        kept = kept_in(form)

        def again() -> Response:
            return sign_in_form(site, request, next, 401, account=account, wrong=True, kept=kept)

        browser = browser_of(site, request)
        try:
            asked = SignIn.model_validate(form)
            token = await sign_in_browser(
                site,
                request,
                browser,
                asked.account,
                asked.password.get_secret_value(),
                instead_of=session_cookie(site, request),
            )
        except ValidationError:
            return again()
        except Problem as problem:
            if problem.status != 401:
                raise
            return again()
        response = await back_to(site, request, next, kept, token)
        give_session(site, response, token)
        give_browser(site, response, browser.known_by)
        return response

    @routes.post("/sign-out", response_class=Response)
    @door("退出", ANYONE)
    async def sign_out(request: Request) -> Response:
        vouched = None
        if token := session_cookie(site, request):
            async with site.sessions() as session:
                vouched = await end_session(session, token)
                await session.commit()
            site.tokens.forget()
        response = await signed_out(site, request, vouched) if vouched else None
        response = response or RedirectResponse("/", 303, headers=NO_STORE)
        take_session(site, response)
        return response

    return routes
