"""For those who look after a process: `/metrics`, `/livez` and `/readyz` on a port of its own.

In a thread, with the WSGI server of the standard library, because another ASGI server in each
service costs more memory than all of this; questions about the service are asked of its event loop.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from prometheus_client import make_wsgi_app

from shared.health import ServiceHealth
from shared.metrics import Metrics
from shared.settings import Settings
from shared.telemetry import fault

log = structlog.get_logger(__name__)

T = TypeVar("T")
LOOK_SECONDS = 5.0
LIVE_SECONDS = 2.0


async def look(at: Callable[[], Awaitable[ServiceHealth]]) -> ServiceHealth | None:
    """How the service is; None when that cannot be learned in five seconds."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await at()
    except Exception as error:
        log.info("not ready", **fault(error))
        return None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Without asking DNS for a name of the host, which may take its time."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Silent(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Who scrapes is no news."""


class Ops:
    """Serves from `start` to `stop`. Port 0 serves nothing. A port that is taken is warned of and
    stands in nobody's way: the work of the service comes first."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        health: Callable[[], Awaitable[ServiceHealth]],
    ) -> None:
        self.bind, self.port = str(settings.bind), settings.ops_port
        self.metrics, self.health = metrics, health
        self._expose = make_wsgi_app(metrics.registry)
        self._one_at_a_time = threading.Lock()
        self._server: WSGIServer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Called in the loop that the service works in."""
        if not self.port:
            return
        self._loop = asyncio.get_running_loop()
        try:
            self._server = make_server(
                self.bind, self.port, self._answer, server_class=_Server, handler_class=_Silent
            )
        except OSError as error:
            log.warning("no ops port", port=self.port, **fault(error))
            return
        threading.Thread(target=self._server.serve_forever, name="ops", daemon=True).start()

    async def stop(self) -> None:
        if self._server:
            await asyncio.to_thread(self._server.shutdown)
            self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/metrics":
                health = self._ask(look(self.health), LOOK_SECONDS + 1)
                with self._one_at_a_time:
                    self.metrics.show(health)
                    page: Iterable[bytes] = self._expose(environ, start)
                    return page
            case "GET", "/livez":
                return _say(start, self._ask(_yes(), LIVE_SECONDS) is not None)
            case "GET", "/readyz":
                health = self._ask(look(self.health), LOOK_SECONDS + 1)
                return _say(start, health is not None and health.ready)
            case _:
                start("404 Not Found", [("Content-Type", "text/plain")])
                return [b"/metrics /livez /readyz\n"]

    def _ask(self, question: Any, seconds: float) -> Any:
        """The answer of the service's loop; None when it gives none in time."""
        assert self._loop
        asked: Future[Any] = asyncio.run_coroutine_threadsafe(question, self._loop)
        with suppress(TimeoutError):
            return asked.result(seconds)
        asked.cancel()
        return None


async def _yes() -> bool:
    return True


def _say(start: StartResponse, ok: bool) -> Iterable[bytes]:
    start(
        "200 OK" if ok else "503 Service Unavailable",
        [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
    )
    return [b'{"status":"ok"}' if ok else b'{"status":"away"}']
