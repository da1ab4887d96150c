"""Reading a stream again from its first message, past every durable."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from deploy.local.errors import SiteError
from shared.broker import Durable
from shared.facts import Heard, Opener
from shared.pulling import Pull

Placed = tuple[int, Heard]
"""A fact and its place in the stream."""

BATCH = 1000
SILENCE = 30.0
"""Seconds without a message, where there should be one, until we give up."""


class Again:
    """What one durable hears, in the order of the stream. Reads on from where it came to.

    `client` is the provisioner's: its consumers live in the server's memory and need no
    acknowledgements, so that the durable itself notices nothing.
    """

    def __init__(self, client: Client, durable: Durable, opener: Opener) -> None:
        self.client, self.durable, self.opener = client, durable, opener
        self.last = 0

    async def total(self) -> int:
        """How many there are by now."""
        made = await self._consumer(1)
        await self._forget(made[0])
        return made[1]

    async def acknowledged(self) -> int:
        """The durable's reader has committed all up to this sequence of the stream, at least."""
        js = self.client.jetstream()
        with suppress(NotFoundError):
            info = await js.consumer_info(self.durable.stream, self.durable.name)
            return (info.ack_floor.stream_seq if info.ack_floor else 0) or 0
        return 0

    async def batches(self) -> AsyncGenerator[list[Placed]]:
        """All that is there now and was not read yet. What was given counts as read.

        Raises `SiteError` when NATS falls silent or a message was lost on the way.
        """
        name, owed = await self._consumer(self.last + 1)
        pulling = Pull(self.client, self.durable.stream, name).batches()
        read = 0
        try:
            batch: list[Placed] = []
            while read < owed:
                try:
                    async with asyncio.timeout(SILENCE):
                        messages = await anext(pulling)
                except TimeoutError:
                    raise SiteError("NATS fell silent; see tongxin doctor.") from None
                for message in messages:
                    read += 1
                    place = message.metadata.sequence
                    if place.consumer != read:
                        raise SiteError("The connection to NATS broke; begin again.")
                    batch.append((place.stream, self.opener(message)))
                if len(batch) >= BATCH or read >= owed:
                    self.last = batch[-1][0]
                    yield batch
                    batch = []
        finally:
            await pulling.aclose()
            await self._forget(name)

    async def _consumer(self, first: int) -> tuple[str, int]:
        """The name of a passing one, and how many messages are ahead of it."""
        made = await self.client.jetstream().add_consumer(
            self.durable.stream,
            ConsumerConfig(
                filter_subjects=list(self.durable.filters),
                ack_policy=AckPolicy.NONE,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=first,
                inactive_threshold=60,
                mem_storage=True,
            ),
        )
        return made.name, made.num_pending or 0

    async def _forget(self, name: str) -> None:
        with suppress(NotFoundError):
            await self.client.jetstream().delete_consumer(self.durable.stream, name)
