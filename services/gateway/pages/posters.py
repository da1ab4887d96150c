"""A poster of a matter, to print and hang up, and the QR code on it that leads to the matter.

A wall is read by everyone, so the paper speaks both languages, whichever the page speaks.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import segno
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages.languages import LANGUAGES, day, gettext, speaking
from services.gateway.pages.languages import marked as _
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.pages.words import OPEN_TO
from services.gateway.site import Site
from services.gateway.views.open_courses import CourseWhole, course_page
from services.gateway.views.proposals import ProposalWhole, proposal_page
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

TWO_LINES = 70
"""Letters; one of Chinese is as wide as two of Latin."""
SIZES = ((14, "huge"), (36, "large"), (90, "middle"))
"""Up to how wide a title is, and how large it is written then; what is longer is `small`."""
QR_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Both = Mapping[str, str]
"""Code of a language → what is said in it."""


def both(text: str, **days: date) -> Both:
    """What was marked, in each language of ours, Chinese first."""
    said = {}
    for language in LANGUAGES.values():
        with speaking(language):
            said[language.code] = gettext(text) % {name: day(on) for name, on in days.items()}
    return said


@dataclass(frozen=True)
class Poster:
    """`path` is the matter's on this site, `address` the whole of it; `about` as it was typed, or
    ours in both languages."""

    kind: Both
    title: str
    about: str | Both
    unit: str
    until: Both
    path: str
    address: str

    @property
    def size(self) -> str:
        return next((size for most, size in SIZES if width(self.title) <= most), "small")


def width(text: str) -> float:
    """In letters of Chinese."""
    return sum(1 if ord(letter) > 0x2E7F else 0.5 for letter in text)


def brief(text: str) -> str:
    """As much of it as stands in two lines."""
    words = " ".join(text.split())
    cut = words
    while width(cut) > TWO_LINES:
        cut = cut[:-1]
    return words if cut == words else f"{cut.rstrip()}…"


def of_proposal(one: ProposalWhole, site: Site) -> Poster:
    path = f"/proposals/{one.id}"
    answered = one.answered_on
    return Poster(
        both(_("Proposal")),
        one.title,
        brief(one.body),
        one.unit_name,
        both(_("The plant answered on %(on)s"), on=answered)
        if answered
        else both(_("The plant answers by %(on)s"), on=one.due_on),
        path,
        address(site, path),
    )


def of_course(one: CourseWhole, site: Site) -> Poster:
    path = f"/courses/{one.id}"
    return Poster(
        both(_("Course")),
        one.title,
        both(OPEN_TO[one.open_to]),
        one.unit_name,
        both(_("Begins on %(on)s"), on=one.starts_on),
        path,
        address(site, path),
    )


def address(site: Site, path: str) -> str:
    """Under the address by which people reach the site."""
    return site.settings.url.rstrip("/") + path


def qr_code(leads_to: str) -> bytes:
    """As SVG. A quarter of it may be worn or dirty (ISO/IEC 18004, level Q), as it gets on a
    workshop's wall."""
    drawn = io.BytesIO()
    code = segno.make(leads_to, error="q", boost_error=False, micro=False)
    code.save(drawn, kind="svg", scale=8, dark="#000", light="#fff", svgclass=None, lineclass=None)
    return drawn.getvalue()


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def proposal(request: Request, id: str) -> tuple[Actor, Poster]:
        actor, known = await signed_in(site, request), id_in(id, "proposal")
        async with site.readers.one() as reader:
            return actor, of_proposal(await proposal_page(known, actor, reader), site)

    async def course(request: Request, id: str) -> tuple[Actor, Poster]:
        actor, known = await signed_in(site, request), id_in(id, "course")
        async with site.readers.one() as reader:
            return actor, of_course(await course_page(known, actor, reader), site)

    def sheet(request: Request, actor: Actor, poster: Poster) -> Response:
        return page(
            request,
            "poster",
            actor=actor,
            poster=poster,
            brand=both(_("Tongxin")),
            scan=both(_("Scan it with a phone to read more and to take part")),
            without=both(_("No phone? At the kiosk of your plant, or ask a union officer")),
        )

    def qr(poster: Poster) -> Response:
        code = qr_code(poster.address)
        return Response(code, media_type="image/svg+xml", headers=QR_HEADERS)

    @routes.get("/proposals/{id}/poster", response_class=Response)
    @door("提案海报", SIGNED_IN)
    async def proposal_poster(request: Request, id: str) -> Response:
        return sheet(request, *await proposal(request, id))

    @routes.get("/proposals/{id}/qr.svg", response_class=Response)
    @door("提案二维码", SIGNED_IN)
    async def proposal_qr(request: Request, id: str) -> Response:
        _actor, poster = await proposal(request, id)
        return qr(poster)

    @routes.get("/courses/{id}/poster", response_class=Response)
    @door("培训班海报", SIGNED_IN)
    async def course_poster(request: Request, id: str) -> Response:
        return sheet(request, *await course(request, id))

    @routes.get("/courses/{id}/qr.svg", response_class=Response)
    @door("培训班二维码", SIGNED_IN)
    async def course_qr(request: Request, id: str) -> Response:
        _actor, poster = await course(request, id)
        return qr(poster)

    return routes
