"""What surrounds every request: a span, one log line, a count, safe headers, and the note of a
refusal."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from opentelemetry.trace import Span
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.pages.errors import response_to
from services.gateway.problems import Problem
from shared.broker import is_cut
from shared.database import is_away
from shared.rights import Actor
from shared.telemetry import fault
from shared.tracing import SERVER, failed, span, trace_id_of

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


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class HttpMetrics:
    """Requests by the pattern of their route, never by path."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "tongxin_http_requests_total",
            "HTTP requests answered, by pattern of the route and class of the status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._duration = Histogram(
            "tongxin_http_request_duration_seconds",
            "From a request to the end of its answer.",
            ["method", "route"],
            buckets=SECONDS,
            registry=registry,
        )

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        pattern = route or "none"
        self._requests.labels(method, pattern, f"{status // 100}xx").inc()
        self._duration.labels(method, pattern).observe(seconds)


Refused = Callable[[Actor | None, str, str], Awaitable[None]]
"""Told who was refused what, and the code of the refusal."""


class Surroundings:
    """Plain ASGI, because Starlette's middleware class costs a task a request."""

    def __init__(
        self, app: ASGIApp, *, metrics: HttpMetrics, refused: Refused, https: bool = False
    ) -> None:
        self.app, self.metrics, self.refused = app, metrics, refused
        self.headers = [*SAFE_HEADERS, HSTS] if https else SAFE_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        parent = headers.get(b"traceparent", b"").decode("latin-1")
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with span(method, parent=parent, kind=SERVER) as present:
            await self._answer(scope, receive, send, method, present)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, method: str, present: Span
    ) -> None:
        begun = time.perf_counter()
        status: list[int] = []
        trace_id = (trace_id_of(present) or "").encode()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
                more: list[Any] = [(b"trace-id", trace_id), *self.headers]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except Exception as error:
            # Answered here: whoever is outside would log the error's own words.
            failed(error)
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
            seconds = time.perf_counter() - begun
            ended = status[0] if status else 500
            present.update_name(f"{method} {route}" if route else method)
            present.set_attribute("http.request.method", method)
            present.set_attribute("http.response.status_code", ended)
            if route:
                present.set_attribute("http.route", route)
            self.metrics.answered(method, route, ended, seconds)
            if "refused" in scope:
                asked = f"{method} {route or ''}".strip()
                await self.refused(scope.get("actor"), asked, scope["refused"])
            log.info(
                "request",
                method=method,
                route=route,
                status=ended,
                ms=round(seconds * 1000, 1),
            )
