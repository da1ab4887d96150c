"""Signing in and out: the session as a cookie."""

from urllib.parse import parse_qsl

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.accounts import Known, end_session
from services.gateway.api.bodies import read_body
from services.gateway.api.session import SignIn
from services.gateway.pages.cookies import (
    browser_cookie,
    give_browser,
    give_session,
    session_cookie,
    take_session,
)
from services.gateway.pages.errors import local_path
from services.gateway.pages.forgery import form_token
from services.gateway.pages.form_token import present
from services.gateway.pages.layout import page
from services.gateway.problems import Problem
from services.gateway.sessions import Begun, begin_with_password
from services.gateway.site import Site
from shared.rights import Actor

LARGEST_FORM = 4096
NO_STORE = {"Cache-Control": "no-store"}


async def signed_in(site: Site, request: Request) -> Actor:
    """Who asks, by the cookie. Raises `Problem`: 401, and 403 before a given password was
    changed."""
    token = _token(site, request)
    actor = await site.tokens.actor(token)
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


def sign_in_form(
    next: str, status: int = 200, *, account: str = "", wrong: bool = False
) -> Response:
    return page("sign_in", status, next=local_path(next), account=account, wrong=wrong)


async def form_of(request: Request) -> dict[str, str]:
    """A small form of ours. Raises `Problem` (413)."""
    return dict(parse_qsl((await read_body(request, LARGEST_FORM)).decode(errors="replace")))


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.post("/sign-in", response_class=Response)
    async def sign_in(request: Request) -> Response:
        form = await form_of(request)
        next, account = local_path(form.pop("next", None)), form.get("account", "")
        begun = await _begun(request, form)
        if begun is None:
            return sign_in_form(next, 401, account=account, wrong=True)
        response = RedirectResponse(next, 303, headers=NO_STORE)
        give_session(site, response, begun.token)
        give_browser(site, response, begun.browser)
        return response

    async def _begun(request: Request, form: dict[str, str]) -> Begun | None:
        """None when account or password is wrong. The session that the browser had ends."""
        try:
            asked = SignIn.model_validate(form)
            return await begin_with_password(
                site,
                request,
                asked.account,
                asked.password.get_secret_value(),
                kind="browser",
                browser=browser_cookie(site, request),
                instead_of=session_cookie(site, request),
            )
        except ValidationError:
            return None
        except Problem as problem:
            if problem.status != 401:
                raise
            return None

    @routes.post("/sign-out", response_class=Response)
    async def sign_out(request: Request) -> Response:
        if token := session_cookie(site, request):
            async with site.sessions() as session:
                await end_session(session, token)
                await session.commit()
            site.tokens.forget()
        response = RedirectResponse("/", 303, headers=NO_STORE)
        take_session(site, response)
        return response

    return routes
