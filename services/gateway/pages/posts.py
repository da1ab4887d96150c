"""`/posts`: who holds which post at a unit and below; appointing to one, and ending it."""

from collections.abc import Iterable
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.post_sheets import posts_sheet
from services.gateway.pages.reading import Held
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.membership import AppointPost, EndPost, PostHolder, Posts, PostsOf
from shared.for_whom import reaching
from shared.rights import Actor

SEES_SOME = reaching(*Posts.for_whom.roles)
AT_ONCE = 1000
APPOINTS_SOME = reaching(*AppointPost.for_whom.roles)


def uppermost(reach: Iterable[str]) -> str:
    """The code of the unit from which most is reached."""
    return min(reach, key=lambda path: path.count("/")).rpartition("/")[2]


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/posts", response_class=Response)
    @door("任职页", SEES_SOME)
    async def listed(request: Request) -> Response:
        """Of the unit that is asked for, else of the uppermost within one's reach."""
        actor = await signed_in(site, request)
        reach = SEES_SOME.reach(actor)
        given = given_in(request)
        asked = asked_for(Posts, {"unit": uppermost(reach)} | given)
        seen = PostsOf.model_validate(await site.asking.query(asked, actor))
        async with site.readers.one() as reader:
            places = await reading.units_within(reach, reader, on=asked.on)
        return page(
            request,
            "posts",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            today=today(),
            # Of another day or of what was known before, nothing is ended here.
            past=bool(seen.on or seen.known),
            finds_people="officer" in actor.roles(),
            **ways_on(given, seen.cursor),
        )

    @routes.get("/posts.xlsx", response_class=Response)
    @door("任职表（Excel）", SEES_SOME)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(Posts, {"unit": uppermost(SEES_SOME.reach(actor))} | given_in(request))

        async def told(piece: Posts) -> PostsOf:
            return PostsOf.model_validate(await site.asking.query(piece, actor))

        held: list[PostHolder] = []
        async for seen in pieces(told, asked, "known", limit=AT_ONCE):
            held += seen.items
        return await posts_sheet(request, held)

    async def appointing(request: Request, actor: Actor, draft: Draft) -> Response:
        async with site.readers.one() as reader:
            units = await reading.units_within(APPOINTS_SOME.reach(actor), reader)
        return page(request, "appoint", draft.status, actor=actor, draft=draft, units=units)

    @routes.get("/posts/new", response_class=Response)
    @door("任命表单", APPOINTS_SOME)
    async def appoint_form(request: Request) -> Response:
        actor = await signed_in(site, request)
        unit = request.query_params.get("unit", "")[:64]
        draft = await draft_of(site, request, actor, unit=unit, on=today().isoformat())
        return await appointing(request, actor, draft)

    @routes.post("/posts/new", response_class=Response)
    @door("在页面上任命", AppointPost.for_whom)
    @keeps(site)
    async def appoint(request: Request) -> Response:
        actor = await signed_in(site, request)
        APPOINTS_SOME.must_include(actor)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("employee", "role", "unit", "on", "until")}
        done = await draft.send(site, actor, AppointPost, fields)
        if done is None:
            return await appointing(request, actor, draft)
        return go_on(f"/posts?unit={quote(draft['unit'], safe='')}", "appointed", shown=draft.shown)

    async def ended_here(request: Request, id: str) -> tuple[Actor, Held]:
        """Only those who may end it come to the form. Raises `Problem` (404)."""
        actor = await signed_in(site, request)
        async with site.readers.one() as reader:
            held = await reading.held(id_in(id, "post"), reader)
        if held is None:
            SEES_SOME.must_include(actor)
            raise Problem(404, "unknown-post", f"there is no post {id}")
        EndPost.for_whom.must_include(actor, at=held.path)
        return actor, held

    async def told_of(held: Held, actor: Actor) -> PostHolder | None:
        """The name of who holds it, so that nobody ends the post of another, and whether it comes
        with a seat; None while membership is away, and for a post that is over."""
        asked = Posts(unit=held.unit, post=held.id, limit=1)
        try:
            told = PostsOf.model_validate(await site.asking.query(asked, actor))
        except Problem as problem:
            if problem.status != 503:
                raise
            return None
        return told.items[0] if told.items else None

    async def ending(request: Request, actor: Actor, draft: Draft, held: Held) -> Response:
        told = await told_of(held, actor)
        return page(
            request,
            "end_post",
            draft.status,
            actor=actor,
            draft=draft,
            held=held,
            name=told and told.name,
            body=told and told.body,
        )

    @routes.get("/posts/{id}/end", response_class=Response)
    @door("结束职务表单", EndPost.for_whom)
    async def end_form(request: Request, id: str) -> Response:
        actor, held = await ended_here(request, id)
        # What begins later is taken back on its first day.
        on = max(today(), held.since)
        draft = await draft_of(site, request, actor, on=on.isoformat())
        return await ending(request, actor, draft, held)

    @routes.post("/posts/{id}/end", response_class=Response)
    @door("在页面上结束职务", EndPost.for_whom)
    @keeps(site)
    async def end(request: Request, id: str) -> Response:
        actor, held = await ended_here(request, id)
        draft = await draft_of(site, request, actor)
        if await draft.send(site, actor, EndPost, {"post": held.id, "on": draft["on"]}) is None:
            return await ending(request, actor, draft, held)
        # Who has ended their own post may not see the list any more.
        own = held.person == actor.person
        where = "/" if own else f"/posts?unit={quote(held.unit, safe='')}"
        return go_on(where, "post-ended", shown=draft.shown)

    return routes
