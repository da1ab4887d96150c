"""What a process counts and measures, for Prometheus.

A registry for each service, not one a process: tests run several services in one process. Labels
are names of services, messages, streams and clocks, which are few; never an id or a person.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import ReadSession
from shared.facts import Heard
from shared.health import ServiceHealth
from shared.tracing import message_name

# A second series for each counter, with the time of its first count, would tell nobody anything.
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
FACTS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Count:
    """Something of one service that is counted in its tables by `labels`, which have few values and
    none of a person; `ask` counts, and is quick."""

    name: str
    help: str
    labels: tuple[str, ...]
    ask: Callable[[ReadSession], Awaitable[Mapping[tuple[str, ...], int]]]


class Metrics:
    """The metrics of one service. What happens is counted as it happens; how the service is
    (`show`) is asked when somebody looks."""

    def __init__(self, service: str, engine: AsyncEngine, counts: Iterable[Count] = ()) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._asks()
        self._facts()
        self._health()
        self._pool(engine)
        self._counts = {
            each: Gauge(each.name, each.help, ["service", *each.labels], registry=self.registry)
            for each in counts
        }

    def _asks(self) -> None:
        asked = ["service", "name"]
        self._answers = {
            "commands": Counter(
                "tongxin_commands_total",
                "Commands answered: accepted, refused, away (try again) or failed (a fault).",
                [*asked, "outcome"],
                registry=self.registry,
            ),
            "queries": Counter(
                "tongxin_queries_total",
                "Queries answered: told, refused, away (try again) or failed (a fault).",
                [*asked, "outcome"],
                registry=self.registry,
            ),
        }
        self._durations = {
            "commands": Histogram(
                "tongxin_command_duration_seconds",
                "From the arrival of a command to its answer, commit included.",
                asked,
                buckets=SECONDS,
                registry=self.registry,
            ),
            "queries": Histogram(
                "tongxin_query_duration_seconds",
                "From the arrival of a query to its answer.",
                asked,
                buckets=SECONDS,
                registry=self.registry,
            ),
        }

    def _facts(self) -> None:
        self._relayed = Histogram(
            "tongxin_relay_batch_facts",
            "Facts that the relay sent together.",
            ["service"],
            buckets=FACTS,
            registry=self.registry,
        ).labels(self.service)
        self._relayed_total = Counter(
            "tongxin_facts_relayed_total",
            "Facts sent from the outbox and kept by the stream.",
            ["service"],
            registry=self.registry,
        ).labels(self.service)
        self._taken = Counter(
            "tongxin_facts_taken_total",
            "Facts and events of a stream that were applied; repeats are not counted.",
            ["service", "stream"],
            registry=self.registry,
        )
        self._ticked = Counter(
            "tongxin_due_ticked_total",
            "What fell due: done, or failed and put off.",
            ["service", "what", "outcome"],
            registry=self.registry,
        )

    def _health(self) -> None:
        def gauge(name: str, help: str, *labels: str) -> Gauge:
            return Gauge(name, help, ["service", *labels], registry=self.registry)

        self._ready = gauge("tongxin_ready", "1 when the service reaches all that it needs.")
        self._held = gauge("tongxin_held_facts", "Facts put aside that are tried again.")
        self._dead = gauge("tongxin_dead_facts", "Facts that need a person.")
        self._unsent = gauge("tongxin_outbox_unsent_facts", "Facts stated and not yet sent.")
        self._oldest = gauge(
            "tongxin_outbox_oldest_unsent_seconds", "Age of the oldest fact that is not sent."
        )
        self._lag = gauge(
            "tongxin_durable_pending_messages", "Messages ahead of the service.", "stream"
        )
        self._unacknowledged = gauge(
            "tongxin_durable_unacknowledged_messages",
            "Messages handed out and not acknowledged.",
            "stream",
        )
        self._listening = gauge(
            "tongxin_durable_listening",
            "1 where this process reads the stream; another one may.",
            "stream",
        )

    def _pool(self, engine: AsyncEngine) -> None:
        pool = engine.pool
        assert isinstance(pool, QueuePool)
        Gauge(
            "tongxin_database_connections_in_use",
            "Connections of the pool that are lent out.",
            ["service"],
            registry=self.registry,
        ).labels(self.service).set_function(pool.checkedout)
        Gauge(
            "tongxin_database_connections_limit",
            "Connections that the pool may lend.",
            ["service"],
            registry=self.registry,
        ).labels(self.service).set(pool.size())

    def answered(self, subject: str, outcome: str, seconds: float) -> None:
        kind, _, _ = subject.partition(".")
        if kind not in self._answers:
            return  # a stream's message that its reader has had delivered to our address
        service, _, name = message_name(subject).partition(".")
        self._answers[kind].labels(service, name, outcome).inc()
        self._durations[kind].labels(service, name).observe(seconds)

    def relayed(self, facts: int) -> None:
        self._relayed.observe(facts)
        self._relayed_total.inc(facts)

    def taken(self, stream: str, heard: Sequence[Heard]) -> None:
        self._taken.labels(self.service, stream).inc(len(heard))

    def ticked(self, what: str, outcome: str) -> None:
        self._ticked.labels(self.service, what, outcome).inc()

    def counted(self, count: Count, found: Mapping[tuple[str, ...], int]) -> None:
        """As it is now; what has gone is shown no more."""
        gauge = self._counts[count]
        gauge.clear()
        for values, number in found.items():
            gauge.labels(self.service, *values).set(number)

    def show(self, health: ServiceHealth | None) -> None:
        """How the service is; None when it cannot be learned. What is not known is not shown, so
        that nobody takes an old number for a new one."""
        self._ready.labels(self.service).set(health is not None and health.ready)
        known = (self._held, self._dead, self._unsent, self._oldest)
        for gauge in (*known, self._lag, self._unacknowledged, self._listening):
            gauge.clear()
        if health is None:
            for gauge in self._counts.values():
                gauge.clear()
            return
        self._held.labels(self.service).set(health.held)
        self._dead.labels(self.service).set(health.dead)
        if health.outbox:
            self._unsent.labels(self.service).set(health.outbox.unsent)
            self._oldest.labels(self.service).set(health.outbox.oldest_unsent_seconds or 0)
        for durable in health.durables:
            self._listening.labels(self.service, durable.stream).set(durable.listening)
            if durable.present:
                self._lag.labels(self.service, durable.stream).set(durable.pending)
                self._unacknowledged.labels(self.service, durable.stream).set(
                    durable.unacknowledged
                )
