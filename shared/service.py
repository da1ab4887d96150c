"""A service process: its handlers, reactions and clock on one broker and one database.

service = Service("democracy")
service.answers(proposals.submit_proposal, …)
service.hears(reactions.keep_unit, …)
service.ticks(clock.mark_overdue)
service.run()
"""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType

import structlog
import uvloop
from faststream.nats import NatsBroker
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import database
from shared.broker import service_broker
from shared.commands import Commands
from shared.database import Session, reading
from shared.facts import FactOpener, Heard, Opener, facts_of
from shared.handling import Handler, Surroundings, queries
from shared.health import ServiceHealth, service_health
from shared.hearing import Ear
from shared.messages import Command
from shared.metrics import Count, Metrics
from shared.ops import Ops
from shared.outbox import keep_stated
from shared.publishing import Publisher
from shared.reacting import React, Reaction, Reactions, at_once
from shared.relay import Relay
from shared.settings import Settings
from shared.telemetry import fault, setup_logging
from shared.ticker import DueHandler, Ticker
from shared.tracing import tracing

log = structlog.get_logger(__name__)


@dataclass
class Service:
    """What a service is made of; `app.py` fills it in and runs it."""

    name: str
    handlers: list[Handler] = field(default_factory=list)
    clocks: list[DueHandler] = field(default_factory=list)
    openings: list[Callable[[Session], Awaitable[None]]] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    _ears: list[tuple[str, Opener, React, Callable[[Heard], bool]]] = field(default_factory=list)

    def answers(self, *handlers: Handler) -> None:
        """Handlers of commands and queries, marked with `asked`."""
        self.handlers += handlers

    def hears(self, *reactions: Reaction, contracts: tuple[ModuleType, ...]) -> None:
        """Reactions to facts of these contracts, marked with `heard`."""
        react = Reactions(reactions)
        self._ears.append(("FACTS", FactOpener(facts_of(*contracts)), react, react.wanted))

    def listens(self, stream: str, opener: Opener, react: React) -> None:
        """Takes a stream in its own way: the durable named as the service on it."""
        self._ears.append((stream, opener, at_once(stream, react), lambda _: True))

    def ticks(self, *handlers: DueHandler) -> None:
        """Handlers of what falls due, marked with `due`."""
        self.clocks += handlers

    def opens_with(self, *openings: Callable[[Session], Awaitable[None]]) -> None:
        """What must be there before anything else; run at each start, in one transaction."""
        self.openings += openings

    def shows(self, *counts: Count) -> None:
        """What else of this service is counted whenever somebody looks how it is."""
        self.counts += counts

    def run(self) -> None:
        """The process. Returns after SIGTERM or SIGINT."""
        uvloop.run(self.main(Settings()))

    async def main(self, settings: Settings) -> None:
        setup_logging(self.name, settings.site)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        with tracing(self.name, settings.site):
            async with Running(self, settings):
                spare_the_collector()
                log.info("ready")
                await stop.wait()
        log.info("stopped")


class Running:
    """A service at work: from the connections to the last answer. Tests run it in-process."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.engine: AsyncEngine = database.engine(settings)
        seal_key = settings.seal_key.get_secret_value().encode()[:64]
        self.sessions = database.Sessions(self.engine, seal_key)
        self.metrics = Metrics(service.name, self.engine, service.counts)
        self.ops = Ops(settings, self.metrics, self.state)
        self.relay: Relay | None = None
        self.tasks: list[asyncio.Task[None]] = []
        around = Surroundings(
            settings.site,
            self.sessions,
            seal_key,
            committed=self.committed,
            answered=self.metrics.answered,
        )
        self.stopping = asyncio.Event()
        self.broker: NatsBroker = service_broker(settings, service.name, self.stopping)
        commands = [each for each in service.handlers if issubclass(each.__asked__, Command)]  # type: ignore[attr-defined]
        self.commands = Commands(service.name, commands, around)
        self.broker.include_router(
            queries([each for each in service.handlers if each not in commands], around)
        )
        self.broker.subscriber(
            f"queries.{settings.site}.{service.name}.health", queue=service.name
        )(self.health)
        self.ears = [
            Ear(
                stream,
                service.name,
                settings.site,
                self.engine,
                opener,
                react,
                wanted=wanted,
                committed=self.committed,
                seal_key=seal_key,
                applied=partial(self.metrics.taken, stream),
            )
            for stream, opener, react, wanted in service._ears
        ]

    def committed(self) -> None:
        if self.relay:
            self.relay.wake()

    async def __aenter__(self) -> "Running":
        self.ops.start()
        await patiently(partial(self._open, self.service.openings), "database")
        self.client = await self.broker.connect()
        self.relay = Relay(self.engine, Publisher(self.client), sent=self.metrics.relayed)
        ticker = Ticker(
            self.service.clocks,
            self.sessions,
            self.settings.site,
            committed=self.committed,
            ticked=self.metrics.ticked,
        )
        work = [self.relay.run(), *(ear.run(self.client) for ear in self.ears)]
        if self.service.clocks:
            work.append(ticker.run())
        self.tasks = [asyncio.create_task(each) for each in work]
        await patiently(self.broker.start, "broker")
        await patiently(partial(self.commands.open, self.client), "broker")
        # Ready means that the server knows what we answer to. nats-py writes the ping of a flush
        # ahead of what waits to be sent, so it is the second flush that comes after it.
        await patiently(self.client.flush, "broker")
        await patiently(self.client.flush, "broker")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stopping.set()
        await self.commands.close()
        await self.ops.stop()
        await end(self.tasks)
        await self.broker.stop()
        await self.engine.dispose()

    async def _open(self, openings: list[Callable[[Session], Awaitable[None]]]) -> None:
        async with self.sessions() as session:
            for opening in openings:
                await opening(session)
            await keep_stated(session, self.settings.site)
            await session.commit()

    async def state(self) -> ServiceHealth:
        """How this service is: durables, outbox, held and dead. Raises when a part is away."""
        async with reading(self.sessions) as session:
            for count in self.service.counts:
                self.metrics.counted(count, await count.ask(session))
            return await service_health(self.service.name, self.client, self.ears, session)

    async def health(self, _: object) -> bytes:
        return (await self.state()).model_dump_json().encode()


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels, again and again: `asyncio.wait_for`, which nats-py waits with, swallows a cancel
    that comes together with the answer (CPython 3.11)."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)


def spare_the_collector() -> None:
    """What was loaded at the start lives as long as the process: the garbage collector need not
    walk through it with every few hundred objects that a request makes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def patiently(begin: Callable[[], Awaitable[object]], what: str) -> None:
    """Until it works: a part that is away at the start is waited for, as later on."""
    while True:
        try:
            await begin()
            return
        except Exception as error:
            log.warning("waiting", part=what, **fault(error))
            await asyncio.sleep(1)
