"""Signing in and out: the session as a cookie."""

from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.accounts import (
    SESSION_LENGTH,
    begin_session,
    end_session,
    password_is_right,
)
from services.gateway.api.bodies import read_body
from services.gateway.api.session import SignIn
from services.gateway.pages.errors import local_path
from services.gateway.pages.layout import page
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.rights import Actor

LARGEST_FORM = 4096


def _https(site: Site) -> bool:
    return urlsplit(site.settings.url).scheme == "https"


def cookie_name(site: Site) -> str:
    """`__Host-` binds the cookie to this very host; browsers take it over https only."""
    return "__Host-session" if _https(site) else "session"


async def signed_in(site: Site, request: Request) -> Actor:
    """Who asks, by the cookie. Raises `Problem` (401)."""
    token = request.cookies.get(cookie_name(site))
    if not token:
        raise Problem(401, "no-session", "sign in first")
    return await site.tokens.actor(token)


def must_come_from_here(request: Request) -> None:
    """A form of ours, not of another site. Browsers say where a request comes from and pages
    cannot forge it; who says nothing is no browser. Raises `Problem` (403)."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    here = site in {"same-origin", "none"} if site else True
    if origin is not None:
        here = here and urlsplit(origin).netloc == request.headers.get("host")
    if not here:
        raise Problem(403, "cross-site", "this form was sent from another site; use ours")


def sign_in_form(
    next: str, status: int = 200, *, account: str = "", wrong: bool = False
) -> Response:
    return page("sign_in", status, next=local_path(next), account=account, wrong=wrong)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.post("/sign-in", response_class=Response)
    async def sign_in(request: Request) -> Response:
        must_come_from_here(request)
        form = dict(parse_qsl((await read_body(request, LARGEST_FORM)).decode(errors="replace")))
        next, account = local_path(form.pop("next", None)), form.get("account", "")
        token = await _token(form)
        if token is None:
            return sign_in_form(next, 401, account=account, wrong=True)
        response = RedirectResponse(next, 303, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            cookie_name(site),
            token,
            max_age=int(SESSION_LENGTH.total_seconds()),
            path="/",
            secure=_https(site),
            httponly=True,
            samesite="strict",
        )
        return response

    async def _token(form: dict[str, str]) -> str | None:
        """None when account or password is wrong."""
        try:
            asked = SignIn.model_validate(form)
        except ValidationError:
            return None
        async with site.sessions() as session:
            password = asked.password.get_secret_value()
            if not await password_is_right(session, asked.account, password):
                return None
            token, _ = await begin_session(session, asked.account)
            await session.commit()
        return token

    @routes.post("/sign-out", response_class=Response)
    async def sign_out(request: Request) -> Response:
        must_come_from_here(request)
        if token := request.cookies.get(cookie_name(site)):
            async with site.sessions() as session:
                await end_session(session, token)
                await session.commit()
            site.tokens.forget()
        response = RedirectResponse("/", 303, headers={"Cache-Control": "no-store"})
        response.delete_cookie(
            cookie_name(site), path="/", secure=_https(site), httponly=True, samesite="strict"
        )
        return response

    return routes
