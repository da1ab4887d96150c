"""One attempt of a webhook: resolve, pin, sign, send, look at the status and at nothing else."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args
from urllib.parse import urlsplit

import httpx2
from standardwebhooks.webhooks import Webhook

from services.gateway.back.addresses import Forbidden, Unknown, resolved
from services.gateway.back.schedule import retry_after

LIMIT = 15.0
"""Seconds for one attempt, from the look-up of the name to the status."""
Outcome = Literal[
    "delivered",
    "gone",
    "busy",
    "status",
    "redirect",
    "timeout",
    "no-connection",
    "tls",
    "no-address",
    "forbidden-address",
    "not-known-yet",
    "secret-lost",
    "away",
]
"""`gone`: 410; `busy`: 429; `status`: another one that is no 2xx; `not-known-yet`: the views do not
know whom it is about; `away`: no line to NATS."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True)
class Attempt:
    outcome: Outcome
    status: int | None = None
    ms: int = 0
    not_before: datetime | None = None
    """The receiver asks for a pause until then."""

    @property
    def delivered(self) -> bool:
        return self.outcome == "delivered"


@dataclass(frozen=True)
class Letter:
    """`secrets`: the present one, and while they change over the one before."""

    url: str
    id: str
    body: bytes
    secrets: Sequence[str] = field(repr=False)

    def headers(self, now: datetime) -> dict[str, str]:
        """Standard Webhooks; a signature for each secret, with a space between."""
        said = self.body.decode()
        signatures = [Webhook(secret).sign(self.id, now, said) for secret in self.secrets]
        return {
            "Content-Type": "application/cloudevents+json",
            "User-Agent": "Tongxin-Webhooks/1",
            "webhook-id": self.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


class Post:
    """Sends letters. No proxy, no redirect, no cookie, no connection that is used again: each
    attempt goes to the address that it has looked up itself. The answer's body is not read."""

    def __init__(
        self, *, loopback: bool, limit: float = LIMIT, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls`: what is trusted; the system's list else."""
        self.loopback, self.limit, self._tls = loopback, limit, tls
        self._transport: httpx2.AsyncHTTPTransport | None = None

    async def close(self) -> None:
        if self._transport:
            await self._transport.aclose()

    async def send(self, letter: Letter) -> Attempt:
        """Never raises but when it is cancelled."""
        begun = time.monotonic()
        outcome: Outcome
        status = wish = None
        try:
            async with asyncio.timeout(self.limit):
                status, asked = await self._status(letter)
        except (TimeoutError, httpx2.TimeoutException):
            outcome = "timeout"
        except Forbidden:
            outcome = "forbidden-address"
        except Unknown:
            outcome = "no-address"
        except (httpx2.HTTPError, OSError) as error:
            outcome = "tls" if _is_of_tls(error) else "no-connection"
        else:
            outcome = _meant(status)
            wish = retry_after(asked, datetime.now(UTC)) if status in (429, 503) else None
        return Attempt(outcome, status, round((time.monotonic() - begun) * 1000), wish)

    async def _status(self, letter: Letter) -> tuple[int, str | None]:
        parts = urlsplit(letter.url)
        assert parts.hostname
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await resolved(parts.hostname, port, loopback=self.loopback)
        if self._transport is None:
            self._transport = await asyncio.to_thread(self._made)
        request = httpx2.Request(
            "POST",
            httpx2.URL(letter.url).copy_with(host=address),
            headers={"Host": parts.netloc, **letter.headers(datetime.now(UTC))},
            content=letter.body,
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.limit),
                # The certificate must be of the name that was entered, not of the number.
                "sni_hostname": parts.hostname,
            },
        )
        answer = await self._transport.handle_async_request(request)
        try:
            return answer.status_code, answer.headers.get("retry-after")
        finally:
            await answer.aclose()

    def _made(self) -> httpx2.AsyncHTTPTransport:
        """Takes long, for the list of trusted certificates is read."""
        return httpx2.AsyncHTTPTransport(
            verify=self._tls or httpx2.create_ssl_context(trust_env=False),
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )


def _meant(status: int) -> Outcome:
    if 200 <= status < 300:
        return "delivered"
    if 300 <= status < 400:
        return "redirect"
    known: dict[int, Outcome] = {410: "gone", 429: "busy"}
    return known.get(status, "status")


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
