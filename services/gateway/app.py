"""The gateway: wiring only."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from socket import socket

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from services.gateway import pages
from services.gateway.api import asyncapi, back, commands, health, hooks, queries, schema, session
from services.gateway.doors import describe
from services.gateway.live import Live
from services.gateway.problems import Problem, problem_of
from services.gateway.scim import door as scim
from services.gateway.site import Site
from services.gateway.straight import Fork, routes_of, straight
from services.gateway.surroundings import HttpMetrics, Surroundings
from services.gateway.telling.clock import Clock
from shared.rights import RuleBroken
from shared.settings import Settings
from shared.telemetry import setup_logging
from shared.tracing import tracing

DESCRIPTION = """
Tongxin 同心, the operating platform of a grass-roots trade union. Commands are asked with a bearer
token and, best, an Idempotency-Key; every error is problem+json (RFC 9457) and names the way out.
"""


def create_app(site: Site) -> FastAPI:
    """The HTTP side of one gateway process."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with site, Clock(site):
            yield

    app = FastAPI(
        title="Tongxin 同心",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        # FastAPI's own viewers load their scripts from elsewhere; see pages/documents.py.
        docs_url=None,
        redoc_url=None,
    )
    parts = (session, commands, queries, back, hooks, scim, health, asyncapi)
    routers = [part.router(site) for part in parts]
    describe(routers)
    for router in routers:
        app.include_router(router)
    app.state.methods = _methods(routers)
    pages.install(app, site)
    schema.install(app)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RuleBroken, _rule_broken)
    app.add_exception_handler(HTTPException, _http)
    return app


def create_door(site: Site) -> ASGIApp:
    """The app, and the straight way beside it, both with all that surrounds a request."""
    app = create_app(site)
    surround = partial(
        Surroundings,
        metrics=HttpMetrics(site.metrics.registry),
        refused=site.audit.refused,
        https=site.https,
    )
    app.add_middleware(surround)
    routers = [commands.router(site), queries.router(site)]
    return Fork(app, routes_of(routers), surround(straight))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return pages.response_to(request, error)


async def _rule_broken(request: Request, error: Exception) -> Response:
    assert isinstance(error, RuleBroken)
    return pages.response_to(request, problem_of(error.answer))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
    response = pages.response_to(request, Problem(error.status_code, code, str(error.detail)))
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        # Starlette names the methods of one route, where a path may have several.
        path = getattr(request.scope.get("route"), "path", "")
        methods = request.app.state.methods.get(path)
        if methods:
            response.headers["Allow"] = ", ".join(sorted(methods))
    return response


def _methods(routers: Sequence[APIRouter]) -> dict[str, set[str]]:
    """Path → what may be done there."""
    found: dict[str, set[str]] = {}
    for method, path in routes_of(routers):
        found.setdefault(path, set()).add(method)
    return found


STARTUP_FAILED = 3
"""Exit code, as `uvicorn.run` has it."""


class Server(uvicorn.Server):
    """Waits for open answers before it stops; those that have no end of their own end first."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self.live = live

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self.live.close()
        await super().shutdown(sockets)


def main() -> None:
    """Serves HTTP until SIGTERM or SIGINT."""
    settings = Settings()
    setup_logging("gateway", settings.site)
    with tracing("gateway", settings.site):
        site = Site(settings)
        config = uvicorn.Config(
            create_door(site),
            host=str(settings.bind),
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
        )
        server = Server(config, site.live)
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            sys.exit(STARTUP_FAILED)


if __name__ == "__main__":
    main()
