"""What surrounds the handler of a command or a query.

    commands   `shared.commands`: batches, the transaction, once-only, an answer for every asker
    queries    FastStream middlewares, outermost first: Answering → Reading → the handler

so that a handler is a plain function of what is asked, who asks and the open transaction.
"""

import hashlib
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog
from faststream import BaseMiddleware
from faststream.message import StreamMessage
from faststream.nats import NatsRouter
from opentelemetry.trace import get_current_span
from pydantic import BaseModel, ValidationError

from shared.database import Session, Sessions, is_away, reading
from shared.messages import Answer, Command, Failed, Query, Refused, Told
from shared.rights import Actor, RuleBroken
from shared.telemetry import fault
from shared.tracing import SERVER, failed, message_name, span

log = structlog.get_logger(__name__)

ACTOR, KEY, DEADLINE = "Tongxin-Actor", "Tongxin-Key", "Tongxin-Deadline"
WORKERS = 32
"""Queries of one kind that a process works on at a time; the others wait at the door."""

Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)
Headers = Mapping[str, str] | None
Ahead = Callable[[Iterable[Actor], Session], Awaitable[None]]


def asked(message: type[Command | Query], ahead: Ahead | None = None) -> Callable[[H], H]:
    """Marks the handler of a command or query. The function stays as it is; a handler takes what
    it needs of `command` or `query`, `actor` and `session`, by name.

    When many commands are decided in one transaction, `ahead` is told first who asks, to look up
    at once what the handler would look up for each.
    """

    def mark(handler: H) -> H:
        handler.__asked__ = message  # type: ignore[attr-defined]
        handler.__ahead__ = ahead  # type: ignore[attr-defined]
        return handler

    return mark


@dataclass
class Ask:
    """A command or query as it arrived, with the transaction that it is handled in."""

    message: Command | Query
    actor: Actor
    key: str
    session: Any = None

    def digest(self, seal: bytes) -> bytes:
        """Names the command for once-only: per account and kind. Keyed, so that the table tells
        nobody which account did what (the author of a proposal may be hidden)."""
        named = f"{self.actor.account}\n{self.message.slug()}\n{self.key}"
        return hashlib.blake2b(named.encode(), digest_size=24, key=seal).digest()

    def body_hash(self, seal: bytes) -> bytes:
        body = self.message.model_dump_json().encode()
        return hashlib.blake2b(body, digest_size=16, key=seal).digest()


@dataclass(frozen=True)
class Surroundings:
    """What the handlers of one service share."""

    site: str
    sessions: Sessions
    seal: bytes
    committed: Callable[[], None] = field(default=lambda: None)
    answered: Callable[[str, str, float], None] = field(default=lambda *_: None)
    """Told of each ask: its subject, the outcome, and the seconds that it took."""


class Malformed(Exception):  # noqa: N818
    """What arrived is not what the subject asks for."""

    def __init__(self, answer: Refused) -> None:
        super().__init__(answer.detail)
        self.answer = answer


class TooLate(Exception):  # noqa: N818
    """Whoever asked has gone."""


class OutcomeUnknown(Exception):  # noqa: N818
    """The commit was sent and its answer never came."""


def failure(error: Exception) -> Refused | Failed:
    """An answer for every asker: a broken rule says which, a fault says so at once."""
    match error:
        case RuleBroken() | Malformed():
            return error.answer
        case TooLate():
            return Failed(code="too-late", detail="the asker had gone; nothing was done", away=True)
        case OutcomeUnknown():
            return Failed(
                code="outcome-unknown",
                detail="the database went away while it committed; ask again with the same key",
                away=True,
            )
    failed(error)
    log.error("handler failed", **fault(error))
    if is_away(error):
        return Failed(code="away", detail="the service cannot work just now", away=True)
    return Failed(detail="an internal fault; nothing was done and it was reported")


def outcome(answer: Answer) -> str:
    """`accepted`, `told`, `refused`, `away` (try again) or `failed` (a fault of ours)."""
    return "away" if isinstance(answer, Failed) and answer.away else answer.kind


def note_answer(subject: str, answer: Answer | bytes, begun: float, around: Surroundings) -> None:
    """One line an ask, without who and what, in the present span; and it is counted. Bytes are an
    acceptance as it was stored."""
    seconds = time.perf_counter() - begun
    said = "accepted" if isinstance(answer, bytes) else outcome(answer)
    get_current_span().set_attribute("tongxin.outcome", said)
    log.info(
        "answered",
        subject=subject,
        outcome=said,
        code=getattr(answer, "code", None),
        ms=round(seconds * 1000, 1),
    )
    around.answered(subject, said, seconds)


def refuse_the_late(headers: Headers) -> None:
    """Raises `TooLate` when the asker's deadline has passed."""
    deadline = headers and headers.get(DEADLINE)
    if deadline and float(deadline) < time.time():
        raise TooLate


class Surrounded(BaseMiddleware[Any, Any]):
    """A middleware that knows its service."""

    def __init__(self, *args: Any, around: Surroundings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.around = around


class Answering(Surrounded):
    """An answer for every asker, in a span of its own."""

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> bytes:
        begun = time.perf_counter()
        subject = getattr(msg.raw_message, "subject", "")
        with span(message_name(subject), parent=msg.headers.get("traceparent"), kind=SERVER):
            try:
                refuse_the_late(msg.headers)
                answer: Answer = await call_next(msg)
            except Exception as error:
                answer = failure(error)
            note_answer(subject, answer, begun, self.around)
        return answer.model_dump_json().encode()


class Reading(Surrounded):
    """A query sees one snapshot and cannot write; a recorded one writes who read, or tells
    nothing."""

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Answer:
        ask: Ask = await msg.decode()  # type: ignore[assignment]
        recorded = isinstance(ask.message, Query) and ask.message.recorded
        opened = self.around.sessions() if recorded else reading(self.around.sessions)
        async with opened as session:
            ask.session = session
            told = await call_next(msg)
            if recorded:
                await session.commit()
        data = told.model_dump(mode="json") if isinstance(told, BaseModel) else told
        return Told(data=data)


def first_problem(error: ValidationError) -> Refused:
    """The first thing that is wrong with a body, by field and rule, without its value."""
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or None
    return Refused.malformed(where, f"{where or 'body'}: {problem['msg']}")


def opener(kind: type[Command | Query]) -> Callable[[bytes, Headers], Ask]:
    """For one subject: JSON and headers become an `Ask`. Raises `Malformed`."""

    def open_ask(body: bytes, headers: Headers) -> Ask:
        headers = headers or {}
        try:
            message = kind.model_validate_json(body or b"{}")
            actor = Actor.from_header(headers[ACTOR])
        except ValidationError as error:
            raise Malformed(first_problem(error)) from None
        except KeyError:
            raise Malformed(Refused.malformed(None, "the asker is not named")) from None
        return Ask(message, actor, headers.get(KEY, ""))

    return open_ask


def caller(handler: Handler) -> Callable[[Ask], Awaitable[Any]]:
    """Hands the handler those of its arguments that it names."""
    wanted = inspect.signature(handler).parameters

    async def call(ask: Ask) -> Any:
        given = {
            "command": ask.message,
            "query": ask.message,
            "actor": ask.actor,
            "session": ask.session,
        }
        return await handler(**{name: given[name] for name in wanted})

    call.__name__ = handler.__name__
    call.__doc__ = handler.__doc__
    return call


def queries(handlers: list[Handler], around: Surroundings) -> NatsRouter:
    """A FastStream router that serves the marked handlers of one service's queries."""
    answering, in_snapshot = partial(Answering, around=around), partial(Reading, around=around)
    router = NatsRouter(middlewares=[answering, in_snapshot])
    for handler in handlers:
        kind: type[Query] = handler.__asked__  # type: ignore[attr-defined]
        router.subscriber(
            kind.address(around.site),
            queue=kind.owner(),
            max_workers=WORKERS,
            decoder=_decoder(kind, around.site),
        )(caller(handler))
    return router


def _decoder(kind: type[Query], site: str) -> Callable[[StreamMessage[Any]], Awaitable[Ask]]:
    """FastStream's decoder for one subject.

    A reader of a stream may have its messages delivered here; they keep the subject they were
    published on, and with it betray that it was not the gateway who named the actor.
    """
    open_ask, address = opener(kind), kind.address(site)

    async def decode(msg: StreamMessage[Any]) -> Ask:
        if msg.raw_message.subject != address:
            raise Malformed(Refused.malformed(None, f"this was not asked at {address}"))
        return open_ask(msg.body, msg.headers)

    return decode


def ask_headers(actor: Actor, key: str, deadline: float, traceparent: str | None) -> dict[str, str]:
    """The headers that the gateway, alone, may set. `deadline` in seconds since the epoch."""
    headers = {ACTOR: actor.header(), KEY: key, DEADLINE: f"{deadline:.3f}"}
    if traceparent:
        headers["traceparent"] = traceparent
    return headers
