"""`/members`: the roll as of a day, for officers, within the reach of their post."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.member_sheets import roll_sheet
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.contracts.membership import Roll, RollEntry, RollOf
from shared.rights import Actor

AT_ONCE = 1000
"""How many people a sheet asks for at a time."""


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def what(given: dict[str, str]) -> Roll:
        """On the page one of the states; `kept` when asked over the API."""
        kept = given.get("state") == "kept"
        return asked_for(Roll, {**given, "state": "left", "kept": "true"} if kept else given)

    async def told(asked: Roll, actor: Actor) -> RollOf:
        return RollOf.model_validate(await site.asking.query(asked, actor))

    @routes.get("/members", response_class=Response)
    @door("花名册", Roll.for_whom)
    async def listed(request: Request) -> Response:
        """From membership itself; while it is away there is no roll, and the page says so."""
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = what(given)
        seen = await told(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(Roll.for_whom.reach(actor), reader, on=seen.on)
        kept = {name: value for name, value in given.items() if name not in ("limit", "cursor")}
        return page(
            request,
            "members",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            **ways_on(given, seen.cursor) | {"filtered": bool(kept.keys() - {"sort"})},
            here=lambda **more: "?" + urlencode(kept | more),
        )

    @routes.get("/members.xlsx", response_class=Response)
    @door("花名册（Excel）", Roll.for_whom)
    async def sheet(request: Request) -> Response:
        """Whole or not at all: half a roll would be taken for a whole one."""
        actor = await signed_in(site, request)
        asked = what(given_in(request))
        people: list[RollEntry] = []
        async for seen in pieces(
            lambda each: told(each, actor), asked, "on", "known", limit=AT_ONCE
        ):
            people += seen.items
        return await roll_sheet(request, seen, people)

    return routes
