"""Trying the gateway's doors: every route that it has, as every account, about every thing."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from services.gateway.app import create_app
from services.gateway.doors import Door, door_of
from services.gateway.pages.form_token import FIELD
from services.gateway.site import Site
from shared.settings import Settings
from tests.walls.company import Account, Stage, Thing
from tests.walls.tries import Try

AT_ONCE = 8
REFUSED = {401, 403}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


UNCHANGED = {"If-Match": 'W/"0"'}
"""Who is let in changes nothing: there is no such version."""


def doors_of(settings: Settings) -> dict[str, Door | None]:
    """Method and path of everything that the gateway serves, and what it says of itself."""
    return {
        f"{method} {route.path}": door_of(route)
        for route in _leaves(create_app(Site(settings)).routes)
        for method in route.methods or ()
    }


def _leaves(found: Sequence[BaseRoute]) -> Iterator[APIRoute]:
    for route in found:
        # FastAPI keeps an included router whole, as a branch.
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from _leaves(inside.routes)
        elif isinstance(route, APIRoute):
            yield route


def _is_form(route: str) -> bool:
    return route.startswith("POST /") and not is_for_programs(route)


def is_for_programs(route: str) -> bool:
    """It knows bearers only."""
    return route.partition(" ")[2].startswith(("/api/", "/hooks/", "/scim/"))


def request_to(route: str, thing: Thing, body: Mapping[str, Any]) -> httpx.Request:
    """`body`: the fields of the request; `$` stands for how the thing is named."""
    method, _, path = route.partition(" ")
    fields = {name: thing.named if value == "$" else value for name, value in body.items()}
    for name in [name for name in fields if f"{{{name}}}" in path]:
        path = path.replace(f"{{{name}}}", str(fields.pop(name)))
    if path == "/hooks/hr":
        return httpx.Request(method, f"http://site{path}", content=b"[]", headers=BATCH)
    if path.startswith("/scim/") and method != "GET":
        return httpx.Request(method, f"http://site{path}", json=fields, headers=UNCHANGED)
    if _is_form(route):
        brought = {"files": ("a.pdf", fields.pop("files"))} if "files" in fields else None
        request = httpx.Request(method, f"http://site{path}", data=fields, files=brought)
        request.read()
        return request
    if method == "POST":
        return httpx.Request(method, f"http://site{path}", json=fields)
    return httpx.Request(method, f"http://site{path}", params=fields)


async def sent(client: httpx.AsyncClient, request: httpx.Request, **headers: str) -> httpx.Response:
    """A stream of events has no end: of it the head is enough."""
    url = client.base_url.copy_with(raw_path=request.url.raw_path)
    told = dict(request.headers) | headers
    asked = client.build_request(request.method, url, content=request.content, headers=told)
    answer = await client.send(asked, stream=True)
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        await answer.aread()
    await answer.aclose()
    return answer


def _as(stage: Stage, account: Account, route: str) -> dict[str, str]:
    """The API knows bearers, the pages cookies."""
    if route == "DELETE /api/v1/session":
        return {"Authorization": f"Bearer {stage.spare[account.name]}"}
    token = stage.company.tokens[account.name]
    if is_for_programs(route):
        return {"Authorization": f"Bearer {token}"}
    return {"Cookie": f"session={token}"}


async def _form_token(stage: Stage, account: Account, path: str) -> str:
    """What the forms of the account's pages carry, such as the page at `path`."""
    cookie = {"Cookie": f"session={stage.company.tokens[account.name]}"}
    page = await stage.client.get(path, headers=cookie)
    found = re.search(f'name="{FIELD}" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


async def doors_tried(
    stage: Stage,
    asks: Mapping[str, tuple[str, Mapping[str, Any]]],
    accounts: list[Account],
    *,
    forms_from: str = "/account",
) -> dict[Try, bool]:
    """`asks`: route → the kind of thing that it is about, and the fields of a request that is good
    in itself. Was the account let in? Raises `AssertionError` for an ask that proves nothing."""
    limit = asyncio.Semaphore(AT_ONCE)
    forms = any(map(_is_form, asks))
    carried = {each.name: await _form_token(stage, each, forms_from) for each in accounts if forms}
    outcomes: dict[Try, bool] = {}

    async def attempt(route: str, thing: Thing, account: Account) -> None:
        async with limit:
            # Not before: ten thousand at once take so long that the site closes who waits for them.
            form = {FIELD: carried[account.name]} if _is_form(route) else {}
            request = request_to(route, thing, {**asks[route][1], **form})
            answer = await sent(stage.client, request, **_as(stage, account, route))
        assert answer.status_code < 500, f"{route}: {answer.text}"
        assert answer.status_code not in {404, 405, 415, 422}, f"{route}: {answer.text}"
        outcomes[Try(account.name, route, thing.name)] = answer.status_code not in REFUSED

    async with asyncio.TaskGroup() as group:
        for route, thing, account in _product(stage, asks, accounts):
            group.create_task(attempt(route, thing, account))
    return outcomes


def _product(
    stage: Stage, asks: Mapping[str, tuple[str, Mapping[str, Any]]], accounts: list[Account]
) -> Iterator[tuple[str, Thing, Account]]:
    for route, (kind, _) in asks.items():
        for thing in stage.things[kind]:
            for account in accounts:
                yield route, thing, account
