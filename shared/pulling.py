"""Pulling from a durable: whatever is there at once, in order, as one batch.

FastStream's batch subscriber waits its whole time-out for a batch to fill, which a single fact
would pay on its way to the reader; so the pull request is made here (NATS' JetStream wire API,
`$JS.API.CONSUMER.MSG.NEXT`).
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.broker import BATCH

log = structlog.get_logger(__name__)

EXPIRES = 30.0
HEARTBEAT = 5.0
GATHER = 0.25
"""Seconds for which what the server has ready is waited for."""


@dataclass
class Pull:
    """Messages of one durable for one reader. The caller acknowledges."""

    client: Client
    stream: str
    durable: str
    most: int = BATCH

    async def batches(self) -> AsyncGenerator[list[Msg]]:
        """Never empty, never larger than `most`. Lives through reconnects, and through a durable
        that is deleted and put back.

        A lone message goes on at once. Of a flood the rest is waited for, which is on its way: a
        thousand in one transaction cost a fraction of what they do in ten.
        """
        arrived: asyncio.Queue[Msg] = asyncio.Queue()
        inbox = self.client.new_inbox()
        subscription = await self.client.subscribe(inbox, cb=arrived.put)
        wanted = 0  # messages still owed by the request that is open
        connection = self.client.stats["reconnects"]
        quiet = 0.0
        try:
            while True:
                if wanted <= 0 and arrived.empty():
                    await self._ask(inbox)
                    wanted, quiet = self.most, 0.0
                try:
                    messages = [await asyncio.wait_for(arrived.get(), 1)]
                except TimeoutError:
                    quiet += 1
                    # A request dies with its connection, and with a server that fell silent.
                    if self.client.stats["reconnects"] != connection or quiet > 2.5 * HEARTBEAT:
                        connection = self.client.stats["reconnects"]
                        wanted = 0
                    continue
                quiet = 0.0
                while len(messages) < self.most:
                    if not arrived.empty():
                        messages.append(arrived.get_nowait())
                    elif len(messages) < wanted and self._more_are_ready(messages[-1]):
                        try:
                            messages.append(await asyncio.wait_for(arrived.get(), GATHER))
                        except TimeoutError:
                            break
                    else:
                        break
                facts = [message for message in messages if not self._status(message)]
                wanted -= len(facts)
                for message in messages:
                    status = self._status(message)
                    if status and status != "100":
                        wanted = 0
                    if status in {"409", "503"}:
                        log.warning("pull ended", stream=self.stream, status=status)
                        await asyncio.sleep(1)
                if facts:
                    yield facts
        finally:
            if self.client.is_connected:
                await subscription.unsubscribe()

    async def _ask(self, inbox: str) -> None:
        request = {
            "batch": self.most,
            "expires": int(EXPIRES * 1e9),
            "idle_heartbeat": int(HEARTBEAT * 1e9),
        }
        await self.client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.durable}",
            json.dumps(request).encode(),
            reply=inbox,
        )

    @classmethod
    def _more_are_ready(cls, last: Msg) -> bool:
        """Whether the server had more for us when it sent that one."""
        return not cls._status(last) and last.metadata.num_pending > 0

    @staticmethod
    def _status(message: Msg) -> str | None:
        """Of a message that the server itself sends: 100 heartbeat, 404, 408, 409, 503."""
        headers = message.headers
        return headers.get("Status") if headers and not message.data else None
