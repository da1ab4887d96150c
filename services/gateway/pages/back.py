"""`/back`: what HR's system is told back, by whom it is asked for; the log, and telling again."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.back import subscriptions as asks
from services.gateway.back.log import DeliveriesAsked, Replay, deliveries, replay
from services.gateway.back.subscriptions import FOR_WHOM, Made, SubscriptionSeen
from services.gateway.doors import door
from services.gateway.pages import back_words, sheets
from services.gateway.pages.back_sheets import deliveries_sheet
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of, wrongs_in
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.calendar import today
from shared.database import Session
from shared.rights import Actor, RuleBroken

T = TypeVar("T")


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def comer(request: Request) -> Actor:
        actor = await signed_in(site, request)
        FOR_WHOM.must_include(actor)
        return actor

    async def done(draft: Draft, deed: Callable[[Session], Awaitable[T]]) -> T | None:
        """None: it is to be shown again."""
        if draft.looked_at:
            return None
        try:
            async with site.sessions() as session:
                found = await deed(session)
                await session.commit()
        except ValidationError as error:
            draft.wrongs, draft.status = wrongs_in(error), 422
            return None
        except RuleBroken as broken:
            said = broken.answer
            draft.wrongs = [Wrong(said.field, said.code, {}, said.detail)]
            draft.status = said.status
            return None
        site.back.wake()
        return found

    async def all_of_them() -> list[SubscriptionSeen]:
        async with site.readers.one() as reader:
            return (await asks.subscriptions(reader)).subscriptions

    async def one_of_them(id: str) -> SubscriptionSeen:
        """Raises `Problem` (404)."""
        known = id_in(id, "subscription")
        for one in await all_of_them():
            if one.id == known:
                return one
        raise Problem(404, "unknown-subscription", f"there is no subscription {id}")

    def secret_shown(request: Request, actor: Actor, made: Made) -> Response:
        """This once; no page can show it again."""
        return page(request, "back_secret", actor=actor, made=made)

    @routes.get("/back", response_class=Response)
    @door("回告人事页", FOR_WHOM)
    async def listed(request: Request) -> Response:
        actor = await comer(request)
        found = await all_of_them()
        return page(request, "back", actor=actor, found=found, asked=back_words.ASKED)

    def adding(request: Request, actor: Actor, draft: Draft) -> Response:
        return page(
            request, "back_new", draft.status, actor=actor, draft=draft, asked=back_words.ASKED
        )

    @routes.get("/back/new", response_class=Response)
    @door("新增回告地址表单", FOR_WHOM)
    async def add_form(request: Request) -> Response:
        actor = await comer(request)
        return adding(request, actor, await draft_of(site, request, actor))

    @routes.post("/back/new", response_class=Response)
    @door("在页面上新增回告地址", FOR_WHOM)
    @keeps(site)
    async def add(request: Request) -> Response:
        actor = await comer(request)
        draft = await draft_of(site, request, actor)

        async def deed(session: Session) -> Made:
            asked = asks.Subscribe(url=draft["url"], kinds=_kinds_in(draft))
            loopback = site.door.back_loopback
            return await asks.subscribe(asked, actor, session, loopback=loopback)

        made = await done(draft, deed)
        return adding(request, actor, draft) if made is None else secret_shown(request, actor, made)

    @routes.get("/back/log", response_class=Response)
    @door("回告记录页", DeliveriesAsked.for_whom)
    async def log(request: Request) -> Response:
        actor = await comer(request)
        return await logged(request, actor, await draft_of(site, request, actor))

    async def logged(request: Request, actor: Actor, draft: Draft) -> Response:
        given = given_in(request)
        asked = asked_for(DeliveriesAsked, given)
        async with site.readers.snapshot() as reader:
            seen = await deliveries(asked, reader)
            there = (await asks.subscriptions(reader)).subscriptions
        return page(
            request,
            "back_log",
            draft.status,
            actor=actor,
            draft=draft,
            asked=asked,
            seen=seen,
            there=there,
            said=back_words,
            **ways_on(given, seen.cursor),
        )

    @routes.post("/back/log", response_class=Response)
    @door("在页面上重新回告", FOR_WHOM)
    @keeps(site)
    async def tell_again(request: Request) -> Response:
        """One delivery, or all that was given up since a day."""
        actor = await comer(request)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("event", "subscription", "since") if draft[name]}

        async def deed(session: Session) -> Any:
            return await replay(Replay.model_validate(fields, extra="forbid"), actor, session)

        if await done(draft, deed) is None:
            return await logged(request, actor, draft)
        return go_on("/back/log", "told-again")

    @routes.get("/back/log.xlsx", response_class=Response)
    @door("回告记录（Excel）", DeliveriesAsked.for_whom)
    async def sheet(request: Request) -> Response:
        await comer(request)
        asked = asked_for(DeliveriesAsked, given_in(request))
        async with site.readers.one() as reader:
            seen = await deliveries(sheets.whole(asked), reader)
        return await deliveries_sheet(request, seen)

    def changing(request: Request, actor: Actor, draft: Draft, one: SubscriptionSeen) -> Response:
        return page(
            request,
            "back_one",
            draft.status,
            actor=actor,
            draft=draft,
            one=one,
            asked=back_words.ASKED,
        )

    @routes.get("/back/{id}", response_class=Response)
    @door("回告订阅页", FOR_WHOM)
    async def change_form(request: Request, id: str) -> Response:
        actor = await comer(request)
        one = await one_of_them(id)
        typed = dict.fromkeys(one.kinds, "true") | ({"active": "true"} if one.active else {})
        draft = await draft_of(site, request, actor, **typed)
        return changing(request, actor, draft, one)

    @routes.post("/back/{id}", response_class=Response)
    @door("在页面上修改回告订阅", FOR_WHOM)
    @keeps(site)
    async def change(request: Request, id: str) -> Response:
        """`deed`: save, test, secret or remove."""
        actor = await comer(request)
        one = await one_of_them(id)
        draft = await draft_of(site, request, actor)
        match draft["deed"]:
            case "test":
                ping = asks.Ping(subscription=one.id)
                if await done(draft, lambda to: asks.ping(ping, to, today())) is not None:
                    return go_on(f"/back/log?subscription={one.id}", "test-sent")
            case "secret":
                made = await done(draft, _rotating(draft, one.id, actor))
                if made is not None:
                    return secret_shown(request, actor, made)
            case "remove":
                gone = asks.Remove(subscription=one.id)
                if await done(draft, _said(lambda to: asks.remove(gone, actor, to))):
                    return go_on("/back", "subscription-gone")
            case _:
                if await done(draft, _said(_changing(draft, one.id, actor))):
                    return go_on("/back", "subscription-changed")
        if draft["deed"] != "save":
            kept = dict.fromkeys(one.kinds, "true") | ({"active": "true"} if one.active else {})
            draft.typed = kept | {"overlap_hours": draft["overlap_hours"]}
        return changing(request, actor, draft, one)

    return routes


def _kinds_in(draft: Draft) -> tuple[Any, ...]:
    return tuple(kind for kind in back_words.ASKED if draft[kind] == "true")


def _said(deed: Callable[[Session], Awaitable[None]]) -> Callable[[Session], Awaitable[bool]]:
    """True once it is done."""

    async def so(session: Session) -> bool:
        await deed(session)
        return True

    return so


def _changing(draft: Draft, id: UUID, actor: Actor) -> Callable[[Session], Awaitable[None]]:
    """Without any kind it can only be off."""

    async def deed(session: Session) -> None:
        kinds, active = _kinds_in(draft) or None, draft["active"] == "true"
        if kinds is None and active:
            raise RuleBroken("no-kinds", "say which kinds of events", field="kinds", status=422)
        await asks.change(asks.Change(subscription=id, kinds=kinds, active=active), actor, session)

    return deed


def _rotating(draft: Draft, id: UUID, actor: Actor) -> Callable[[Session], Awaitable[Made]]:
    async def deed(session: Session) -> Made:
        given = {"subscription": id, "overlap_hours": draft["overlap_hours"].strip() or "24"}
        return await asks.rotate(asks.Rotate.model_validate(given), actor, session)

    return deed
