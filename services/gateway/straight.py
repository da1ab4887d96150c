"""The straight way for the API's requests that come again and again: commands, queries, views.

FastAPI's own way to an endpoint is nine layers, each of which makes closures and stacks for every
request; together they cost more than all that the gateway does about a command. These endpoints
take a request and give a response, so nothing of it is needed. FastAPI knows the routes as well:
for the document, and for whoever comes with another method or path.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.pages import response_to
from services.gateway.problems import Problem, problem_of
from shared.rights import RuleBroken

Endpoint = Callable[[Request], Awaitable[Response]]


Routes = Mapping[tuple[str, str], APIRoute]


def routes_of(routers: Iterable[APIRouter]) -> Routes:
    """Method and path → route. For routes without parameters in their path, whose endpoints take
    the request alone."""
    found = [route for router in routers for route in router.routes]
    return {
        (method, route.path): route
        for route in found
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


@dataclass(frozen=True)
class Fork:
    """Requests for one of the `routes` go `straight`, everything else goes on to `app`."""

    app: ASGIApp
    routes: Routes
    straight: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = scope["type"] == "http" and self.routes.get((scope["method"], scope["path"]))
        if route:
            scope["route"] = route
            await self.straight(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def straight(scope: Scope, receive: Receive, send: Send) -> None:
    """Request, endpoint, response."""
    request = Request(scope, receive)
    endpoint: Endpoint = scope["route"].endpoint
    try:
        response = await endpoint(request)
    except Problem as problem:
        response = response_to(request, problem)
    except RuleBroken as broken:
        response = response_to(request, problem_of(broken.answer))
    await response(scope, receive, send)
