"""Publishing to JetStream: many messages in one atomic batch, few of them each by itself.

nats-py has neither. The headers of a batch are those of NATS' ADR-50 (atomic batch publish). Under
`sync_interval: always` every message that is published by itself costs an fsync; a batch costs one
for all, but the server first stages it in a store of its own, which takes as long as a dozen.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.js.errors import APIError

from shared.messages import uuid7

log = structlog.get_logger(__name__)

FEW = 12
"""Up to so many are quicker by themselves; measured on one disk, and not far off on others."""
LONGEST_BATCH = 1000
UNDER_WAY = 64
"""Messages by themselves that have no answer yet."""
ACK_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to keep: `id` becomes `Nats-Msg-Id` (the stream drops repeats of it for a while);
    None where repeats are the receiver's business. Messages with the same `about` keep their order.
    """

    subject: str
    id: str | None
    payload: bytes
    about: object = None

    def headers(self) -> dict[str, str]:
        return {"Nats-Msg-Id": self.id} if self.id else {}


@dataclass
class Publisher:
    """Keeps messages in whatever stream takes their subjects."""

    client: Client
    _answers: dict[str, asyncio.Future[Msg]] = field(default_factory=dict)
    _inbox: str | None = None

    async def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        """Returns the stream sequence of each message, in order, once all are on disk. A batch
        cannot span two streams.

        Raises what nats-py raises when the server is away or refuses; then any of the messages may
        have been kept, of those about the same thing the first ones, and publishing all of them
        again is safe.
        """
        streams: dict[str, list[int]] = {}
        for number, message in enumerate(messages):
            streams.setdefault(message.subject.partition(".")[0], []).append(number)
        places = [0] * len(messages)
        for numbers in streams.values():
            for start in range(0, len(numbers), LONGEST_BATCH):
                part = numbers[start : start + LONGEST_BATCH]
                kept = await self._keep([messages[number] for number in part])
                for number, place in zip(part, kept, strict=True):
                    places[number] = place
        return places

    async def _keep(self, messages: Sequence[Outgoing]) -> list[int]:
        together = await self._together(messages) if len(messages) > FEW else None
        return together if together is not None else await self._each(messages)

    async def _together(self, messages: Sequence[Outgoing]) -> list[int] | None:
        """None when the server refuses the batch, as it does when it has seen one of the ids."""
        batch = str(uuid7())
        *first, last = messages
        for number, message in enumerate(first, start=1):
            await self.client.publish(
                message.subject,
                message.payload,
                headers=message.headers()
                | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)},
            )
        reply = await self.client.request(
            last.subject,
            last.payload,
            timeout=ACK_TIMEOUT,
            headers=last.headers()
            | {
                "Nats-Batch-Id": batch,
                "Nats-Batch-Sequence": str(len(messages)),
                "Nats-Batch-Commit": "1",
            },
        )
        answer = json.loads(reply.data)
        if "error" in answer:
            log.info("batch refused", code=answer["error"].get("err_code"), size=len(messages))
            return None
        highest = int(answer["seq"])
        return list(range(highest - len(messages) + 1, highest + 1))

    async def _each(self, messages: Sequence[Outgoing]) -> list[int]:
        """Many are under way at a time, of those about the same thing one."""
        places = [0] * len(messages)
        inbox = self._inbox or await self._listen()
        loop = asyncio.get_running_loop()
        for wave in _waves(messages):
            asked = {f"{inbox}.{uuid7()}": (number, loop.create_future()) for number in wave}
            self._answers |= {reply: answered for reply, (_, answered) in asked.items()}
            try:
                async with asyncio.timeout(ACK_TIMEOUT):
                    for reply, (number, _) in asked.items():
                        one = messages[number]
                        await self.client.publish(
                            one.subject, one.payload, reply=reply, headers=one.headers()
                        )
                    for number, answered in asked.values():
                        places[number] = _place(await answered)
            finally:
                for reply in asked:
                    del self._answers[reply]
        return places

    async def _listen(self) -> str:
        inbox = self.client.new_inbox()
        await self.client.subscribe(f"{inbox}.*", cb=self._answered)
        self._inbox = inbox
        return inbox

    async def _answered(self, reply: Msg) -> None:
        answered = self._answers.get(reply.subject)
        if answered and not answered.done():
            answered.set_result(reply)


def _waves(messages: Sequence[Outgoing]) -> Iterator[list[int]]:
    """Places in the sequence; in a wave no two are about the same thing."""
    waves: list[list[int]] = []
    before: defaultdict[object, int] = defaultdict(int)
    for number, message in enumerate(messages):
        turn = before[message.about]
        before[message.about] += 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(number)
    for wave in waves:
        for start in range(0, len(wave), UNDER_WAY):
            yield wave[start : start + UNDER_WAY]


def _place(reply: Msg) -> int:
    """The sequence in the stream. Raises `APIError` when it was refused."""
    if not reply.data:
        raise NoRespondersError
    answer = json.loads(reply.data)
    if "error" in answer:
        raise APIError.from_error(answer["error"])
    return int(answer["seq"])
