"""Forms of ours and of nobody else: where a POST comes from, and a token that our page gave it.

Both are checked for every POST of every page, at the one place where the pages are hung into the
app; and `layout.page` puts the token into every form of a page, so that none can be forgotten.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from services.gateway.accounts import account_behind
from services.gateway.api.bodies import read_body
from services.gateway.pages.cookies import browser_cookie, kiosk_cookie, session_cookie
from services.gateway.pages.form_token import FIELD, present
from services.gateway.pages.multipart import read_parts
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.database import is_away

LARGEST_FORM = 256 * 1024
"""The longest proposal in letters that take most room, which is nine bytes for one of Chinese."""
TAKE_FILES = {
    "/proposals/new",
    "/proposals/{id}/files",
    "/members/sheet",
    "/posts/sheet",
    "/dues/sheet",
    "/hr/snapshot",
}
"""The routes whose forms may carry files; only those are read as such."""
SAFE = {"GET", "HEAD", "OPTIONS"}
CHOOSE_LANGUAGE = "/language"
"""Changes nothing but a cookie that is no secret, so it needs no token."""
SIGN_IN, COMPANY, PAIR = "/sign-in", "/sign-in/company", "/board"
"""Who posts here has no session yet; these forms are bound to the browser."""
KIOSK = "/kiosk"
"""The same at a kiosk, which is known again by nothing."""
BOUND = dict.fromkeys((SIGN_IN, COMPANY, PAIR), browser_cookie) | {KIOSK: kiosk_cookie}


def form_token(site: Site, cookie: str) -> str:
    """Bound to a cookie, the session's or the browser's: who cannot read it cannot make this."""
    key = site.key_for("form tokens")
    return hmac.digest(key, cookie.encode(), "sha256").hex()


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
        if request.url.path == CHOOSE_LANGUAGE:
            return
        signing_in = request.url.path in BOUND
        cookie = BOUND.get(request.url.path, session_cookie)(site, request)
        if cookie is None and not signing_in:
            return  # the endpoint leads to the form to sign in
        wanted = form_token(site, cookie) if cookie else ""

        def is_ours(form: Mapping[str, str]) -> bool:
            given = form.get(FIELD, "")
            return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())

        if cookie and carries_files(request):
            await let_files_in(site, request, cookie, is_ours)
        form = await form_of(request)
        # Whatever page comes of it, also one that says what is away, can be sent on from.
        present.set(wanted)
        if not is_ours(form):
            raise Problem(
                403,
                "stale-form",
                "this form was not given to this browser, or before it signed in or out; "
                "open its page anew and send it from there (programs use the API)",
            )

    return check


def carries_files(request: Request) -> bool:
    route = getattr(request.scope.get("route"), "path", None)
    kind = request.headers.get("content-type", "")
    return route in TAKE_FILES and kind.startswith("multipart/form-data")


async def let_files_in(
    site: Site, request: Request, cookie: str, is_ours: Callable[[Mapping[str, str]], bool]
) -> None:
    """Files are taken from the form once its token was read, which stands at its front, and from
    a browser that was signed in, though the session may have ended by itself meanwhile."""
    try:
        account = await account_behind(site.sessions, cookie)
    except Exception as error:
        if not is_away(error):
            raise
        account = None  # what was typed is read all the same, to be given back
    form, files = await read_parts(
        request,
        LARGEST_FORM,
        lambda fields: account is not None and is_ours(fields),
        site.shelf.places,
    )
    request.state.form, request.state.files, request.state.bringer = form, files, account


async def form_of(request: Request) -> dict[str, str]:
    """A small form of ours; of a field that is there twice the first. Raises `Problem` (413)."""
    if not hasattr(request.state, "form") and carries_files(request):
        # Nobody is known to have sent it: what was typed is read, files are not kept.
        request.state.form, _ = await read_parts(request, LARGEST_FORM)
    if not hasattr(request.state, "form"):
        # Kept, because the body can be read but once, and the check above comes before the page.
        body = (await read_body(request, LARGEST_FORM)).decode(errors="replace")
        request.state.form = {name: values[0] for name, values in parse_qs(body).items()}
    form: dict[str, str] = request.state.form
    return form
