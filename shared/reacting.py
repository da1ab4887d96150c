"""What a service does about facts: plain functions, marked with what they react to."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
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


def heard_together(fact: type[Fact]) -> Callable[[R], R]:
    """The same for `async def f(facts, session) -> None`, which does at once what it would do about
    one after the other: neighbours of one kind that were stated together come together. It is the
    only reaction of a service to that kind."""

    def mark(reaction: R) -> R:
        heard(fact)(reaction)
        reaction.__together__ = True  # type: ignore[attr-defined]
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
        for (kind, subject, trace), alike in groupby(filter(self.wanted, batch), _stated_together):
            with span(message_name(subject), parent=trace, kind=CONSUMER):
                await self._react(self._known[kind], list(alike), session)

    async def _react(
        self, reactions: Sequence[Reaction], alike: Sequence[Heard], session: Session
    ) -> None:
        if len(reactions) == 1 and getattr(reactions[0], "__together__", False):
            await reactions[0]([one.message for one in alike], session)
            return
        for one in alike:
            for reaction in self.to(one):
                await reaction(one.message, session)


def _stated_together(one: Heard) -> tuple[type, str, str | None]:
    """What neighbours have in common that are of one kind and were stated in one piece of work."""
    return type(one.message), one.subject, one.traceparent


def at_once(stream: str, react: React) -> React:
    """A reaction of its own way, to whole batches: one span each."""

    async def traced(batch: Sequence[Heard], session: Session) -> None:
        with span(f"hear {stream}", kind=CONSUMER):
            await react(batch, session)

    return traced
