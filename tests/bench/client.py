"""A lean HTTP/1.1 client, so that the measuring costs little beside what is measured."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Sends one request on a connection that stays open; returns the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    await reader.readexactly(length)
    return int(head[9:12])


def post(path: str, body: bytes, token: str, key: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def hammer(
    port: int, make: Callable[[int, int], bytes], *, clients: int, seconds: float
) -> tuple[float, Counter[int]]:
    """`clients` connections, each sending the next request when the last was answered. `make` is
    given the client and the count. Returns answers a second and how often each status came."""
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.perf_counter() < until:
            count += 1
            statuses[await _post(reader, writer, make(number, count))] += 1
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(clients)))
    return statuses.total() / (time.perf_counter() - begun), statuses
