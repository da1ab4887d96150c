"""Publishing to JetStream: many messages in one atomic batch, one by one where that is refused.

nats-py has no batch publish; the headers are those of NATS' ADR-50 (atomic batch publish). One
batch costs one fsync under `sync_interval: always`, a single message costs one each.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.js.errors import APIError

from shared.messages import uuid7

log = structlog.get_logger(__name__)

LONGEST_BATCH = 1000
ACK_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to keep: `id` becomes `Nats-Msg-Id` (the stream drops repeats of it for a while);
    None where repeats are the receiver's business."""

    subject: str
    id: str | None
    payload: bytes

    def headers(self) -> dict[str, str]:
        return {"Nats-Msg-Id": self.id} if self.id else {}


@dataclass
class Publisher:
    """Keeps messages in whatever stream takes their subjects."""

    client: Client

    async def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        """Returns the stream sequence of each message, in order, once all are on disk. Messages
        of one stream keep their order; a batch cannot span two.

        Raises what nats-py raises when the server is away or refuses; then any prefix of the
        messages may have been kept, and publishing all of them again is safe.
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
        together = await self._together(messages) if len(messages) > 1 else None
        return together if together is not None else await self._singly(messages)

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

    async def _singly(self, messages: Sequence[Outgoing]) -> list[int]:
        places = []
        for message in messages:
            reply = await self.client.request(
                message.subject, message.payload, timeout=ACK_TIMEOUT, headers=message.headers()
            )
            answer = json.loads(reply.data)
            if "error" in answer:
                raise APIError.from_error(answer["error"])
            places.append(int(answer["seq"]))
        return places
