"""Knowing that everyone has heard: from HR's stream through membership to every service."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.broker import durables
from shared.health import ServiceHealth

PAUSE, LONGEST_PAUSE = 0.05, 0.5
AT_MOST = 10_000
"""Messages a second that nobody takes more of: until what is ahead can be taken, asking is in vain,
and an answer costs what a dozen messages do."""


async def ask_health(client: Client, site: str, service: str) -> ServiceHealth | None:
    """None when the service is away, or the line to it."""
    try:
        reply = await client.request(f"queries.{site}.{service}.health", b"", timeout=3)
        return ServiceHealth.model_validate_json(reply.data)
    except (NatsError, OSError, ValueError):
        return None


@dataclass(frozen=True)
class Settling:
    """Waits until facts that follow from HR's events have reached every service.

    `progress` is told how many messages HR's durable still has ahead.
    """

    client: Client
    site: str
    progress: Callable[[int], None] = lambda _: None

    async def after(self, hr_sequence: int) -> None:
        """Returns when HR's stream up to that sequence was taken by membership and all that
        membership stated of it was taken by every service that hears it. Has no time limit."""
        taken = await self._until("membership", partial(self._has_taken, hr_sequence))
        assert taken.outbox
        kept = taken.outbox.kept
        sent = await self._until("membership", partial(_has_sent, kept))
        assert sent.outbox
        for durable in durables(self.site):
            if durable.stream != "HR":
                # Of the other stream it is enough that nothing is left: little is said there.
                sequence = sent.outbox.sent_to if durable.stream == "FACTS" else sys.maxsize
                await self._until(durable.name, partial(_is_past, durable.stream, sequence))

    def _has_taken(self, sequence: int, health: ServiceHealth) -> bool:
        self.progress(sum(each.pending for each in health.durables if each.stream == "HR"))
        return _is_past("HR", sequence, health)

    async def _until(self, service: str, true: Callable[[ServiceHealth], bool]) -> ServiceHealth:
        while True:
            health = await ask_health(self.client, self.site, service)
            if health and true(health):
                return health
            ahead = sum(each.pending for each in health.durables) if health else 0
            await asyncio.sleep(min(PAUSE + ahead / AT_MOST, LONGEST_PAUSE))


@dataclass
class SettledTogether:
    """Many who wait at a time ask once: whoever comes while a round of asking is under way waits
    for the next, which is for all who have come by then. So a hundred requests cost what two cost.

    `after_one` is that of a `Settling`."""

    after_one: Callable[[int], Awaitable[None]]
    _waiting: dict[asyncio.Future[None], int] = field(default_factory=dict)
    _rounds: asyncio.Task[None] | None = None

    async def after(self, hr_sequence: int) -> None:
        """See `Settling.after`. Raises what a round of asking raises."""
        mine = asyncio.get_running_loop().create_future()
        self._waiting[mine] = hr_sequence
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._ask_in_rounds())
        try:
            await mine
        finally:
            self._waiting.pop(mine, None)
            if not self._waiting and self._rounds:
                # Nobody waits any more, so nobody is to be asked.
                self._rounds.cancel()
                self._rounds = None

    async def _ask_in_rounds(self) -> None:
        while self._waiting:
            these = dict(self._waiting)
            try:
                await self.after_one(max(these.values()))
            except Exception as error:
                for one in these:
                    if not one.done():
                        one.set_exception(error)
            for one in these:
                self._waiting.pop(one, None)
                if not one.done():
                    one.set_result(None)
        self._rounds = None


def _is_past(stream: str, sequence: int, health: ServiceHealth) -> bool:
    """All is acknowledged up to there, or there is nothing left to take."""
    return any(
        each.present and (each.floor >= sequence or each.pending + each.unacknowledged == 0)
        for each in health.durables
        if each.stream == stream
    )


def _has_sent(kept: int, health: ServiceHealth) -> bool:
    outbox = health.outbox
    return outbox is not None and (outbox.first_unsent is None or outbox.first_unsent > kept)
