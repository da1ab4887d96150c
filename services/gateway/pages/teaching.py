"""Open a course, give seats, enter results: the forms of those who run courses."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.courses import whole
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.site import Site
from services.gateway.views.open_courses import CourseWhole, course_page
from shared.calendar import today
from shared.contracts.training import CompleteCourse, Enrol, OpenCourse
from shared.for_whom import SIGNED_IN, reaching
from shared.rights import Actor

RUNS_COURSES = reaching("officer", "leader")


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def one_who_runs_courses(request: Request) -> Actor:
        actor = await signed_in(site, request)
        RUNS_COURSES.must_include(actor)
        return actor

    async def opening_form(request: Request, actor: Actor, draft: Draft) -> Response:
        reach = RUNS_COURSES.reach(actor)
        async with site.readers.one() as reader:
            units = await reading.units_within(reach, reader)
        return page(request, "open_course", draft.status, actor=actor, draft=draft, units=units)

    @routes.get("/courses/new", response_class=Response)
    @door("开班表单", RUNS_COURSES)
    async def opening(request: Request) -> Response:
        actor = await one_who_runs_courses(request)
        draft = await draft_of(site, request, actor, open_to="company")
        return await opening_form(request, actor, draft)

    @routes.post("/courses/new", response_class=Response)
    @door("在页面上开班", OpenCourse.for_whom)
    @keeps(site)
    async def open_course(request: Request) -> Response:
        actor = await one_who_runs_courses(request)
        draft = await draft_of(site, request, actor)
        names = ("title", "unit", "starts_on", "seats", "open_to")
        done = await draft.send(site, actor, OpenCourse, {name: draft[name] for name in names})
        if done is None:
            return await opening_form(request, actor, draft)
        where = f"/courses/{done.id}" if draft.shown else "/courses"
        return go_on(where, "opened", shown=draft.shown)

    @routes.get("/courses/{id}/enrol", response_class=Response)
    @door("回到培训班", SIGNED_IN)
    async def enrolling(request: Request, id: str) -> Response:
        """The form for it is on the page of the course."""
        await signed_in(site, request)
        where = f"/courses/{id_in(id, 'course')}"
        return RedirectResponse(where, 303, headers=NO_STORE)

    @routes.post("/courses/{id}/enrol", response_class=Response)
    @door("在页面上报名", Enrol.for_whom)
    @keeps(site)
    async def enrol(request: Request, id: str) -> Response:
        actor = await one_who_runs_courses(request)
        draft, course = await draft_of(site, request, actor), id_in(id, "course")
        fields = {"course": course, "employee": draft["employee"]}
        if await draft.send(site, actor, Enrol, fields) is None:
            return await whole(site, request, actor, course, draft)
        return go_on(f"/courses/{course}", "enrolled", shown=draft.shown)

    async def run_here(actor: Actor, course: UUID) -> CourseWhole:
        """Only those who run the course come to the form."""
        async with site.readers.one() as reader:
            one = await course_page(course, actor, reader)
        CompleteCourse.for_whom.must_include(actor, at=one.path)
        return one

    def result_form(request: Request, actor: Actor, draft: Draft, one: CourseWhole) -> Response:
        return page(
            request, "complete", draft.status, actor=actor, draft=draft, one=one, today=today()
        )

    @routes.get("/courses/{id}/complete", response_class=Response)
    @door("结果表单", CompleteCourse.for_whom)
    async def completing(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one = await run_here(actor, id_in(id, "course"))
        employee = request.query_params.get("employee", "")[:32]
        draft = await draft_of(site, request, actor, employee=employee, on=today().isoformat())
        return result_form(request, actor, draft, one)

    @routes.post("/courses/{id}/complete", response_class=Response)
    @door("在页面上登记结果", CompleteCourse.for_whom)
    @keeps(site)
    async def complete(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        one, draft = (
            await run_here(actor, id_in(id, "course")),
            await draft_of(site, request, actor),
        )
        fields = {name: draft[name] for name in ("employee", "result", "score", "on")}
        if await draft.send(site, actor, CompleteCourse, fields | {"course": one.id}) is None:
            return result_form(request, actor, draft, one)
        return go_on(f"/courses/{one.id}", "completed", shown=draft.shown)

    return routes
