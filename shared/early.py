"""Facts that came with the answer to a command, ahead of the stream.

Whoever asked waits to see what came of it, and the way through the outbox and the stream is the
longer part of that wait. So the answer brings the facts, and the ear takes those that are the next
of their history at once. The stream remains the road: it brings every fact all the same, those
taken early are recognised, and whatever cannot be taken early is left to it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nats.aio.msg import Msg

from shared.facts import Heard

REMEMBERED = 10_000
"""Facts taken early that the stream has not brought yet. One that was forgotten is dropped by its
position as any repeat is."""


@dataclass
class Early:
    """What waits to be taken early by one ear, and what was."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: list[Heard] = field(default_factory=list)
    _taken: OrderedDict[tuple[str, bytes], None] = field(default_factory=OrderedDict)

    def bring(self, facts: Sequence[Heard]) -> None:
        """More than are remembered are left to the stream: then the ear is held up."""
        if len(self._waiting) < REMEMBERED:
            self._waiting += facts
        self.arrived.set()

    def drain(self) -> list[Heard]:
        """Everything that waits, each history in its order: answers may have passed each other."""
        self.arrived.clear()
        waiting, self._waiting = self._waiting, []
        return sorted(waiting, key=lambda one: one.sequence)

    def note(self, taken: Sequence[Heard]) -> None:
        """These were committed."""
        for one in taken:
            self._taken[one.subject, one.raw] = None
        while len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)

    def has_taken(self, message: Msg) -> bool:
        """Whether the stream brings what was taken early: the same bytes on the same subject."""
        return self._taken.pop((message.subject, message.data), self) is None
