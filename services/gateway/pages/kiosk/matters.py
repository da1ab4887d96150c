"""One's own matters at a kiosk: what becomes of what one said, what is open in one's plant, one's
courses."""

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import malformed
from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.kiosk.frame import HOME, kiosk_page, standing
from services.gateway.pages.paths import id_in
from services.gateway.site import Site
from services.gateway.tokens import Known
from services.gateway.views.courses import CourseTaken, courses_of
from services.gateway.views.open_courses import CoursesAsked, CourseSeen, courses
from services.gateway.views.proposals import ProposalsAsked, ProposalSeen, proposal_page, proposals
from shared.for_whom import AT_KIOSK

A_FEW, A_PAGE = 3, 8
"""Rows as high as a hand, on a screen that stands on end."""


async def whole(
    site: Site, request: Request, known: Known, proposal: UUID, draft: Draft
) -> Response:
    """One proposal with what becomes of it, and the button to stand behind it."""
    actor = known.actor
    async with site.readers.one() as reader:
        one = await proposal_page(proposal, actor, reader)
    may_support = one.state == "open" and actor.person is not None and not one.mine
    return kiosk_page(
        request, "proposal", known, draft.status, draft=draft, one=one, may_support=may_support
    )


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def asked_in(request: Request, **asked: str) -> ProposalsAsked:
        given = {"limit": str(A_PAGE), **asked}
        if cursor := request.query_params.get("cursor"):
            given["cursor"] = cursor
        try:
            return ProposalsAsked.model_validate_strings(given)
        except ValidationError as error:
            raise malformed(error) from None

    @routes.get(HOME, response_class=Response)
    @door("自助终端首页", AT_KIOSK)
    async def home(request: Request) -> Response:
        known = await standing(site, request)
        mine: list[ProposalSeen] = []
        if known.actor.person is not None:
            async with site.readers.one() as reader:
                asked = ProposalsAsked(limit=A_FEW)
                mine = (await proposals(asked, reader, author=known.actor.person)).items
        return kiosk_page(request, "home", known, mine=mine)

    @routes.get("/kiosk/mine", response_class=Response)
    @door("自助终端上我的提案", AT_KIOSK)
    async def mine(request: Request) -> Response:
        known, asked = await standing(site, request), asked_in(request)
        items: list[ProposalSeen] = []
        cursor = None
        if known.actor.person is not None:
            async with site.readers.one() as reader:
                seen = await proposals(asked, reader, author=known.actor.person)
            items, cursor = seen.items, seen.cursor
        older = cursor and "?" + urlencode({"cursor": cursor})
        return kiosk_page(request, "mine", known, items=items, older=older)

    @routes.get("/kiosk/proposals", response_class=Response)
    @door("自助终端上本厂待答复的提案", AT_KIOSK)
    async def open_ones(request: Request) -> Response:
        """Those that one can stand behind are those of others."""
        known = await standing(site, request)
        items: list[ProposalSeen] = []
        cursor = None
        async with site.readers.snapshot() as reader:
            oneself = await reading.oneself(known.actor.person, reader)
            if oneself and oneself.plant:
                asked = asked_in(request, unit=oneself.plant, state="open")
                seen = await proposals(asked, reader)
                items, cursor = seen.items, seen.cursor
        older = cursor and "?" + urlencode({"cursor": cursor})
        return kiosk_page(request, "proposals", known, items=items, older=older)

    @routes.get("/kiosk/proposals/{id}", response_class=Response)
    @door("自助终端上的一件提案", AT_KIOSK)
    async def one(request: Request, id: str) -> Response:
        known = await standing(site, request)
        draft = await draft_of(site, request, known.actor)
        return await whole(site, request, known, id_in(id, "proposal"), draft)

    @routes.get("/kiosk/courses", response_class=Response)
    @door("自助终端上我的培训", AT_KIOSK)
    async def learning(request: Request) -> Response:
        """My seats, and where there are seats for me."""
        known = await standing(site, request)
        taken: list[CourseTaken] = []
        learnable: list[CourseSeen] = []
        async with site.readers.snapshot() as reader:
            if known.actor.person is not None:
                oneself = await reading.oneself(known.actor.person, reader)
                taken = await courses_of(known.actor.person, reader)
                if oneself and oneself.path:
                    asked = CoursesAsked(when="coming", free=True, limit=A_PAGE)
                    seen = await courses(asked, reader, for_path=oneself.path)
                    learnable = seen.items
        mine = {one.id for one in taken}
        return kiosk_page(
            request,
            "courses",
            known,
            taken=taken[:A_PAGE],
            learnable=[one for one in learnable if one.id not in mine],
        )

    return routes
