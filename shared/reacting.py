"""What a service does about facts: plain functions, marked with what they react to."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from shared.database import Session
from shared.facts import Heard
from shared.messages import Fact
from shared.tracing import CONSUMER, message_name, span

Reaction = Callable[..., Awaitable[None]]
R = TypeVar("R", bound=Reaction)
React = Callable[[Sequence[Heard], Session], Awaitable[None]]


def heard(fact: type[Fact], *, only: Callable[[Any], bool] = lambda _: True) -> Callable[[R], R]:
    """Marks what a service does when it hears a fact: `async def f(fact, session) -> None`; `only`
    tells from the fact alone whether there is something to do."""

    def mark(reaction: R) -> R:
        reaction.__heard__, reaction.__only__ = fact, only  # type: ignore[attr-defined]
        return reaction

    return mark


class Reactions:
    """One after the other, in the order heard; facts without a reaction only move the inbox."""

    def __init__(self, reactions: Sequence[Reaction]) -> None:
        self._known: dict[type, list[Reaction]] = {}
        for reaction in reactions:
            self._known.setdefault(reaction.__heard__, []).append(reaction)  # type: ignore[attr-defined]

    def to(self, one: Heard) -> list[Reaction]:
        known = self._known.get(type(one.message), ())
        return [each for each in known if each.__only__(one.message)]  # type: ignore[attr-defined]

    def wanted(self, one: Heard) -> bool:
        return bool(self.to(one))

    async def __call__(self, batch: Sequence[Heard], session: Session) -> None:
        for one in batch:
            if reactions := self.to(one):
                with span(message_name(one.subject), parent=one.traceparent, kind=CONSUMER):
                    for reaction in reactions:
                        await reaction(one.message, session)


def at_once(stream: str, react: React) -> React:
    """A reaction of its own way, to whole batches: one span each."""

    async def traced(batch: Sequence[Heard], session: Session) -> None:
        with span(f"hear {stream}", kind=CONSUMER):
            await react(batch, session)

    return traced
