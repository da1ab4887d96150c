"""The one way to ask a service: a request over NATS, answered or honestly not."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

from services.gateway.problems import Problem, problem_of
from shared.handling import ask_headers
from shared.messages import ANSWER, Accepted, Command, Failed, Query, Refused, Stated, Told
from shared.rights import Actor
from shared.telemetry import fault
from shared.tracing import CLIENT, span, traceparent

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds to wait for an answer; after that the outcome is unknown."""


@dataclass
class Asking:
    """Asks on behalf of a person. All methods raise `Problem` for anything but the good answer."""

    client: Client
    site: str
    stated: Callable[[type[Command], Sequence[Stated]], None] = lambda *_: None
    """Told what a command has stated, ahead of the stream."""
    read: Callable[[Query, Actor, Mapping[str, Any]], Awaitable[None]] | None = None
    """Told who is about to be told what is recorded; should it fail, nothing is told."""

    async def command(self, command: Command, actor: Actor, key: str) -> Accepted:
        """409, 403, 422 as the service says; 503 `away` when nobody listens (nothing was done),
        503 `outcome-unknown` after 5 s: the same key settles it."""
        answer = await self._ask(command, actor, key)
        if isinstance(answer, Accepted):
            if answer.stated:
                self.stated(type(command), answer.stated)
            return answer
        raise answer_problem(answer, key)

    async def query(self, query: Query, actor: Actor, *, noted: bool = False) -> Any:
        """`noted`: whoever asks has put it on record already."""
        answer = await self._ask(query, actor, "")
        if isinstance(answer, Told):
            if query.recorded and self.read and not noted:
                await self.read(query, actor, answer.data)
            return answer.data
        raise answer_problem(answer, None)

    async def _ask(
        self, message: Command | Query, actor: Actor, key: str
    ) -> Accepted | Told | Refused | Failed:
        kind = type(message)
        try:
            with span(f"{kind.owner()}.{kind.slug()}", kind=CLIENT):
                reply = await self.client.request(
                    kind.address(self.site),
                    message.model_dump_json().encode(),
                    timeout=PATIENCE,
                    headers=ask_headers(actor, key, time.time() + PATIENCE, traceparent()),
                )
        except NoRespondersError:
            return Failed(
                code="away", detail=f"{kind.owner()} is away; nothing was done", away=True
            )
        except NatsTimeoutError:
            return Failed(
                code="outcome-unknown",
                detail=f"{kind.owner()} gave no answer in {PATIENCE:.0f} s; "
                "ask again with the same Idempotency-Key to learn what became of it",
                away=True,
            )
        except Exception as error:
            log.warning("asking failed", **fault(error))
            return Failed(code="away", detail="the site's lines are down; try again", away=True)
        return ANSWER.validate_json(reply.data)


def answer_problem(answer: Accepted | Told | Refused | Failed, key: str | None) -> Problem:
    if isinstance(answer, Refused | Failed):
        problem = problem_of(answer)
    else:
        problem = Problem(500, "fault", "the service answered something else")
    if key and problem.code == "outcome-unknown":
        problem.more["idempotency_key"] = key
    return problem
