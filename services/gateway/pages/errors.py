"""Problems as people see them: a page when a browser asks for one, problem+json otherwise."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.pages import words
from services.gateway.pages.layout import page
from services.gateway.problems import Problem

FOR_PROGRAMS = (
    "/api/",
    "/hooks/",
    "/health",
    "/livez",
    "/readyz",
    "/openapi.json",
    "/asyncapi.json",
)
"""Paths that answer in JSON, whoever asks: the cookie of a page is worth nothing there."""


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith(FOR_PROGRAMS) and "text/html" in request.headers.get(
        "accept", ""
    )


def response_to(request: Request, problem: Problem) -> Response:
    """Says a problem in the form that was asked for. A page without a session leads to the
    sign-in form, and from there back."""
    if problem.status == 403:
        request.scope["refused"] = problem.code  # for the audit log; see `surroundings`
    if not wants_page(request):
        return problem.response()
    if problem.code == "change-password":
        return RedirectResponse("/account/password", 303, headers={"Cache-Control": "no-store"})
    if problem.status == 401:
        return RedirectResponse(_sign_in(request), 303, headers={"Cache-Control": "no-store"})
    of_status = words.TROUBLES.get(problem.status, words.TROUBLES[500])
    chinese, english, advice = words.FORM_TROUBLES.get(problem.code, of_status)
    response = page(
        "trouble", problem.status, chinese=chinese, english=english, advice=advice, problem=problem
    )
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _sign_in(request: Request) -> str:
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
