"""Forms of ours and of nobody else: where a POST comes from, and a token that our page gave it.

Both are checked for every POST of every page, at the one place where the pages are hung into the
app; and `layout.page` puts the token into every form of a page, so that none can be forgotten.
"""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request

from services.gateway.api.bodies import LARGEST_BODY, too_large
from services.gateway.pages.cookies import session_cookie
from services.gateway.pages.form_token import FIELD
from services.gateway.problems import Problem
from services.gateway.site import Site

HEADER = "x-form-token"
LARGEST_UPLOAD = 21 * 2**20
SAFE = {"GET", "HEAD", "OPTIONS"}
WITHOUT_SESSION = {"/sign-in"}
"""Who posts here need not be signed in, so there is nothing that the token could be bound to."""


def form_token(site: Site, session: str) -> str:
    """Bound to the session: whoever cannot read the cookie cannot make it."""
    key = site.key_for("form tokens")
    return hmac.digest(key, session.encode(), "sha256").hex()


def must_come_from_here(request: Request) -> None:
    """Browsers say where a request comes from, and pages cannot forge it (Fetch Metadata; RFC 6454
    section 7). Who says nothing is no browser. Raises `Problem` (403)."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    here = site in {"same-origin", "none"} if site else True
    if origin is not None:
        here = here and urlsplit(origin).netloc == request.headers.get("host")
    if not here:
        raise Problem(403, "cross-site", "this form was sent from another site; use ours")


def guard(site: Site) -> Callable[[Request], Awaitable[None]]:
    """The check, as a dependency of FastAPI. It raises `Problem` (403, 413)."""

    async def check(request: Request) -> None:
        if request.method in SAFE:
            return
        must_come_from_here(request)
        session = session_cookie(site, request)
        if session is None or request.url.path in WITHOUT_SESSION:
            return
        given = request.headers.get(HEADER) or await _field(request)
        if not hmac.compare_digest(given.encode(), form_token(site, session).encode()):
            raise Problem(
                403, "stale-form", "this form belongs to another session; open it anew and send it"
            )

    return check


async def _field(request: Request) -> str:
    """The token in the body, which stays readable for the endpoint."""
    uploads = request.headers.get("content-type", "").startswith("multipart/form-data")
    limit = LARGEST_UPLOAD if uploads else LARGEST_BODY
    announced = request.headers.get("content-length", "")
    if not announced.isdecimal() or int(announced) > limit:
        # The server reads no further than was announced; every browser announces a form.
        raise too_large(limit)
    if uploads:
        form: FormData = await request.form()
        value = form.get(FIELD)
        return value if isinstance(value, str) else ""
    body = (await request.body()).decode(errors="replace")
    return parse_qs(body).get(FIELD, [""])[0]
