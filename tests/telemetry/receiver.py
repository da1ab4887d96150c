"""Where spans arrive: rotel takes them by OTLP and passes them on to a small endpoint of ours."""

import gzip
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rotel import Config
from rotel.agent import agent

from deploy.local.home import free_port

KINDS = {
    Span.SPAN_KIND_INTERNAL: "internal",
    Span.SPAN_KIND_SERVER: "server",
    Span.SPAN_KIND_CLIENT: "client",
    Span.SPAN_KIND_PRODUCER: "producer",
    Span.SPAN_KIND_CONSUMER: "consumer",
}


@dataclass(frozen=True)
class Seen:
    """A span as it arrived. Ids in hexadecimal digits; `resource` says whose it is."""

    trace: str
    id: str
    parent: str
    kind: str
    name: str
    failed: bool
    resource: dict[str, str]
    attributes: dict[str, str]

    @property
    def place(self) -> tuple[str, str, str]:
        return self.resource["service.name"], self.kind, self.name


@dataclass
class Received:
    """What has arrived so far; `raw` is every byte of it."""

    spans: list[Seen] = field(default_factory=list)
    raw: bytes = b""

    def take(self, body: bytes) -> None:
        self.raw += body
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _said(group.resource.attributes)
            for scope in group.scope_spans:
                self.spans += [_seen(span, resource) for span in scope.spans]

    def of(self, trace: str) -> list[Seen]:
        return [span for span in self.spans if span.trace == trace]


def _said(attributes: object) -> dict[str, str]:
    pairs: list[KeyValue] = list(attributes)  # type: ignore[call-overload]
    return {
        pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "string_value"))
        for pair in pairs
    }


def _seen(span: Span, resource: dict[str, str]) -> Seen:
    return Seen(
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        kind=KINDS[span.kind],
        name=span.name,
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        resource=resource,
        attributes=_said(span.attributes),
    )


@contextmanager
def endpoint() -> Iterator[tuple[str, Received]]:
    """An OTLP/HTTP endpoint that keeps what it is sent."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def rotel(passes_on_to: str, path: Path) -> Iterator[str]:
    """A real receiver of OTLP; yields where it listens."""
    at = f"127.0.0.1:{free_port()}"
    config = Config(
        {
            "enabled": True,
            "otlp_http_endpoint": at,
            "otlp_grpc_endpoint": f"127.0.0.1:{free_port()}",
            "pid_file": str(path / "rotel.pid"),
            "log_file": str(path / "rotel.log"),
            "exporters": {"test": Config.otlp_exporter(endpoint=passes_on_to, protocol="http")},
            "exporters_traces": ["test"],
        }
    )
    with (path / "rotel.out").open("wb") as out:
        process = subprocess.Popen(
            [agent.agent_path, "start"],
            env=config.build_agent_environment(),
            stdout=out,
            stderr=out,
        )
    try:
        yield f"http://{at}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
