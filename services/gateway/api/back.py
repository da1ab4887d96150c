"""`/api/v1/back/…`: what HR is told back, by webhooks and on its stream; for HR and IT."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import parse, parse_query, read_body
from services.gateway.api.queries import json_response
from services.gateway.api.schema import good, problems, query_docs, request_body
from services.gateway.back import subscriptions as asks
from services.gateway.back.log import (
    DeliveriesAsked,
    DeliveriesSeen,
    Replay,
    Replayed,
    deliveries,
    replay,
)
from services.gateway.back.subscriptions import FOR_WHOM
from services.gateway.doors import door
from services.gateway.site import Site
from services.gateway.views.asked import ViewAsked
from shared.calendar import today
from shared.database import Session
from shared.rights import Actor

A = TypeVar("A", bound=asks.Asked)
Deed = Callable[[Any, Actor, Session], Awaitable[BaseModel | None]]
LONGEST = 4096


class SubscriptionsAsked(ViewAsked):
    """Who is told what, and how it goes."""

    zh = "查看回告人事的订阅"
    for_whom = FOR_WHOM


class Pinged(BaseModel):
    """The test's event, as the receiver and the log know it."""

    event: str


def router(site: Site) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/back", tags=["back"])

    async def subscribe(asked: asks.Subscribe, actor: Actor, session: Session) -> BaseModel:
        return await asks.subscribe(asked, actor, session, loopback=site.door.back_loopback)

    async def ping(asked: asks.Ping, actor: Actor, session: Session) -> BaseModel:
        return Pinged(event=str(await asks.ping(asked, session, today())))

    deeds: list[tuple[str, str, type[asks.Asked], Deed, type[BaseModel] | None]] = [
        ("subscribe", "订阅回告", asks.Subscribe, subscribe, asks.Made),
        ("change", "修改订阅", asks.Change, asks.change, None),
        ("rotate", "更换签名密钥", asks.Rotate, asks.rotate, asks.Made),
        ("remove", "删除订阅", asks.Remove, asks.remove, None),
        ("ping", "发送测试事件", asks.Ping, ping, Pinged),
        ("replay", "重新回告", Replay, replay, Replayed),
    ]
    for name, zh, asked, deed, answer in deeds:
        routes.add_api_route(
            f"/{name}",
            _endpoint(site, zh, asked, deed),
            methods=["POST"],
            status_code=201 if answer else 204,
            response_class=Response,
            summary=(inspect.getdoc(asked) or "").partition(".")[0],
            description=inspect.getdoc(asked),
            operation_id=f"back_{name}",
            openapi_extra={"security": [{"bearer": []}], "requestBody": request_body(asked)},
            responses=good(201 if answer else 204, "Done", answer)
            | problems(401, 403, 409, 413, 422, 503),
        )

    @door(SubscriptionsAsked.zh, SubscriptionsAsked.for_whom)
    async def listed(request: Request) -> Response:
        FOR_WHOM.must_include(await site.actor(request))
        parse_query(SubscriptionsAsked, request)
        async with site.readers.one() as reader:
            return json_response(await asks.subscriptions(reader))

    @door(DeliveriesAsked.zh, DeliveriesAsked.for_whom)
    async def log(request: Request) -> Response:
        FOR_WHOM.must_include(await site.actor(request))
        asked = parse_query(DeliveriesAsked, request)
        async with site.readers.one() as reader:
            return json_response(await deliveries(asked, reader))

    for path, endpoint, kind, seen in (
        ("/subscriptions", listed, SubscriptionsAsked, asks.SubscriptionsSeen),
        ("/deliveries", log, DeliveriesAsked, DeliveriesSeen),
    ):
        docs: dict[str, Any] = query_docs(f"/back{path}", kind, seen)
        routes.add_api_route(path, endpoint, methods=["GET"], response_class=Response, **docs)
    return routes


def _endpoint(site: Site, zh: str, kind: type[A], deed: Deed) -> Any:
    @door(zh, FOR_WHOM)
    async def ask(request: Request) -> Response:
        actor = await site.actor(request)
        FOR_WHOM.must_include(actor)
        asked = parse(kind, await read_body(request, LONGEST))
        async with site.sessions() as session:
            done = await deed(asked, actor, session)
            await session.commit()
        site.back.wake()
        if done is None:
            return Response(status_code=204)
        return Response(
            done.model_dump_json(),
            status_code=201,
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return ask
