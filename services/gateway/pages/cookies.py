"""Cookies as `TONGXIN_URL` decides: with https `__Host-`, which binds them to this very host and
to Secure; without, on loopback, a plain name."""

import secrets
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.boards import LASTS
from services.gateway.pages.done import COOKIE as DONE
from services.gateway.pages.languages import COOKIE as LANGUAGE
from services.gateway.sessions import KNOWN_DAYS
from services.gateway.site import Site

SESSION, BROWSER, COMPANY, BOARD, KIOSK = "session", "browser", "company", "board", "kiosk"


def cookie_name(site: Site, name: str) -> str:
    return f"__Host-{name}" if site.https else name


def session_cookie(site: Site, request: Request) -> str | None:
    return request.cookies.get(cookie_name(site, SESSION)) or None


def browser_cookie(site: Site, request: Request) -> str | None:
    """Opens nothing. The form to sign in is bound to it, and by it a browser's tries to sign in are
    told from those of strangers."""
    return request.cookies.get(cookie_name(site, BROWSER)) or None


def company_cookie(site: Site, request: Request) -> str | None:
    """Opens nothing. Who comes back from the company's provider must be who set out."""
    return request.cookies.get(cookie_name(site, COMPANY)) or None


def board_cookie(site: Site, request: Request) -> str | None:
    """Opens the board of one unit and nothing else."""
    return request.cookies.get(cookie_name(site, BOARD)) or None


def kiosk_cookie(site: Site, request: Request) -> str | None:
    """Opens nothing and knows nobody: the form to sign in at a kiosk is bound to it."""
    return request.cookies.get(cookie_name(site, KIOSK)) or None


def new_browser() -> str:
    return secrets.token_urlsafe(32)


def give_session(site: Site, response: Response, token: str) -> None:
    """The browser drops it when the session has ended however busy it was; an idle one the site
    ends by itself."""
    _give(site, response, SESSION, token, int(site.door.session_length.total_seconds()))


def give_kiosk_session(site: Site, response: Response, token: str) -> None:
    """Gone with the browser, and with the session before that: see `take_all`."""
    _give(site, response, SESSION, token, None)


def give_kiosk(site: Site, response: Response, value: str) -> None:
    _give(site, response, KIOSK, value, None)


def give_browser(site: Site, response: Response, known_by: str) -> None:
    _give(site, response, BROWSER, known_by, KNOWN_DAYS * 24 * 3600)


def give_company(site: Site, response: Response, value: str, seconds: int) -> None:
    """Lax, because it is another site that sends the browser back; for that time only."""
    _give(site, response, COMPANY, value, seconds, "lax")


def give_board(site: Site, response: Response, token: str) -> None:
    """As long as a browser keeps any; given anew each day."""
    _give(site, response, BOARD, token, int(LASTS.total_seconds()))


def take_board(site: Site, response: Response) -> None:
    response.delete_cookie(
        cookie_name(site, BOARD), path="/", secure=site.https, httponly=True, samesite="strict"
    )


def take_session(site: Site, response: Response) -> None:
    _take(site, response, cookie_name(site, SESSION))


def take_all(site: Site, response: Response) -> None:
    """A kiosk forgets who was there: every cookie of ours, and what else the browser keeps."""
    for name in (SESSION, KIOSK):
        _take(site, response, cookie_name(site, name))
    for name in (LANGUAGE, DONE):
        _take(site, response, name)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'


def _take(site: Site, response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=site.https, httponly=True, samesite="strict")


def give_language(site: Site, response: Response, code: str) -> None:
    """For a year. It opens nothing and says nothing about a person."""
    response.set_cookie(
        LANGUAGE,
        code,
        max_age=365 * 24 * 3600,
        path="/",
        secure=site.https,
        httponly=True,
        samesite="lax",
    )


def _give(
    site: Site,
    response: Response,
    name: str,
    value: str,
    seconds: int | None,
    samesite: Literal["strict", "lax"] = "strict",
) -> None:
    response.set_cookie(
        cookie_name(site, name),
        value,
        max_age=seconds,
        path="/",
        secure=site.https,
        httponly=True,
        samesite=samesite,
    )
