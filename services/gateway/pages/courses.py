"""`/courses`: what can be learnt, where seats are left; and one course with its people."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading, sheets
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.open_courses import CoursesAsked, course_page, courses
from shared.calendar import today
from shared.contracts.training import CompleteCourse
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

A_PAGE = "20"


async def whole(site: Site, request: Request, actor: Actor, course: UUID, draft: Draft) -> Response:
    """One course; the form to give a seat for those who may give one somewhere."""
    async with site.readers.one() as reader:
        seen = await course_page(course, actor, reader)
    return page(
        request,
        "course",
        draft.status,
        actor=actor,
        draft=draft,
        one=seen,
        begun=seen.starts_on <= today(),
        may_enrol=bool(set(actor.roles()) & {"officer", "leader"}),
        finds_people="officer" in actor.roles(),
    )


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def asked_in(request: Request) -> CoursesAsked:
        return asked_for(CoursesAsked, {"limit": A_PAGE} | given_in(request))

    @routes.get("/courses", response_class=Response)
    @door("培训页", CoursesAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_in(request)
        async with site.readers.snapshot() as reader:
            seen = await courses(asked, reader)
            plants = await reading.plants(reader)
        return page(
            request,
            "courses",
            actor=actor,
            asked=asked,
            seen=seen,
            plants=plants,
            **ways_on(given_in(request), seen.cursor),
            may_open=bool(set(actor.roles()) & {"officer", "leader"}),
        )

    @routes.get("/courses.xlsx", response_class=Response)
    @door("培训表（Excel）", CoursesAsked.for_whom)
    async def sheet(request: Request) -> Response:
        await signed_in(site, request)
        asked = asked_in(request)
        async with site.readers.one() as reader:
            seen = await courses(sheets.whole(asked), reader)
        return await sheets.courses_sheet(request, seen.items)

    @routes.get("/courses/{id}/people.xlsx", response_class=Response)
    @door("培训班名单（Excel）", CompleteCourse.for_whom)
    async def people(request: Request, id: str) -> Response:
        """For those who run the course."""
        actor = await signed_in(site, request)
        async with site.readers.one() as reader:
            seen = await course_page(id_in(id, "course"), actor, reader)
        CompleteCourse.for_whom.must_include(actor, at=seen.path)
        return await sheets.seats_sheet(request, seen.people or [])

    @routes.get("/courses/{id}", response_class=Response)
    @door("一个培训班", SIGNED_IN)
    async def one(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        return await whole(site, request, actor, id_in(id, "course"), draft)

    return routes
