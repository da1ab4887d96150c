"""`/lapses`: members who pay no dues and take no part, for officers; `/people/{employee}/lapse`:
how one member stands, for them and their officers, with what is entered about it."""

from typing import Any, NamedTuple
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
from services.gateway.pages.keeping import keeps
from services.gateway.pages.lapse_sheets import lapses_sheet
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.membership import (
    AdmonishMember,
    DeclareLeft,
    LapseOf,
    LapseOfPerson,
    Lapses,
    LapseSeen,
    LapsesOf,
    ReverseDeclaration,
    WithdrawAdmonition,
)
from shared.for_whom import reaching
from shared.messages import Command
from shared.rights import Actor

ENTERS_SOME = reaching(*AdmonishMember.for_whom.roles)
AT_ONCE = 500


class Deed(NamedTuple):
    """What is entered: the command with its fields beside the number, and what is said then."""

    command: type[Command]
    fields: tuple[str, ...]
    done: str


DEEDS = {
    "admonish": Deed(AdmonishMember, ("on", "way", "reason"), "admonished"),
    "withdraw": Deed(WithdrawAdmonition, ("reason",), "admonition-back"),
    "declare": Deed(DeclareLeft, ("on", "reference"), "declared-left"),
    "reverse": Deed(ReverseDeclaration, ("reason",), "declaration-back"),
}


def where(employee: str) -> str:
    return f"/people/{quote(employee, safe='')}/lapse"


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def told(asked: Lapses, actor: Actor) -> LapsesOf:
        return LapsesOf.model_validate(await site.asking.query(asked, actor))

    @routes.get("/lapses", response_class=Response)
    @door("长期欠费且不参加活动的会员", Lapses.for_whom)
    async def listed(request: Request) -> Response:
        """From membership itself; who reads it is put on record."""
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(Lapses, given)
        seen = await told(asked, actor)
        async with site.readers.one() as reader:
            places = await reading.places_within(Lapses.for_whom.reach(actor), reader)
        return page(
            request,
            "lapses",
            actor=actor,
            asked=asked,
            seen=seen,
            places=places,
            **ways_on(given, seen.cursor),
        )

    @routes.get("/lapses.xlsx", response_class=Response)
    @door("长期欠费且不参加活动的会员（Excel）", Lapses.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(Lapses, given_in(request))
        items: list[LapseSeen] = []
        async for seen in pieces(lambda each: told(each, actor), asked, limit=AT_ONCE):
            items += seen.items
        return await lapses_sheet(request, items)

    async def of(employee: str, actor: Actor) -> LapseOfPerson:
        try:
            asked = LapseOf(employee=employee)
        except ValidationError as error:
            raise malformed(error) from None
        return LapseOfPerson.model_validate(await site.asking.query(asked, actor))

    async def shown(request: Request, actor: Actor, employee: str, draft: Draft) -> Response:
        """Whoever may read it and is not the member themselves is of those who may enter."""
        seen = await of(employee, actor)
        return page(
            request,
            "lapse",
            draft.status,
            actor=actor,
            draft=draft,
            seen=seen,
            here=where(employee),
            own=seen.person == actor.person,
            enters=ENTERS_SOME.includes(actor) and seen.person != actor.person,
        )

    @routes.get("/people/{employee}/lapse", response_class=Response)
    @door("个人会籍脱离情况", LapseOf.for_whom)
    async def one(request: Request, employee: str) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor, on=today().isoformat())
        return await shown(request, actor, employee, draft)

    @routes.post("/people/{employee}/lapse", response_class=Response)
    @door("在页面上登记教育提醒、视为自动退会及其撤销", AdmonishMember.for_whom)
    @keeps(site)
    async def entered(request: Request, employee: str) -> Response:
        """`deed` says which."""
        actor = await signed_in(site, request)
        ENTERS_SOME.must_include(actor)
        draft = await draft_of(site, request, actor)
        deed = DEEDS.get(draft["deed"], DEEDS["admonish"])
        fields: dict[str, Any] = {name: draft[name] for name in deed.fields}
        if await draft.send(site, actor, deed.command, fields | {"employee": employee}) is None:
            return await shown(request, actor, employee, draft)
        return go_on(where(employee), deed.done, shown=draft.shown)

    return routes
