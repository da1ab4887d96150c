"""What all pages of a kiosk share: who stands there, and for how much longer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.kiosk import must_stand_there
from services.gateway.pages.cookies import session_cookie
from services.gateway.pages.forgery import form_token
from services.gateway.pages.form_token import present
from services.gateway.pages.layout import page
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.tokens import Known, must_change_pin_first

HOME = "/kiosk/home"


async def standing(site: Site, request: Request, *, before_own_pin: bool = False) -> Known:
    """Who stands at the kiosk, by the cookie; each request begins their time anew. Raises
    `Problem`: 401, and 403 before a PIN that IT has given was changed."""
    must_stand_there(site, request)
    token = session_cookie(site, request)
    if not token:
        raise Problem(401, "no-session", "sign in at the kiosk first")
    known = await site.tokens.at_kiosk(token)
    request.scope["actor"] = known.actor
    if known.must_change and not before_own_pin:
        raise must_change_pin_first()
    present.set(form_token(site, token))
    return known


def kiosk_page(
    request: Request,
    template: str,
    known: Known,
    status: int = 200,
    *,
    writes: bool = False,
    **values: Any,
) -> Response:
    """`writes`: the page has the form `draft`, and more time must not cost what was typed."""
    return page(
        request,
        f"kiosk/{template}",
        status,
        actor=known.actor,
        seconds=seconds_left(known),
        writes=writes,
        **values,
    )


def seconds_left(known: Known) -> int:
    return max(1, int(known.kiosk_seconds or 0))
