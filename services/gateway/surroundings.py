"""What surrounds every request: a trace, one log line, safe headers."""

import asyncio
import time
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.pages.errors import response_to
from services.gateway.problems import Problem
from shared.broker import is_cut
from shared.database import is_away
from shared.telemetry import continue_trace, fault

log = structlog.get_logger(__name__)

SAFE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
HSTS = (b"strict-transport-security", b"max-age=31536000")


def fault_problem(error: Exception) -> Problem:
    """503 for what passes by itself, 500 for a fault of ours."""
    if is_away(error) or is_cut(error):
        return Problem(503, "away", "the site cannot work just now; try again")
    return Problem(500, "fault", "a fault of ours; it was reported under this trace-id")


class Surroundings:
    """Plain ASGI, because Starlette's middleware class costs a task a request."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        self.headers = [*SAFE_HEADERS, HSTS] if https else SAFE_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        parent = continue_trace(headers.get(b"traceparent", b"").decode("latin-1"))
        begun = time.perf_counter()
        status: list[int] = []

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
                more: list[Any] = [(b"trace-id", parent.split("-")[1].encode()), *self.headers]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except Exception as error:
            # Answered here: whoever is outside would log the error's own words.
            log.error("request failed", **fault(error))
            if not status:
                response = response_to(Request(scope), fault_problem(error))
                await response(scope, receive, send_on)
        except asyncio.CancelledError:
            # The server stops and waits no longer; it would say 500 for us.
            if not status:
                code = "away" if scope["method"] == "GET" else "outcome-unknown"
                stopping = Problem(503, code, "the site is stopping; ask again, with the same key")
                await response_to(Request(scope), stopping)(scope, receive, send_on)
            raise
        finally:
            # The route's pattern, never the path: a path may carry an id, a query a person.
            route = getattr(scope.get("route"), "path", None)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status[0] if status else 500,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )
