"""Small pages that lead on by themselves, between this site and the company's provider.

Not redirects: after a redirect from another site a browser does not send our strict cookies, and
one after a form is stopped by our own Content-Security-Policy when it leads elsewhere.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages.forgery import COMPANY
from services.gateway.pages.languages import marked as _
from services.gateway.pages.layout import page
from services.gateway.problems import Problem
from services.gateway.site import Site

START = COMPANY


def signed_in_page(request: Request, next: str) -> Response:
    return page(request, "onward", title=_("Signed in"), onward=next)


def setting_out_page(request: Request, form: str, next: str) -> Response:
    """On to where a browser sets out for the provider, with the name of the form that waits."""
    way = f"{START}?{urlencode({'next': next, 'form': form})}"
    return page(request, "onward", title=_("Sign in with the company account"), onward=way)


async def signed_out(site: Site, request: Request, issuer: str) -> Response | None:
    """After a session ended for which the company's provider had vouched: on to its own sign-out.
    None when that is not the provider of today."""
    if site.provider is None or site.provider.told.issuer != issuer:
        return None
    try:
        way = await site.provider.way_out()
    except Problem:
        way = None  # here they are signed out; the page says what may be open there
    return page(request, "onward", title=_("Signed out here"), onward=way)
