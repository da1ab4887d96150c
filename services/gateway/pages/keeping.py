"""What was typed and could not be sent: kept in the page that says why, until it can be.

It stands in hidden fields and nowhere else. Whoever signs in gets it back only when it is theirs:
at a kiosk the next person would read what the last one wrote.
"""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages.attaching import keep_files
from services.gateway.pages.drafts import KEY, WRITER
from services.gateway.pages.forgery import form_of
from services.gateway.pages.form_token import FIELD
from services.gateway.pages.signing import sign_in_form
from services.gateway.problems import Problem
from services.gateway.site import Site

Endpoint = Callable[..., Awaitable[Response]]
SignInForm = Callable[..., Response]


def keeps(site: Site, form_to_sign_in: SignInForm = sign_in_form) -> Callable[[Endpoint], Endpoint]:
    """For an endpoint that takes a form: without a session the form to sign in comes, and carries
    what was typed."""

    def around(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def keeping(request: Request, **path: str) -> Response:
            try:
                return await endpoint(request, **path)
            except Problem as problem:
                if problem.status != 401:
                    raise
                form = await form_of(request)
                await keep_files(site, request, form)
                unsent = {name: value for name, value in form.items() if name != FIELD}
                known = unsent if {KEY, WRITER} <= unsent.keys() else {}
                return form_to_sign_in(site, request, request.url.path, 401, kept=known)

        return keeping

    return around
