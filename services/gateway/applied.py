"""Your own write is visible: waiting until the views have applied what a command stated."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.facts import Heard
from shared.messages import Position

REMEMBERED = 20_000


@dataclass
class Applied:
    """How far the views have come, as told by the ear of this process after each commit."""

    _last: OrderedDict[UUID, int] = field(default_factory=OrderedDict)
    _waiting: dict[UUID, list[tuple[int, asyncio.Future[None]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, heard: Sequence[Heard]) -> None:
        for one in heard:
            if not one.numbered:
                continue
            self._last[one.aggregate] = one.sequence
            self._last.move_to_end(one.aggregate)
            for sequence, future in self._waiting.get(one.aggregate, ()):
                if sequence <= one.sequence and not future.done():
                    future.set_result(None)
        while len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    async def reached(self, places: Sequence[Position], seconds: float = 1.0) -> bool:
        """True as soon as all places are applied, False when that took too long."""
        try:
            async with asyncio.timeout(seconds):
                for place in places:
                    await self._one(place)
        except TimeoutError:
            return False
        return True

    async def _one(self, place: Position) -> None:
        if self._last.get(place.aggregate, 0) >= place.sequence:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (place.sequence, future)
        self._waiting[place.aggregate].append(entry)
        try:
            await future
        finally:
            self._waiting[place.aggregate].remove(entry)
            if not self._waiting[place.aggregate]:
                del self._waiting[place.aggregate]
