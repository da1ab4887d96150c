"""`/`: the sign-in form, or one's own matters: what becomes of them, what waits, what is open."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.drafts import draft_of
from services.gateway.pages.layout import page
from services.gateway.pages.signing import sign_in_form, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.telling.following import followers_of
from services.gateway.telling.steps import news
from services.gateway.views.courses import CourseTaken, courses_of
from services.gateway.views.open_courses import CoursesAsked, CourseSeen, courses
from services.gateway.views.proposals import ProposalsAsked, ProposalSeen, proposals
from services.gateway.views.rows import Reader
from services.gateway.views.work import waits_for, work
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

A_FEW = 5


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/", response_class=Response)
    @door("首页（未登录时是登录表单）", SIGNED_IN)
    async def home(request: Request) -> Response:
        try:
            actor = await signed_in(site, request)
        except Problem as problem:
            if problem.status != 401:
                raise
            return sign_in_form(site, request, request.query_params.get("next", "/"))
        async with site.readers.snapshot() as reader:
            oneself = await reading.oneself(actor.person, reader)
            mine, taken = await _mine(actor, reader)
            supportable, learnable = await _open(oneself, reader)
            waiting = await work(actor, reader, limit=A_FEW + 1)
            follows = followers_of(site.key_for("following"), actor)
            steps = await news(actor, follows, oneself.path if oneself else None, reader)
        known = {one.id for one in mine} | {one.id for one in taken} | {one.id for one in waiting}
        return page(
            request,
            "home",
            actor=actor,
            draft=await draft_of(site, request, actor),
            steps=steps,
            oneself=oneself,
            mine=mine,
            taken=[each for each in taken if each.result is None],
            supportable=[each for each in supportable if each.id not in known],
            learnable=[each for each in learnable if each.id not in known],
            works=waits_for(actor),
            waiting=waiting[:A_FEW],
            more=len(waiting) > A_FEW,
            finds_people="officer" in actor.roles(),
        )

    return routes


async def _mine(actor: Actor, reader: Reader) -> tuple[list[ProposalSeen], list[CourseTaken]]:
    """What one has said under one's name, and the courses one has a seat in."""
    if actor.person is None:
        return [], []
    said = await proposals(ProposalsAsked(limit=A_FEW), reader, author=actor.person)
    return said.items, await courses_of(actor.person, reader)


async def _open(
    oneself: reading.Oneself | None, reader: Reader
) -> tuple[list[ProposalSeen], list[CourseSeen]]:
    """What one can stand behind in one's own plant, and learn. Nothing for who is in no unit."""
    if oneself is None or oneself.path is None:
        return [], []
    behind = await proposals(ProposalsAsked(unit=oneself.plant, state="open", limit=A_FEW), reader)
    asked = CoursesAsked(when="coming", free=True, limit=A_FEW)
    return behind.items, (await courses(asked, reader, for_path=oneself.path)).items
