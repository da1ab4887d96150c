"""Problems as people see them: a page when a browser asks for one, problem+json otherwise."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.pages.form_token import FIELD
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.layout import page
from services.gateway.pages.troubles import reason, trouble
from services.gateway.problems import Problem
from services.gateway.scim import errors as scim

FOR_PROGRAMS = (
    "/api/",
    "/hooks/",
    "/scim/",
    "/health",
    "/livez",
    "/readyz",
    "/openapi.json",
    "/asyncapi.json",
)
"""Paths that answer in JSON, whoever asks: the cookie of a page is worth nothing there."""


CHOOSE_ANOTHER = {"change-password": "/account/password", "change-pin": "/kiosk/pin"}
"""Where to, as long as one's secret is known to somebody else."""
KIOSK_SECONDS = 60
"""How long a kiosk shows what went wrong."""


def is_kiosk_page(request: Request) -> bool:
    return f"{request.url.path}/".startswith("/kiosk/")


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith(FOR_PROGRAMS) and "text/html" in request.headers.get(
        "accept", ""
    )


def response_to(request: Request, problem: Problem) -> Response:
    """Says a problem in the form that was asked for. A page without a session leads to the
    sign-in form, and from there back."""
    if problem.status == 403:
        request.scope["refused"] = problem.code  # for the audit log; see `surroundings`
    if request.url.path.startswith("/scim/"):
        return scim.said(problem)
    if not wants_page(request):
        return problem.response()
    if problem.code in CHOOSE_ANOTHER:
        chosen_at = CHOOSE_ANOTHER[problem.code]
        return RedirectResponse(chosen_at, 303, headers={"Cache-Control": "no-store"})
    if problem.status == 401:
        return RedirectResponse(_sign_in(request), 303, headers={"Cache-Control": "no-store"})
    with speaking(language_of(request)):
        title, advice = trouble(problem)
        why = reason(problem)
    at_kiosk = is_kiosk_page(request) or problem.code == "not-at-a-kiosk"
    response = page(
        request,
        "kiosk/trouble" if at_kiosk else "trouble",
        problem.status,
        title=title,
        advice=advice,
        why=why,
        field=problem.more.get("field"),
        kept=_unsent(request),
        action=request.url.path,
        seconds=KIOSK_SECONDS,
        code=problem.code,
    )
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _unsent(request: Request) -> dict[str, str]:
    """What was typed into a form of ours that asks for something; such a form has a key."""
    form: dict[str, str] = getattr(request.state, "form", {})
    return {k: v for k, v in form.items() if k != FIELD} if "key" in form else {}


def _sign_in(request: Request) -> str:
    if is_kiosk_page(request):
        return "/kiosk"
    if request.method != "GET":
        return "/"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/?next={quote(request.url.path + query, safe='/')}"


def local_path(wanted: str | None) -> str:
    """Where to go after signing in: a path of this site and nothing else, or the home page.

    `//host`, `/\\host` and a tab or line break between the slashes all lead elsewhere in a
    browser.
    """
    if (
        not wanted
        or not wanted.startswith("/")
        or wanted.startswith("//")
        or "\\" in wanted
        or not wanted.isprintable()
    ):
        return "/"
    return wanted
