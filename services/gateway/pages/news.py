"""What is new: read and put away, and which proposals one wants to hear about."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.paths import id_in
from services.gateway.pages.proposals import whole
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.telling.following import follow, followers_of, let_go
from services.gateway.telling.steps import have_seen
from services.gateway.views.proposals import proposal_page
from shared.for_whom import OWN_ACCOUNT, SIGNED_IN


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/news/read", response_class=Response)
    @door("回到首页", SIGNED_IN)
    async def back_home(request: Request) -> Response:
        """The button for it is on the home page."""
        await signed_in(site, request)
        return RedirectResponse("/", 303, headers=NO_STORE)

    @routes.post("/news/read", response_class=Response)
    @door("新消息标为已读", OWN_ACCOUNT)
    @keeps(site)
    async def read(request: Request) -> Response:
        """As far as the page had shown; what came since then stays new."""
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        if draft.looked_at:
            return RedirectResponse("/", 303, headers=NO_STORE)
        until = _moment(draft["until"])
        async with site.sessions() as session:
            await have_seen(actor.account, until, session)
            await session.commit()
        return RedirectResponse("/", 303, headers=NO_STORE)

    @routes.get("/proposals/{id}/follow", response_class=Response)
    @door("回到提案", SIGNED_IN)
    async def following(request: Request, id: str) -> Response:
        """The button for it is on the page of the proposal."""
        await signed_in(site, request)
        where = f"/proposals/{id_in(id, 'proposal')}"
        return RedirectResponse(where, 303, headers=NO_STORE)

    @routes.post("/proposals/{id}/follow", response_class=Response)
    @door("关注或取消关注提案", SIGNED_IN)
    @keeps(site)
    async def choose(request: Request, id: str) -> Response:
        """`follow` is `yes` or `no`."""
        actor = await signed_in(site, request)
        draft, proposal = await draft_of(site, request, actor), id_in(id, "proposal")
        if draft.looked_at:
            return await whole(site, request, actor, proposal, draft)
        async with site.readers.one() as reader:
            await proposal_page(proposal, actor, reader)
        mine = followers_of(site.key_for("following"), actor)
        no = draft["follow"] == "no"
        async with site.sessions() as session:
            await (let_go(mine, proposal, session) if no else follow(mine[0], proposal, session))
            await session.commit()
        return go_on(f"/proposals/{proposal}", "let-go" if no else "followed")

    return routes


def _moment(text: str) -> datetime:
    """Raises `Problem` (422)."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(422, "malformed", "until: a moment", field="until") from None
