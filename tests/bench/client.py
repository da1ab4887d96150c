"""A lean HTTP/1.1 client, so that the measuring costs little beside what is measured."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

CLIENTS = 16
WARM = 20


class Reply(NamedTuple):
    """`head` in lower case, status line and headers."""

    status: int
    head: bytes
    body: bytes


class Connection(asyncio.Protocol):
    """A connection that stays open, for one request at a time."""

    def __init__(self) -> None:
        self._arrived = b""
        self._reply: asyncio.Future[Reply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_exception(exc or ConnectionResetError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        end = self._arrived.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._arrived[:end].lower()
        _, _, length = head.partition(b"\r\ncontent-length:")
        whole = end + 4 + int(length.partition(b"\r\n")[0])
        if len(self._arrived) >= whole:
            body, self._arrived = self._arrived[end + 4 : whole], self._arrived[whole:]
            assert self._reply
            self._reply.set_result(Reply(int(head[9:12]), head, body))

    async def ask(self, request: bytes) -> Reply:
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def connections(port: int, number: int = CLIENTS) -> AsyncIterator[list[Connection]]:
    """So many open connections to a server on loopback."""
    loop = asyncio.get_running_loop()
    made = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(number)]
    try:
        yield made
    finally:
        for connection in made:
            connection.close()


def post(path: str, body: bytes, token: str, key: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str = "", *, cookie: str = "") -> bytes:
    """Of the API with a token; of a page with the cookie of a session."""
    signed = f"Authorization: Bearer {token}\r\n" if token else ""
    known = f"Cookie: session={cookie}\r\nAccept: text/html\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{signed}{known}\r\n".encode()


async def each_takes(port: int, request: bytes, *, seconds: float) -> list[float]:
    """Milliseconds of one request after the other, so that nobody waits for a neighbour; the first
    are for warming up and not told. Raises `RuntimeError` for an answer other than 200."""
    taken: list[float] = []
    async with connections(port, 1) as (one,):
        for _ in range(WARM):
            await one.ask(request)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            begun = time.perf_counter()
            reply = await one.ask(request)
            taken.append((time.perf_counter() - begun) * 1000)
            if reply.status != 200:
                raise RuntimeError(f"{request.split()[1].decode()}: {reply.status}")
    return taken


async def hammer(port: int, make: Callable[[], bytes], *, seconds: float, expect: int) -> float:
    """`CLIENTS` connections, each sending the next request when the last was answered, after a
    short warming up. Returns answers a second; raises when one has another status than `expect`.
    """
    async with connections(port) as clients:
        await _for(min(2.0, seconds), clients, make, expect)
        return await _for(seconds, clients, make, expect)


async def _for(
    seconds: float, clients: list[Connection], make: Callable[[], bytes], expect: int
) -> float:
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds

    async def one(connection: Connection) -> None:
        while time.perf_counter() < until:
            statuses[(await connection.ask(make())).status] += 1

    begun = time.perf_counter()
    await asyncio.gather(*map(one, clients))
    taken = time.perf_counter() - begun
    if set(statuses) != {expect}:
        raise RuntimeError(f"not every answer was {expect}: {dict(statuses)}")
    return statuses.total() / taken
