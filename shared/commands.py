"""How commands are decided: what waits together is one transaction.

A commit costs as much for ten commands as for one, and so does the statement that closes them. So
a lane takes all that waits, up to `LARGEST`, runs the handlers one after the other in one
transaction, and answers everyone once it is committed. A batch in which anything goes wrong (a
rule that says no, a copy of an earlier command, a lock that is not to be had at once, a fault) is
taken back whole, and each of its commands is decided alone. Nobody ever waits for a batch to fill.

**Once only.** A command is written with its answer at the very end. A second copy does its work
too, meets that row, and takes everything back; so whatever it met on its way (its own row, a rule
that says "already") never becomes an answer. A refusal is stored too, a fault is not.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from opentelemetry.trace import Span

from shared.database import Session, is_away
from shared.handling import (
    Ahead,
    Ask,
    Handler,
    Malformed,
    OutcomeUnknown,
    Surroundings,
    caller,
    failure,
    note_answer,
    opener,
    refuse_the_late,
)
from shared.messages import Accepted, Answer, Command, Refused
from shared.outbox import Closing, close_commands
from shared.rights import Actor, RuleBroken
from shared.stored import recall, refuse
from shared.telemetry import fault
from shared.tracing import SERVER, begin, inside, message_name

log = structlog.get_logger(__name__)

LANES = 2
LARGEST = 16
AT_ONCE = 16
"""Commands that are decided alone at a time; the pool of connections is a little larger."""
TOGETHER = 0.5
"""Seconds that a batch may take before its commands are decided one by one."""
LANE_HELD = 0.05
"""Seconds that a lane waits for its batch before it takes the next beside it."""
LAST_ANSWERS = 10.0
"""Seconds that are left at the end for what is under way."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A command as it came, to be answered whatever becomes of it."""

    message: Msg
    span: Span
    at: float

    @classmethod
    def now(cls, message: Msg) -> Self:
        parent = (message.headers or {}).get("traceparent")
        present = begin(message_name(message.subject), parent=parent, kind=SERVER)
        return cls(message, present, time.perf_counter())


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that was opened: who asked, and by what it is known."""

    arrived: Arrived
    ask: Ask
    digest: bytes
    body: bytes


@dataclass
class Commands:
    """All commands of one service, on one subscription."""

    service: str
    handlers: Sequence[Handler]
    around: Surroundings
    _arrived: asyncio.Queue[Msg] = field(default_factory=asyncio.Queue)
    _alone: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _lanes: list[asyncio.Task[None]] = field(default_factory=list)
    _at_work: set[asyncio.Task[None]] = field(default_factory=set)
    _subscription: Subscription | None = None

    def __post_init__(self) -> None:
        kinds: dict[str, type[Command]] = {
            handler.__asked__.address(self.around.site): handler.__asked__  # type: ignore[attr-defined]
            for handler in self.handlers
        }
        self._openers = {subject: opener(kind) for subject, kind in kinds.items()}
        self._callers = {
            handler.__asked__: caller(handler)  # type: ignore[attr-defined]
            for handler in self.handlers
        }
        self._ahead: dict[type, Ahead] = {
            handler.__asked__: handler.__ahead__  # type: ignore[attr-defined]
            for handler in self.handlers
            if handler.__ahead__  # type: ignore[attr-defined]
        }

    async def open(self, client: Client) -> None:
        """From here on what is asked is answered."""
        self._subscription = await client.subscribe(
            f"commands.{self.around.site}.{self.service}.*",
            queue=self.service,
            cb=self._arrived.put,
        )
        self._lanes = [asyncio.create_task(self._lane()) for _ in range(LANES)]

    async def close(self) -> None:
        """Takes nothing more, and finishes what was taken."""
        if self._subscription:
            with suppress(Exception):
                await self._subscription.unsubscribe()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_ANSWERS):
                while self._at_work or not self._arrived.empty():  # noqa: ASYNC110 - two things
                    await asyncio.sleep(0.01)
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _lane(self) -> None:
        while True:
            messages = [await self._arrived.get()]
            while len(messages) < LARGEST and not self._arrived.empty():
                messages.append(self._arrived.get_nowait())
            work = asyncio.create_task(self._decide(messages))
            self._at_work.add(work)
            work.add_done_callback(self._at_work.discard)
            await asyncio.wait({work}, timeout=LANE_HELD)

    # ------------------------------------------------------------------------------ deciding

    async def _decide(self, messages: Sequence[Msg]) -> None:
        """Answers every one of them."""
        waiting: dict[bytes, Waiting] = {}
        copies: list[Waiting] = []
        for arrived in map(Arrived.now, messages):
            try:
                one = self._opened(arrived)
            except Exception as error:
                await self._fail(arrived, error)
                continue
            if one.digest in waiting:
                copies.append(one)
            else:
                waiting[one.digest] = one
        batch = list(waiting.values())
        if len(batch) < 2 or not await self._all_together(batch):
            await asyncio.gather(*map(self._one_alone, batch))
        for one in copies:
            await self._one_alone(one)

    def _opened(self, arrived: Arrived) -> Waiting:
        message = arrived.message
        refuse_the_late(message.headers)
        open_ask = self._openers.get(message.subject)
        if open_ask is None:
            # Also a stream's message that its reader has had delivered here: it keeps the subject
            # it was published on, and it was not the gateway who named its actor.
            raise Malformed(Refused.malformed(None, "this was not asked at a command's address"))
        ask = open_ask(message.data, message.headers)
        seal = self.around.seal
        return Waiting(arrived, ask, ask.digest(seal), ask.body_hash(seal))

    async def _all_together(self, batch: Sequence[Waiting]) -> bool:
        """False when they have to be decided one by one; then nothing was done."""
        try:
            async with self.around.sessions() as session:
                async with asyncio.timeout(TOGETHER):
                    stored = await self._work(batch, session)
                if len(stored) < len(batch):
                    return False
                await self._commit(session)
        except OutcomeUnknown as unknown:
            for one in batch:
                await self._fail(one.arrived, unknown)
            return True
        except Exception as error:
            log.info("not together", size=len(batch), error=type(error).__name__)
            return False
        self.around.committed()
        for one in batch:
            await self._answer(one.arrived, stored[one.digest])
        return True

    async def _one_alone(self, one: Waiting) -> None:
        async with self._alone:
            try:
                answer = await self._decided_alone(one)
            except Exception as error:
                await self._fail(one.arrived, error)
                return
        await self._answer(one.arrived, answer)

    async def _decided_alone(self, one: Waiting) -> Answer | bytes:
        broken: RuleBroken | None = None
        try:
            async with self.around.sessions() as session:
                stored = await self._work([one], session)
                if one.digest in stored:
                    await self._commit(session)
                    self.around.committed()
                    return stored[one.digest]
        except RuleBroken as error:
            broken = error
        except Exception as error:
            if isinstance(error, OutcomeUnknown) or is_away(error):
                raise
            # A copy may fail on what the first has done.
            async with self.around.sessions() as session:
                known = await recall(session, one.digest, one.body)
            if known is None:
                raise
            return known
        async with self.around.sessions() as session:
            known = await recall(session, one.digest, one.body)
            if known is None and broken:
                known = await refuse(session, one.digest, one.body, broken.answer)
                await self._commit(session)
        assert known, "the insert met it"
        return known

    async def _work(self, batch: Sequence[Waiting], session: Session) -> dict[bytes, bytes]:
        """Runs the handlers; returns the answers as they were written, by digest. What is missing
        is a copy of a command that is known already."""
        if len(batch) > 1:
            await self._look_ahead(batch, session)
        closings = []
        for one in batch:
            one.ask.session = session
            with inside(one.arrived.span):
                accepted: Accepted = await self._callers[type(one.ask.message)](one.ask)
            accepted.home = self.around.site
            facts = session.info.pop("stated", [])
            closings.append(Closing(one.digest, one.body, accepted, facts))
        return await close_commands(session, self.around.site, closings)

    async def _look_ahead(self, batch: Sequence[Waiting], session: Session) -> None:
        askers: defaultdict[Ahead, list[Actor]] = defaultdict(list)
        for one in batch:
            if ahead := self._ahead.get(type(one.ask.message)):
                askers[ahead].append(one.ask.actor)
        for ahead, actors in askers.items():
            await ahead(actors, session)

    @staticmethod
    async def _commit(session: Session) -> None:
        """The only place that commits a command."""
        try:
            await session.commit()
        except Exception as error:
            raise (OutcomeUnknown() if is_away(error) else error) from error

    async def _fail(self, arrived: Arrived, error: Exception) -> None:
        with inside(arrived.span):
            answer = failure(error)
        await self._answer(arrived, answer)

    async def _answer(self, arrived: Arrived, answer: Answer | bytes) -> None:
        with inside(arrived.span):
            note_answer(arrived.message.subject, answer, arrived.at, self.around)
        arrived.span.end()
        body = answer if isinstance(answer, bytes) else answer.model_dump_json().encode()
        try:
            await arrived.message.respond(body)
        except Exception as error:
            # Whoever asked asks again with the same key.
            log.info("answer not sent", **fault(error))
