"""`/people/{employee}/erasure`: what an erasure of that person means, what is in its way, asking,
granting and taking it back, for them and their officers; `/erasures`: those asked for."""

from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import malformed
from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.erasure_sheets import erasures_sheet
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.contracts.membership import (
    AskErasure,
    ErasureEntry,
    ErasureOf,
    Erasures,
    ErasureSeen,
    ErasuresOf,
    GrantErasure,
    WithdrawErasure,
)
from shared.messages import Command
from shared.rights import Actor

AT_ONCE = 1000


class Deed(NamedTuple):
    """What is done on the page: the command, whether it is about the `employee` or the `erasure`
    that the page showed, and what is said then."""

    command: type[Command]
    about: str
    done: str


DEEDS = {
    "ask": Deed(AskErasure, "employee", "erasure-asked"),
    "grant": Deed(GrantErasure, "erasure", "erasure-granted"),
    "withdraw": Deed(WithdrawErasure, "erasure", "erasure-withdrawn"),
}


def where(employee: str) -> str:
    return f"/people/{quote(employee, safe='')}/erasure"


async def erasure_of(site: Site, employee: str, actor: Actor) -> ErasureSeen:
    """Raises `Problem`, also (422) for what is no employee number."""
    try:
        asked = ErasureOf(employee=employee)
    except ValidationError as error:
        raise malformed(error) from None
    return ErasureSeen.model_validate(await site.asking.query(asked, actor))


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def shown(request: Request, actor: Actor, employee: str, draft: Draft) -> Response:
        """As it stands now, also after a refusal: somebody may have been quicker."""
        seen = await erasure_of(site, employee, actor)
        return page(
            request,
            "erasure",
            draft.status,
            actor=actor,
            draft=draft,
            seen=seen,
            here=where(employee),
            own=seen.person == actor.person,
        )

    @routes.get("/people/{employee}/erasure", response_class=Response)
    @door("删除个人信息页", ErasureOf.for_whom)
    async def one(request: Request, employee: str) -> Response:
        actor = await signed_in(site, request)
        return await shown(request, actor, employee, await draft_of(site, request, actor))

    @routes.post("/people/{employee}/erasure", response_class=Response)
    @door("在页面上申请、批准、撤回删除个人信息", AskErasure.for_whom)
    @keeps(site)
    async def done(request: Request, employee: str) -> Response:
        """`deed` says which; what says nothing takes it back, which loses nothing."""
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        deed = DEEDS.get(draft["deed"], DEEDS["withdraw"])
        about = employee if deed.about == "employee" else draft["erasure"]
        if await draft.send(site, actor, deed.command, {deed.about: about}) is None:
            return await shown(request, actor, employee, draft)
        return go_on(where(employee), deed.done, shown=draft.shown)

    @routes.get("/erasures", response_class=Response)
    @door("删除申请列表", Erasures.for_whom)
    async def listed(request: Request) -> Response:
        """From membership itself; while it is away there is no list, and the page says so."""
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(Erasures, given)
        seen = ErasuresOf.model_validate(await site.asking.query(asked, actor))
        async with site.readers.one() as reader:
            places = await reading.places_within(Erasures.for_whom.reach(actor), reader)
        return page(
            request,
            "erasures",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            **ways_on(given, seen.cursor),
        )

    @routes.get("/erasures.xlsx", response_class=Response)
    @door("删除申请列表（Excel）", Erasures.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(Erasures, given_in(request))

        async def told(piece: Erasures) -> ErasuresOf:
            return ErasuresOf.model_validate(await site.asking.query(piece, actor))

        found: list[ErasureEntry] = []
        async for seen in pieces(told, asked, limit=AT_ONCE):
            found += seen.items
        return await erasures_sheet(request, found)

    return routes
