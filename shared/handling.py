"""What surrounds the handler of a command or a query.

A stack of FastStream middlewares, outermost first:

    commands   Answering → Transaction → OnceOnly → the handler
    queries    Answering → Reading → the handler

so that a handler is a plain function of what is asked, who asks and the open transaction.
"""

import hashlib
import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog
from faststream import BaseMiddleware
from faststream.message import StreamMessage
from faststream.nats import NatsRouter
from pydantic import BaseModel, ValidationError
from sqlalchemy import text

from shared.database import Session, Sessions, is_away, reading
from shared.messages import ANSWER, Accepted, Answer, Command, Failed, Query, Refused, Told
from shared.outbox import close_command
from shared.rights import Actor, RuleBroken
from shared.telemetry import continue_trace, fault

log = structlog.get_logger(__name__)

ACTOR, KEY, DEADLINE = "Tongxin-Actor", "Tongxin-Key", "Tongxin-Deadline"
WORKERS = 32
"""Asks of one kind that a process works on at a time; the others wait at the door."""

Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)


def asked(message: type[Command | Query]) -> Callable[[H], H]:
    """Marks the handler of a command or query. The function stays as it is; a handler takes what
    it needs of `command` or `query`, `actor` and `session`, by name."""

    def mark(handler: H) -> H:
        handler.__asked__ = message  # type: ignore[attr-defined]
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
    """What the middlewares of one service share."""

    site: str
    sessions: Sessions
    seal: bytes
    committed: Callable[[], None] = field(default=lambda: None)


class Malformed(Exception):  # noqa: N818
    """What arrived is not what the subject asks for."""

    def __init__(self, answer: Refused) -> None:
        super().__init__(answer.detail)
        self.answer = answer


class TooLate(Exception):  # noqa: N818
    """Whoever asked has gone."""


class OutcomeUnknown(Exception):  # noqa: N818
    """The commit was sent and its answer never came."""


class Answering(BaseMiddleware[Any, Any]):
    """An answer for every asker: a broken rule says which, a fault says so at once."""

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> bytes:
        continue_trace(msg.headers.get("traceparent"))
        begun = time.perf_counter()
        answer = await self._answer(call_next, msg)
        subject = getattr(msg.raw_message, "subject", "")
        log.info(
            "answered",
            subject=subject,
            kind=answer.kind,
            code=getattr(answer, "code", None),
            ms=round((time.perf_counter() - begun) * 1000, 1),
        )
        return answer.model_dump_json().encode()

    @staticmethod
    async def _answer(
        call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Answer:
        try:
            deadline = msg.headers.get(DEADLINE)
            if deadline and float(deadline) < time.time():
                raise TooLate
            answer: Answer = await call_next(msg)
            return answer
        except (RuleBroken, Malformed) as refusal:
            return refusal.answer
        except TooLate:
            return Failed(code="too-late", detail="the asker had gone; nothing was done", away=True)
        except OutcomeUnknown:
            return Failed(
                code="outcome-unknown",
                detail="the database went away while it committed; ask again with the same key",
                away=True,
            )
        except Exception as error:
            log.error("handler failed", **fault(error))
            if is_away(error):
                return Failed(code="away", detail="the service cannot work just now", away=True)
            return Failed(detail="an internal fault; nothing was done and it was reported")


class Surrounded(BaseMiddleware[Any, Any]):
    """A middleware that knows its service's database."""

    def __init__(self, *args: Any, around: Surroundings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.around = around


class Transaction(Surrounded):
    """One command, one transaction; the only place that commits one."""

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Answer:
        ask: Ask = await msg.decode()  # type: ignore[assignment]
        async with self.around.sessions() as session:
            ask.session = session
            answer: Answer = await call_next(msg)
            try:
                await session.commit()
            except Exception as error:
                raise (OutcomeUnknown() if is_away(error) else error) from error
        self.around.committed()
        return answer


_REMEMBER = text("""
    INSERT INTO command (digest, body, answer) VALUES (:digest, :body, :answer)
    ON CONFLICT DO NOTHING RETURNING digest
""")
_RECALL = text("SELECT body, answer FROM command WHERE digest = :digest")


class OnceOnly(Surrounded):
    """A second copy of a command gets the answer of the first, also when both come at once.

    The command is written with its answer at the very end. A second copy does its work too, waits
    there for the first, finds the command known and takes everything back; so whatever it met on
    its way (its own row, a rule that says "already") never becomes an answer. A refusal is stored
    too, a fault is not.
    """

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Answer:
        ask: Ask = await msg.decode()  # type: ignore[assignment]
        session: Session = ask.session
        digest, body = ask.digest(self.around.seal), ask.body_hash(self.around.seal)
        try:
            accepted: Accepted = await call_next(msg)
            accepted.home = self.around.site
            stored = await close_command(
                session, self.around.site, digest=digest, body=body, accepted=accepted
            )
        except Exception as error:
            await session.rollback()
            known = await self._recall(session, digest, body)
            if known is None and isinstance(error, RuleBroken):
                return await self._refuse(session, digest, body, error.answer)
            if known is None:
                raise
            return known
        if stored is not None:
            return ANSWER.validate_json(stored)
        await session.rollback()
        known = await self._recall(session, digest, body)
        assert known, "the insert met it"
        return known

    async def _refuse(
        self, session: Session, digest: bytes, body: bytes, refused: Refused
    ) -> Answer:
        row = {"digest": digest, "body": body, "answer": refused.model_dump_json()}
        if await session.scalar(_REMEMBER, row) is None:
            return await self._recall(session, digest, body) or refused
        return refused

    @staticmethod
    async def _recall(session: Session, digest: bytes, body: bytes) -> Answer | None:
        stored = (await session.execute(_RECALL, {"digest": digest})).one_or_none()
        if stored is None:
            return None
        if stored.body != body:
            return Refused(
                status=422,
                code="key-reused",
                detail="this Idempotency-Key was used with another body; take a new key",
            )
        return ANSWER.validate_json(stored.answer)


class Reading(Surrounded):
    """A query sees one snapshot and cannot write."""

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Answer:
        ask: Ask = await msg.decode()  # type: ignore[assignment]
        async with reading(self.around.sessions) as session:
            ask.session = session
            told = await call_next(msg)
        data = told.model_dump(mode="json") if isinstance(told, BaseModel) else told
        return Told(data=data)


def first_problem(error: ValidationError) -> Refused:
    """The first thing that is wrong with a body, by field and rule, without its value."""
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or None
    return Refused.malformed(where, f"{where or 'body'}: {problem['msg']}")


def _opener(
    kind: type[Command | Query], site: str
) -> Callable[[StreamMessage[Any]], Awaitable[Ask]]:
    """FastStream's decoder for one subject: JSON and headers become an `Ask`.

    A reader of a stream may have its messages delivered here; they keep the subject they were
    published on, and with it betray that it was not the gateway who named the actor.
    """
    address = kind.address(site)

    async def open_ask(msg: StreamMessage[Any]) -> Ask:
        if msg.raw_message.subject != address:
            raise Malformed(Refused.malformed(None, f"this was not asked at {address}"))
        try:
            message = kind.model_validate_json(msg.body or b"{}")
            actor = Actor.from_header(msg.headers[ACTOR])
        except ValidationError as error:
            raise Malformed(first_problem(error)) from None
        except KeyError:
            raise Malformed(Refused.malformed(None, "the asker is not named")) from None
        return Ask(message, actor, msg.headers.get(KEY, ""))

    return open_ask


def _caller(handler: Handler) -> Callable[[Ask], Awaitable[Any]]:
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


def routers(handlers: list[Handler], around: Surroundings) -> list[NatsRouter]:
    """FastStream routers that serve the marked handlers of one service."""
    stack: list[Any] = [partial(Transaction, around=around), partial(OnceOnly, around=around)]
    commands = NatsRouter(middlewares=[Answering, *stack])
    queries = NatsRouter(middlewares=[Answering, partial(Reading, around=around)])
    for handler in handlers:
        kind: type[Command | Query] = handler.__asked__  # type: ignore[attr-defined]
        router = commands if issubclass(kind, Command) else queries
        router.subscriber(
            kind.address(around.site),
            queue=kind.owner(),
            max_workers=WORKERS,
            decoder=_opener(kind, around.site),
        )(_caller(handler))
    return [commands, queries]


def ask_headers(actor: Actor, key: str, deadline: float, traceparent: str | None) -> dict[str, str]:
    """The headers that the gateway, alone, may set. `deadline` in seconds since the epoch."""
    headers = {ACTOR: actor.header(), KEY: key, DEADLINE: f"{deadline:.3f}"}
    if traceparent:
        headers["traceparent"] = traceparent
    return headers
