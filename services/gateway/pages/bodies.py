"""`/bodies`: the bodies of the union at a place and below it, as of a day; one of them whole."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.body_sheets import bodies_sheet, seats_sheet
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.posts import uppermost
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.membership import (
    Bodies,
    BodiesOf,
    Body,
    BodyOf,
    BodySeen,
    FoundBody,
    MissingBodies,
    MissingBodiesOf,
)
from shared.for_whom import reaching
from shared.rights import Actor

SEES_SOME = reaching(*Bodies.for_whom.roles)
KEEPS_SOME = reaching(*FoundBody.for_whom.roles)
AT_ONCE = 1000
"""How many bodies a sheet asks for at a time."""


def as_of(on: date, given: Mapping[str, str]) -> str:
    """The query by which another page of bodies tells of the same day, as known at the moment that
    was asked for."""
    known = {"known": given["known"]} if "known" in given else {}
    return "?" + urlencode({"on": on.isoformat()} | known)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def told(asked: Bodies, actor: Actor) -> BodiesOf:
        return BodiesOf.model_validate(await site.asking.query(asked, actor))

    async def amiss(asked: Bodies, actor: Actor) -> MissingBodiesOf | None:
        """Only the list of all kinds and states, from its beginning, says what is not as it should
        be; and only as it is known now."""
        if asked.cursor or asked.known or asked.state or asked.kind not in (None, "committee"):
            return None
        told = await site.asking.query(MissingBodies(unit=asked.unit, on=asked.on), actor)
        return MissingBodiesOf.model_validate(told)

    def what(request: Request, actor: Actor) -> tuple[dict[str, str], Bodies]:
        """Of the unit that is asked for, else of the uppermost within one's reach."""
        given = given_in(request)
        return given, asked_for(Bodies, {"unit": uppermost(SEES_SOME.reach(actor))} | given)

    @routes.get("/bodies", response_class=Response)
    @door("工会组织页", SEES_SOME)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        given, asked = what(request, actor)
        seen = await told(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(SEES_SOME.reach(actor), reader, on=asked.on)
        kept = {name: value for name, value in given.items() if name not in ("limit", "cursor")}
        sizes = {(one.size.rule, one.size.version): one.size for one in seen.items if one.size}
        return page(
            request,
            "bodies",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            sizes=list(sizes.values()),
            amiss=await amiss(asked, actor),
            today=today(),
            # In what was known before, nothing is founded.
            keeps=not seen.known and KEEPS_SOME.includes(actor),
            finds_people="officer" in actor.roles(),
            as_of=as_of(seen.on, given),
            **ways_on(given, seen.cursor),
            here=lambda **more: "?" + urlencode(kept | more),
        )

    @routes.get("/bodies.xlsx", response_class=Response)
    @door("工会组织表（Excel）", SEES_SOME)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        _, asked = what(request, actor)
        found: list[BodySeen] = []
        async for seen in pieces(
            lambda each: told(each, actor), asked, "on", "known", limit=AT_ONCE
        ):
            found += seen.items
        return await bodies_sheet(request, seen, found)

    async def whole(given: dict[str, str], id: str, actor: Actor) -> BodyOf:
        asked = asked_for(Body, {"body": str(id_in(id, "body"))} | given)
        return BodyOf.model_validate(await site.asking.query(asked, actor))

    # `/bodies/new` is the form of `body_forms`, which is asked first.
    @routes.get("/bodies/{id}", response_class=Response)
    @door("一个工会组织", Body.for_whom)
    async def one(request: Request, id: str) -> Response:
        """Its seats as of the day, the terms before, and what the rules say."""
        actor = await signed_in(site, request)
        given = given_in(request)
        seen = await whole(given, id, actor)
        current = next((term for term in seen.terms if term.term == seen.current), None)
        return page(
            request,
            "body",
            actor=actor,
            seen=seen,
            current=current,
            today=today(),
            sitting=[seat for term in seen.terms for seat in term.held if seat.held],
            keeps=not seen.known and FoundBody.for_whom.includes(actor, at=seen.path),
            as_of=as_of(seen.on, given),
            asked_known=given.get("known"),
            finds_people="officer" in actor.roles(),
        )

    @routes.get("/bodies/{id}/seats.xlsx", response_class=Response)
    @door("工会组织任职表（Excel）", Body.for_whom)
    async def seats(request: Request, id: str) -> Response:
        """All who sat and sit in it, term by term, as it is known or was."""
        actor = await signed_in(site, request)
        return await seats_sheet(request, await whole(given_in(request), id, actor))

    return routes
