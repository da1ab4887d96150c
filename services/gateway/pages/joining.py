"""`/membership`: a worker joins the union, or leaves it, in person."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.contracts.membership import JoinUnion, LeaveUnion
from shared.for_whom import A_PERSON
from shared.rights import Actor


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def form(request: Request, actor: Actor, draft: Draft) -> Response:
        actor.must_be_someone()
        async with site.readers.one() as reader:
            oneself = await reading.oneself(actor.person, reader)
        return page(
            request,
            "membership",
            draft.status,
            actor=actor,
            draft=draft,
            member_since=oneself and oneself.member_since,
            employee=oneself and oneself.employee,
            notice=bool(oneself and oneself.notice),
        )

    @routes.get("/membership", response_class=Response)
    @door("入会退会表单", A_PERSON)
    async def membership(request: Request) -> Response:
        actor = await signed_in(site, request)
        return await form(request, actor, await draft_of(site, request, actor))

    @routes.post("/membership", response_class=Response)
    @door("在页面上入会、退会", A_PERSON)
    @keeps(site)
    async def change(request: Request) -> Response:
        """`deed` says which of the two."""
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        if draft["deed"] == "leave":
            done = await draft.send(site, actor, LeaveUnion, {})
        else:
            agrees = draft["consent"] == "true" or None
            said_too = {"elsewhere": draft["elsewhere"]}
            done = await draft.send(site, actor, JoinUnion, {"consent": agrees} | said_too)
        if done is None:
            return await form(request, actor, draft)
        said = "left" if draft["deed"] == "leave" else "joined"
        return go_on("/membership", said, shown=draft.shown)

    return routes
