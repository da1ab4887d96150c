"""What tells HR: takes what is due, lane by lane, and notes what became of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import prometheus_client
import structlog
from sqlalchemy import text

from services.gateway.back.hearing import KEPT
from services.gateway.back.kinds import PING, NotKnownYet, event
from services.gateway.back.lanes import Due, Noted, note, take
from services.gateway.back.schedule import next_due
from services.gateway.back.sending import Attempt, Letter, Outcome, Post
from services.gateway.problems import Problem
from shared.contracts.back import address
from shared.database import Sessions
from shared.publishing import Outgoing
from shared.service import end
from shared.telemetry import fault

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0
SWEEP_EVERY = 3600.0
AGAIN = timedelta(seconds=5)
"""After NATS was away, or the views were behind: neither counts as a try of the receiver's."""
PATIENT = timedelta(hours=1)
"""So long what the views do not know is waited for; then it counts as a failure."""

_SWEEP = text("""
    DELETE FROM back_event WHERE id IN (
        SELECT id FROM back_event WHERE kept_at < now() - CAST(:kept AS interval)
        ORDER BY kept_at LIMIT 1000
    )
""")

Publish = Callable[[Sequence[Outgoing]], Awaitable[list[int]]]


class Worker:
    """Of one gateway; several share the work."""

    def __init__(
        self,
        sessions: Sessions,
        publish: Publish,
        site: str,
        attempts: prometheus_client.Counter,
        *,
        loopback: bool = False,
    ) -> None:
        self._sessions, self._publish, self._site = sessions, publish, site
        self._attempts = attempts
        self._post = Post(loopback=loopback)
        self._busy: Counter[UUID] = Counter()
        self._done: list[Noted] = []
        self._stirred = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._last: dict[tuple[UUID, str], asyncio.Task[None]] = {}

    def wake(self) -> None:
        """A hint that something is due; the look is the truth."""
        self._stirred.set()

    async def run(self) -> None:
        """Until cancelled. Whatever goes wrong is logged and begun again."""
        sweeping = asyncio.create_task(self._keep_sweeping())
        try:
            while True:
                self._stirred.clear()
                try:
                    more = await self._turn()
                except Exception as error:
                    log.warning("telling HR interrupted", **fault(error))
                    more = False
                if not more:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_EVERY):
                            await self._stirred.wait()
        finally:
            await end([sweeping, *self._under_way])
            await self._post.close()

    async def _turn(self) -> bool:
        """Notes what is done, takes what is due; True when there may be more at once."""
        noted = list(self._done)
        if noted:
            async with self._sessions() as session:
                await note(noted, session)
                await session.commit()
            del self._done[: len(noted)]
        async with self._sessions() as session:
            taken = await take(+self._busy, session)
            await session.commit()
        lanes: dict[UUID, list[Due]] = {}
        for due in taken:
            self._busy[due.subscription] += 1
            lanes.setdefault(due.subscription, []).append(due)
        for dues in lanes.values():
            if dues[0].url is None:
                self._begin(self._onto_the_stream(dues))
            else:
                for due in dues:
                    self._begin_after(due)
        return bool(taken)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def _begin_after(self, due: Due) -> None:
        """What is of one person leaves in its order, one after the other; what failed is not waited
        for until its next try."""
        whose = due.subscription, str(due.known.get("employee"))
        task = self._begin(self._send(due, self._last.get(whose)))
        self._last[whose] = task

        def forget(done: asyncio.Task[None]) -> None:
            if self._last.get(whose) is done:
                del self._last[whose]

        task.add_done_callback(forget)

    def _over(self, due: Due, attempt: Attempt) -> None:
        self._busy[due.subscription] -= 1
        self._attempts.labels(attempt.outcome).inc()
        self._done.append(judged(due, attempt, datetime.now(UTC)))
        self._stirred.set()

    async def _send(self, due: Due, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        attempt = Attempt("no-connection")
        try:
            attempt = await self._attempted(due)
        except Exception as error:
            log.error("a webhook failed in a way of its own", **fault(error))
        self._over(due, attempt)

    async def _attempted(self, due: Due) -> Attempt:
        if not due.secrets:
            return Attempt("secret-lost")
        try:
            body = event(due.kind, due.event, due.stated_at, due.known, self._site)
        except NotKnownYet:
            return Attempt("not-known-yet")
        assert due.url
        return await self._post.send(Letter(due.url, str(due.event), body, due.secrets))

    async def _onto_the_stream(self, dues: Sequence[Due]) -> None:
        """All of them at once, in their order; those that the views do not know yet come later."""
        messages: list[Outgoing] = []
        outcomes: dict[int, Outcome] = {}
        for due in dues:
            try:
                body = event(due.kind, due.event, due.stated_at, due.known, self._site)
            except NotKnownYet:
                outcomes[due.place] = "not-known-yet"
                continue
            where = address(self._site, due.kind)
            messages.append(Outgoing(where, str(due.event), body, due.known.get("employee")))
        rest: Outcome = "delivered"
        try:
            if messages:
                await self._publish(messages)
        except Problem:
            rest = "away"
        except Exception as error:
            log.warning("HR's stream does not take events", **fault(error))
            rest = "away"
        for due in dues:
            self._over(due, Attempt(outcomes.get(due.place, rest)))

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                async with self._sessions() as session:
                    await session.execute(_SWEEP, {"kept": KEPT})
                    await session.commit()
            except Exception as error:
                log.warning("the log of what HR was told not swept", **fault(error))
            await asyncio.sleep(SWEEP_EVERY)


def judged(due: Due, attempt: Attempt, now: datetime, lot: float | None = None) -> Noted:
    """What becomes of it after this attempt. A test (`ping`) has one; what was not the receiver's
    fault does not count against it."""
    if attempt.delivered:
        return Noted(due, attempt, "delivered", now, due.tries + 1, now)
    waits = attempt.outcome == "not-known-yet" and now - due.stated_at < PATIENT
    if attempt.outcome == "away" or waits:
        return Noted(due, attempt, "pending", now + AGAIN, due.tries, now)
    tries = due.tries + 1
    due_at = next_due(
        tries,
        now,
        random.random() if lot is None else lot,  # noqa: S311 - no secret
        not_before=attempt.not_before,
    )
    if due_at is None or attempt.outcome == "gone" or due.kind == PING:
        return Noted(due, attempt, "given-up", now, tries, now)
    return Noted(due, attempt, "pending", due_at, tries, now)
