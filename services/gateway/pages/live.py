"""`/live`: the stream of events by which a page hears that something it shows has changed."""

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.gateway.accounts import token_hash
from services.gateway.doors import door
from services.gateway.live import Listener, Live
from services.gateway.pages.cookies import board_cookie, session_cookie
from services.gateway.pages.wall import board_of
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.asked import ViewAsked
from services.gateway.views.open_courses import CoursesAsked
from services.gateway.views.proposals import ProposalsAsked
from services.gateway.views.visits import VisitsAsked
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

OF_A_BOARD = {"proposals", "courses"}
SHOWN_BY: dict[str, type[ViewAsked]] = {
    "proposals": ProposalsAsked,
    "courses": CoursesAsked,
    "visits": VisitsAsked,
}
"""Who may not see a thing is not told either that it changes."""


class Stream(EventSourceResponse):
    """Whatever ends it, the connection is counted no longer."""

    def __init__(self, live: Live, listener: Listener) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(live.events(listener), headers=headers)
        self._live, self._listener = live, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.leave(self._listener)


def topics_of(actor: Actor) -> set[str]:
    """Those of which the actor may see something."""
    return {topic for topic, view in SHOWN_BY.items() if view.for_whom.includes(actor)}


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/live", response_class=Response)
    @door("有更新时的通知（事件流；已配对的看板也可以）", SIGNED_IN)
    async def live(request: Request) -> Response:
        """Of who is signed in, else of the board that was paired. An event says what kind of thing
        has changed, and in how many milliseconds to ask for it."""
        token = session_cookie(site, request)
        try:
            actor = await site.tokens.actor(token, by_itself=True) if token else None
        except Problem as problem:
            if problem.status != 401:
                raise
            actor = None
        if token and actor:
            request.scope["actor"] = actor
            listener = site.live.enter(actor.account, token_hash(token), topics_of(actor))
            return Stream(site.live, listener)
        board = await board_of(site, request)
        token = board_cookie(site, request)
        if board is None or token is None:
            raise Problem(401, "no-session", "sign in first")
        listener = site.live.enter(f"board {board.id}", token_hash(token), OF_A_BOARD)
        return Stream(site.live, listener)

    return routes
