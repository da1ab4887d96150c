"""`/board`: a display on a wall is paired by a code; `/board/{unit}`: what it shows from then on.

The code is typed once; nothing secret is ever in an address. What opens the board is a cookie of
its own kind, or the session of somebody who may see the unit's figures.
"""

from datetime import UTC, datetime
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.boards import Board, Code, board_known_by, note_seen, pair
from services.gateway.doors import door
from services.gateway.pages.cookies import (
    board_cookie,
    browser_cookie,
    give_board,
    give_browser,
    take_board,
)
from services.gateway.pages.forgery import PAIR, form_of, form_token
from services.gateway.pages.form_token import present
from services.gateway.pages.layout import page
from services.gateway.pages.signing import NO_STORE, browser_of, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.board import board as shown_on
from services.gateway.views.plant import PlantAsked
from shared.database import reading
from shared.for_whom import ANYONE
from shared.rights import Actor

REFRESH_SECONDS = 60
"""How often a board asks anew, whether something has changed or not."""


async def board_of(site: Site, request: Request) -> Board | None:
    """The board that this browser was paired with; None without one, or when it was removed."""
    token = board_cookie(site, request)
    if token is None:
        return None
    async with reading(site.sessions) as session:
        return await board_known_by(token, session)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def form(
        request: Request, status: int = 200, wrong: str = "", wait: int | None = None
    ) -> Response:
        browser = browser_of(site, request)
        present.set(form_token(site, browser.known_by))
        response = page(request, "pair", status, wrong=wrong, wait=wait)
        if wait:
            response.headers["Retry-After"] = str(wait)
        if browser_cookie(site, request) is None:
            give_browser(site, response, browser.known_by)
        if board_cookie(site, request):
            take_board(site, response)  # it opens nothing any more
        return response

    def to_board(board: Board) -> Response:
        where = f"/board/{quote(board.unit, safe='')}"
        return RedirectResponse(where, 303, headers=NO_STORE)

    @routes.get(PAIR, response_class=Response)
    @door("看板配对表单", ANYONE)
    async def pairing(request: Request) -> Response:
        board = await board_of(site, request)
        return to_board(board) if board else form(request)

    @routes.post(PAIR, response_class=Response)
    @door("输入配对码", ANYONE)
    async def paired(request: Request) -> Response:
        """A code opens nothing twice."""
        typed = Code.typed((await form_of(request)).get("code", ""))
        tries = site.throttle.at_board(site.throttle.address(request))
        try:
            await tries.take()
        except Problem as problem:
            return form(request, problem.status, "often", problem.retry_after)
        async with site.sessions() as session:
            token = await pair(typed, session)
            board = token and await board_known_by(token, session)
            await session.commit()
        if not token or not board:
            return form(request, 422, "code")
        await tries.give_back()
        response = to_board(board)
        give_board(site, response, token)
        return response

    async def who_looks(request: Request, unit: str) -> tuple[Board | None, Actor | None]:
        """The display of this unit; else who is signed in. Raises `Problem` (401)."""
        board = await board_of(site, request)
        if board and board.unit == unit:
            return board, None
        return None, await signed_in(site, request, looks_on=True)

    @routes.get("/board/{unit}", response_class=Response)
    @door("看板（该单位已配对的看板也可以）", PlantAsked.for_whom)
    async def board(request: Request, unit: str) -> Response:
        try:
            display, actor = await who_looks(request, unit)
        except Problem as problem:
            if problem.status != 401 or board_cookie(site, request) is None:
                raise
            return RedirectResponse(PAIR, 303, headers=NO_STORE)
        async with site.readers.one() as reader:
            shown = await shown_on(unit, reader, actor=actor)
        response = page(request, "board", shown=shown, now=datetime.now(UTC), every=REFRESH_SECONDS)
        token = board_cookie(site, request)
        if display and display.unnoted and token:
            async with site.sessions() as session:
                await note_seen(display, session)
                await session.commit()
            give_board(site, response, token)
        return response

    return routes
