"""Logs as JSON lines with trace ids. No personal data: ids, names of messages, durations."""

import logging
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

from shared.tracing import trace_id


def fault(error: BaseException) -> dict[str, str]:
    """What may be logged of an error: its kind and where it arose, never its words, because the
    database quotes the row that it refuses."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        f"{Path(f.filename).name}:{f.lineno}" for f in frames if "site-packages" not in f.filename
    ]
    said = {"error": type(error).__name__, "where": " ".join(ours[-4:])}
    if root is not error:
        said["cause"] = type(root).__name__
    if state := getattr(root, "sqlstate", None):
        said["sqlstate"] = str(state)
    elif isinstance(error, (TypeError, AttributeError, KeyError, NameError, ImportError)):
        said["message"] = str(error)
    return said


def _with_trace(_logger: object, _method: str, event: EventDict) -> EventDict:
    if found := trace_id():
        event["trace_id"] = found
    return event


def _without_words(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A traceback that a library logs is cut down to what may be logged of it."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple) and isinstance(info[1], BaseException):
        event.update(fault(info[1]))
    return event


class _Output:
    """Standard output, as long as somebody takes it: a log that cannot be written (the reader
    gone, a full disk) must not fail the work that it tells of."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()


def setup_logging(service: str, site: str) -> None:
    """One JSON line an event on standard output, for our logs and the libraries' alike."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _with_trace,
        _without_words,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Output())),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, site=site)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
