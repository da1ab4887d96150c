"""What tells a page that something it shows has changed: topics, and nothing about what they hold.

The views are applied by one gateway process, the one that holds the ear's lock. It notifies all
through PostgreSQL, where the rows lie that a page will ask for; each process rings its own open
connections. What happens in short succession is told together, and nothing waits in line: of a
connection that has not been told yet only the topics are known.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import uniform

import asyncpg
import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from services.gateway.boards import still_open_boards
from services.gateway.open_sessions import still_open
from services.gateway.problems import Problem
from services.gateway.views.rows import address
from shared.database import Sessions, reading
from shared.facts import Heard
from shared.settings import Settings
from shared.telemetry import fault

log = structlog.get_logger(__name__)

TOPICS: Mapping[str, str] = {
    "democracy": "proposals",
    "training": "courses",
    "welfare": "visits",
}
"""Service whose facts were applied → what pages call it."""
CHANNEL = "views_changed"
GATHER = 2.0
"""Seconds between two notifications; what changes meanwhile is in the second."""
HEARTBEAT = 15.0
LOOK_EVERY = 5.0
"""Seconds after which a connection ends whose session has ended."""
OLDEST = 1800.0
"""Seconds that a connection lasts; the browser opens another, with the rights of then."""
A_PAGE_EACH = 20
"""Milliseconds for each open connection, over which the pages spread their asking."""
EACH, ALL = 12, 2000
"""Connections for each account or board, and for this process."""


@dataclass(eq=False)
class Listener:
    """One open connection: whose, the digest by which it came in, and what it may be told."""

    who: str
    token: bytes
    topics: frozenset[str]
    changed: set[str] = field(default_factory=set)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def end(self) -> None:
        self.over = True
        self.stirred.set()


class Live:
    """The open connections of this process, and its line to the others."""

    def __init__(self, settings: Settings, sessions: Sessions, idle: timedelta) -> None:
        self._settings, self._sessions, self._idle = settings, sessions, idle
        self._listeners: set[Listener] = set()
        self._open: Counter[str] = Counter()
        self._untold: set[str] = set()
        self._stirred = asyncio.Event()
        self._closed = False

    def note(self, heard: Sequence[Heard]) -> None:
        """These were applied to the views."""
        if topics := {TOPICS[one.owner] for one in heard if one.owner in TOPICS}:
            self._untold |= topics
            self._stirred.set()

    def ring(self, topics: Collection[str]) -> None:
        """Each connection is told at its next turn."""
        for listener in self._listeners:
            if changed := listener.topics & set(topics):
                listener.changed |= changed
                listener.stirred.set()

    @property
    def spread(self) -> int:
        """Milliseconds over which the pages that are told at the same moment ask."""
        return len(self._listeners) * A_PAGE_EACH

    def enter(self, who: str, token: bytes, topics: Iterable[str]) -> Listener:
        """Raises `Problem`: 429 when whose it is has too many open, 503 when this process has."""
        if self._open[who] >= EACH:
            raise Problem(429, "too-many-open", "too many pages are open", retry_after=60)
        if self._closed or len(self._listeners) >= ALL:
            raise Problem(503, "away", "no more connections are taken just now; try again")
        listener = Listener(who, token, frozenset(topics))
        self._listeners.add(listener)
        self._open[who] += 1
        return listener

    async def events(self, listener: Listener) -> AsyncIterator[bytes]:
        """As they go over the wire, until the connection or its session ends."""
        until = time.monotonic() + uniform(0.8, 1) * OLDEST  # noqa: S311
        # After a restart not all browsers come back at the same moment.
        retry = 1000 + round(uniform(0, self.spread))  # noqa: S311
        yield format_sse_event(event="here", data_str=str(self.spread), retry=retry)
        while not listener.over and time.monotonic() < until:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await listener.stirred.wait()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
                continue
            listener.stirred.clear()
            changed, listener.changed = listener.changed, set()
            for topic in sorted(changed):
                yield format_sse_event(event=topic, data_str=str(self.spread))

    def leave(self, listener: Listener) -> None:
        self._listeners.remove(listener)
        self._open[listener.who] -= 1
        self._open = +self._open  # without those who have none left

    def close(self) -> None:
        """The process is about to stop: every connection ends now, and none begins."""
        self._closed = True
        for listener in self._listeners:
            listener.end()

    async def watch(self) -> None:
        """Until cancelled: ends the connections whose session or board has ended, all of them with
        one look."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Exception as error:
                log.warning("open connections not looked after", **fault(error))

    async def look(self) -> None:
        listeners = list(self._listeners)  # who comes in meanwhile was let in just now
        tokens = {listener.token for listener in listeners}
        if not tokens:
            return
        async with reading(self._sessions) as session:
            good = await still_open(tokens, self._idle, session)
            good |= await still_open_boards(tokens - good, session)
        for listener in listeners:
            if listener.token not in good:
                listener.end()

    async def hear(self) -> None:
        """Until cancelled: notifies all processes of what this one has applied, and hears what
        others have."""
        while True:
            try:
                await self._listen()
            except Exception as error:
                log.warning("changes not heard", **fault(error))
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(**address(self._settings), timeout=5)
        connection.add_termination_listener(lambda _: self._stirred.set())
        try:
            await connection.add_listener(CHANNEL, self._notified)
            self.ring(TOPICS.values())  # whatever was missed without a line
            while not connection.is_closed():
                await self._tell(connection)
                await self._stirred.wait()
        finally:
            connection.terminate()

    async def _tell(self, connection: asyncpg.Connection) -> None:
        self._stirred.clear()
        if not self._untold:
            return
        telling, self._untold = self._untold, set()
        try:
            said = " ".join(sorted(telling))
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, said, timeout=5)
        except BaseException:
            self._untold |= telling
            raise
        await asyncio.sleep(GATHER)

    def _notified(self, _c: object, _pid: int, _channel: str, payload: object) -> None:
        self.ring(str(payload).split())
