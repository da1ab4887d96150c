"""Sending spans by OTLP/HTTP. Loaded only where an endpoint is named."""

import logging
import time
from collections.abc import Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
WARN_EVERY_SECONDS = 60.0


class Sender(SpanExporter):
    """Says at most once a minute that nobody takes what it sends. What was not taken is lost: the
    queue in front of it is bounded, and work never waits for it."""

    def __init__(self, to: SpanExporter) -> None:
        self.to = to
        self._lost = 0
        self._silent_until = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self.to.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._lost += len(spans)
            if time.monotonic() >= self._silent_until:
                log.warning("spans not taken", lost=self._lost)
                self._lost, self._silent_until = 0, time.monotonic() + WARN_EVERY_SECONDS
        return result

    def shutdown(self) -> None:
        self.to.shutdown()


def recording(service: str, site: str) -> TracerProvider:
    """Endpoint and sampling as OpenTelemetry's standard variables say; by default each trace is
    recorded unless its caller says that it is not to be."""
    # The library says a line a try and a line a span that found the queue full, with the words of
    # errors in some; `Sender` says it once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    resource = Resource.create(
        {"service.name": service, "service.namespace": "tongxin", "tongxin.site": site}
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    sender = Sender(OTLPSpanExporter(timeout=TIMEOUT_SECONDS))
    provider.add_span_processor(
        BatchSpanProcessor(sender, schedule_delay_millis=EVERY_SECONDS * 1000)
    )
    return provider
