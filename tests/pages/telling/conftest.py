"""A mail server and a company chat that really are there, and a gateway that knows one of them."""

import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.types import ASGIApp

from deploy.local.gateway import gateway_session
from deploy.local.home import Home, free_port
from services.gateway.accounts import begin_session
from services.gateway.app import create_door
from services.gateway.site import Site
from services.gateway.telling import digests
from services.gateway.telling.channel import SECRET
from services.gateway.telling.clock import Clock
from shared.database import sql
from shared.settings import Settings
from tests.pages.conftest import HTML, Plant

PASSWORD = "smtp-secret-7f3a"


@dataclass
class Mail:
    """What has come to the server, by recipient."""

    port: int
    got: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: bool = False

    @property
    def template(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=tongxin@company.example&to={{address}}"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return "550 no such mailbox"
        message = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        self.got += [(to, message) for to in envelope.rcpt_tos]
        return "250 OK"

    def text(self) -> str:
        """Of the last one."""
        return str(self.got[-1][1].get_content())


@pytest.fixture
def mail() -> Iterator[Mail]:
    made = Mail(free_port())
    server = Controller(made, hostname="127.0.0.1", port=made.port)
    server.start()
    yield made
    server.stop()


@dataclass
class Chat:
    """What was posted, by path. It answers with `status`; on the paths in `slow`, or on all, once
    `opened` is set."""

    port: int = 0
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    opened: threading.Event = field(default_factory=threading.Event)
    status: int = 200
    slow: set[str] | None = None

    @property
    def template(self) -> str:
        return f"json://tongxin:{PASSWORD}@127.0.0.1:{self.port}/to/{{address}}"

    def of(self, address: str) -> list[dict[str, Any]]:
        return [said for path, said in self.got if path == f"/to/{address}"]


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    made.opened.set()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.path, json.loads(body)))
            if made.slow is None or self.path in made.slow:
                made.opened.wait(30)
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.opened.set()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Gateway:
    """One in this process, whose channel is its own: the running site has none."""

    site: Site
    clock: Clock
    door: ASGIApp
    home: Home

    def channel(self, template: str | None) -> None:
        kept = self.site.settings.secrets / SECRET
        kept.write_text(template) if template else kept.unlink(missing_ok=True)

    async def tick(self) -> None:
        """All that is due."""
        while await self.clock.tick():
            pass

    async def said(self, statement: str, **given: Any) -> Any:
        """The first value of the answer, or None."""
        async with self.site.sessions() as session:
            found: Any = await session.execute(sql(statement), given)
            value = found.scalar() if found.returns_rows else None
            await session.commit()
        return value

    async def browser(self, account: str) -> httpx.AsyncClient:
        async with gateway_session(self.home) as session:
            token, _ = await begin_session(session, account)
            await session.commit()
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.door),
            base_url=self.site.settings.url,
            headers=HTML,
            cookies={"session": token},
        )

    async def due(self, account: str, *, ago: timedelta = timedelta(seconds=1)) -> None:
        """As if it had been due so long ago, for what came since the day before that."""
        await self.said(
            "UPDATE digest SET due_at = now() - CAST(:ago AS interval), taken_until = NULL,"
            " told_until = now() - CAST(:ago AS interval) - interval '1 day'"
            " WHERE account = :account",
            account=account,
            ago=ago,
        )


@pytest.fixture
async def gateways(
    site: Home,
    plant: Plant,
    settings: Callable[[str], Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Callable[[], Gateway]]:
    """Makes one after the other, as after a restart. What has just happened counts at once."""
    monkeypatch.setattr(digests, "STILL_COMING", timedelta())
    told = settings("gateway")
    secrets = tmp_path / "secrets"
    shutil.copytree(told.secrets, secrets)
    made: list[Site] = []

    def make() -> Gateway:
        one = Site(told.model_copy(update={"secrets": secrets}))
        made.append(one)
        return Gateway(one, Clock(one), create_door(one), site)

    yield make
    last = make()
    await last.said("DELETE FROM digest")
    await last.said("DELETE FROM digest_asked")
    await last.said("DELETE FROM follow")
    await last.said("DELETE FROM news_seen")
    await last.said("DELETE FROM sign_in_try")
    for each in made:
        await each.readers.close()
        await each.engine.dispose()


@pytest.fixture
async def gateway(gateways: Callable[[], Gateway]) -> Gateway:
    return gateways()
