"""Traces: OpenTelemetry spans with W3C trace context, from the door to the last view.

Only what surrounds handlers begins spans. A span says what kind of thing happened and how it ended:
names of messages and patterns of routes, never an id of a person, a body or an error's words.

Where `OTEL_EXPORTER_OTLP_ENDPOINT` is not set, spans have ids, for the logs and for those who are
asked next, and nothing else: OpenTelemetry's SDK is not even loaded.
"""

import os
import random
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import context as current
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
FLUSH_SECONDS = 3.0

SERVER, CLIENT = SpanKind.SERVER, SpanKind.CLIENT
PRODUCER, CONSUMER = SpanKind.PRODUCER, SpanKind.CONSUMER
_W3C = TraceContextTextMapPropagator()
_STORED = re.compile(rb'"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')


class Unrecorded(trace.Tracer):
    """Spans of ids alone. The SDK with a sampler that is always off does the same for twice the
    time and 3 MB a process."""

    def start_span(
        self, name: str, context: Context | None = None, *_: Any, **__: Any
    ) -> NonRecordingSpan:
        parent = trace.get_current_span(context).get_span_context()
        return NonRecordingSpan(
            SpanContext(
                parent.trace_id or random.getrandbits(128),
                random.getrandbits(64),
                is_remote=False,
                trace_flags=parent.trace_flags,
            )
        )

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **more: Any) -> Iterator[Span]:  # type: ignore[override]
        with trace.use_span(self.start_span(name, *args, **more)) as span:
            yield span


_tracer: trace.Tracer = Unrecorded()


def message_name(subject: str) -> str:
    """`commands.hq.democracy.submit-proposal` → `democracy.submit-proposal`."""
    return subject.split(".", 2)[-1]


@contextmanager
def span(
    name: str, *, parent: str | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """Work that belongs together, in the trace of `parent`, a traceparent as it came on the wire;
    without one, or with one that is none, within the present span, else in a trace of its own."""
    begun = begin(name, parent=parent, kind=kind)
    try:
        with inside(begun):
            yield begun
    except Exception as error:
        _mark(begun, error)
        raise
    finally:
        begun.end()


def begin(name: str, *, parent: str | None = None, kind: SpanKind = SpanKind.INTERNAL) -> Span:
    """A span for work that is done in several pieces, between those of others. Whoever begins it
    ends it."""
    return _tracer.start_span(name, _W3C.extract({"traceparent": parent}) if parent else None, kind)


@contextmanager
def inside(begun: Span) -> Iterator[None]:
    """A piece of the work of a span that has begun."""
    token = current.attach(trace.set_span_in_context(begun))
    try:
        yield
    finally:
        current.detach(token)


def failed(error: BaseException) -> None:
    """Marks the present span; of the error it says the kind alone, as `telemetry.fault` does."""
    _mark(trace.get_current_span(), error)


def _mark(broken: Span, error: BaseException) -> None:
    broken.set_attribute("error.type", type(error).__name__)
    broken.set_status(StatusCode.ERROR)


def traceparent() -> str | None:
    """The W3C trace context (traceparent, version 00) that the present work belongs to."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    return trace_id_of(trace.get_current_span())


def trace_id_of(found: Span) -> str | None:
    """32 hexadecimal digits."""
    about = found.get_span_context()
    return trace.format_trace_id(about.trace_id) if about.is_valid else None


@contextmanager
def leaving(facts: Iterable[tuple[str, bytes]]) -> Iterator[None]:
    """A span for each of the facts (subject, envelope) that leave together, in the trace in which
    it was stated. Costs nothing where nobody records."""
    if isinstance(_tracer, Unrecorded):
        yield
        return
    begun = [
        _tracer.start_span(
            message_name(subject),
            _W3C.extract({"traceparent": found[1].decode()}),
            PRODUCER,
        )
        for subject, payload in facts
        if (found := _STORED.search(payload))
    ]
    try:
        yield
    except Exception as error:
        for each in begun:
            _mark(each, error)
        raise
    finally:
        for each in begun:
            each.end()


@contextmanager
def tracing(service: str, site: str) -> Iterator[None]:
    """For the length of a process: its spans are sent by OTLP/HTTP, from a thread of their own,
    when the environment names an endpoint. What is left at the end has three seconds to leave."""
    if not os.environ.get(ENDPOINT):
        yield
        return
    from shared.exporting import recording

    global _tracer
    provider = recording(service, site)
    _tracer = provider.get_tracer("tongxin")
    try:
        yield
    finally:
        _tracer = Unrecorded()
        # The SDK would wait for half a minute; the thread dies with the process.
        last = threading.Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(FLUSH_SECONDS)
