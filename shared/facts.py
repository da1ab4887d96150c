"""Making sense of what was heard: bytes from a stream become a fact with its place."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from nats.aio.msg import Msg
from pydantic import ValidationError

from shared.messages import Envelope, Fact, messages_in


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a stream. `problem` says why it cannot be read; then `message` is None.

    `owner` is the service that states it, with whose name alone the aggregate's history is counted:
    facts of another service about the same thing are a history of their own.

    `numbered` messages count the history of their aggregate in `sequence`; others (corporate HR
    counts nothing) have the stream's own number there, which only orders those that are held.
    """

    aggregate: Any
    sequence: int
    message: Any
    subject: str
    raw: bytes
    type: str = ""
    numbered: bool = True
    traceparent: str | None = None
    problem: str | None = None
    owner: str = ""

    @property
    def history(self) -> tuple[str, Any]:
        """What its sequence counts in."""
        return self.owner, self.aggregate


class Opener(Protocol):
    """Reads the messages of one stream; never raises."""

    def __call__(self, message: Msg) -> Heard: ...

    def again(self, subject: str, raw: bytes, sequence: int) -> Heard:
        """The same for a message that was held: `sequence` is what was kept with it."""
        ...


def unreadable(subject: str, raw: bytes, sequence: int, problem: str) -> Heard:
    """Held under a name of its own, so that it stands in nobody's way."""
    return Heard(
        aggregate=f"unreadable {sequence}",
        sequence=sequence,
        message=None,
        subject=subject,
        raw=raw,
        numbered=False,
        problem=problem,
    )


class FactOpener:
    """Opens facts of the contracts given. A type that none of them defines is unreadable: it may
    come from a newer writer, and waiting for the upgrade beats forgetting it."""

    def __init__(self, facts: Sequence[type[Fact]]) -> None:
        self.facts = {fact.ce_type(): fact for fact in facts}
        self._stated_on = {f"{fact.owner()}.{fact.slug()}": fact for fact in facts}

    def __call__(self, message: Msg) -> Heard:
        heard = self.again(message.subject, message.data, 0)
        if not heard.problem:
            return heard
        return self.again(message.subject, message.data, message.metadata.sequence.stream)

    def again(self, subject: str, raw: bytes, sequence: int) -> Heard:
        try:
            envelope = self._read(subject, raw)
            kind = self.facts.get(envelope.type)
            if kind is None:
                return unreadable(subject, raw, sequence, f"unknown type {envelope.type[:100]}")
            fact = envelope.open(kind)
            if forged := _forged(envelope, fact, subject):
                return unreadable(subject, raw, sequence, forged)
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in problem["loc"])
            return unreadable(subject, raw, sequence, f"not a fact: {where} {problem['type']}")
        return Heard(
            aggregate=envelope.subject,
            sequence=envelope.sequence,
            message=fact,
            subject=subject,
            raw=raw,
            type=envelope.type,
            traceparent=envelope.traceparent,
            owner=kind.owner(),
        )

    def _read(self, subject: str, raw: bytes) -> Envelope:
        """With what is stated on that subject in it, when that is what it is; else as it is."""
        expected = self._stated_on.get(subject.split(".", 2)[-1])
        if expected is not None:
            with suppress(ValidationError):
                envelope = Envelope.around(expected).model_validate_json(raw)
                if envelope.type == expected.ce_type():
                    return envelope
        return Envelope.model_validate_json(raw)


def _forged(envelope: Envelope, fact: Fact, subject: str) -> str | None:
    """NATS lets a service publish on its own subjects only, so what a fact says of itself counts
    only where it agrees with the subject on which it came."""
    site = envelope.source.split("/")[1]
    if envelope.source != f"/{site}/{fact.owner()}" or subject != fact.address(site):
        return f"{envelope.type[:100]} is not stated by this source on this subject"
    if envelope.subject != fact.aggregate:
        return f"its subject is not its {fact.about}"
    return None


def facts_of(*contracts: ModuleType) -> list[type[Fact]]:
    """Every fact that the contracts define."""
    return [each for each in messages_in(*contracts) if issubclass(each, Fact)]
