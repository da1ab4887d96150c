"""Processes that kill themselves at the worst moment: `python -m tests.delivery.dying MOMENT`."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from nats.aio.msg import Msg

from shared import database
from shared.broker import service_broker
from shared.publishing import Outgoing, Publisher
from shared.relay import Relay
from shared.settings import Settings
from tests.delivery import reader


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def before_acknowledging() -> None:
    """A reader whose first acknowledgement never leaves."""
    Msg.ack = die  # type: ignore[method-assign]
    reader.service.run()


class HalfWay(Publisher):
    """Dies when half of a batch has gone out."""

    async def _together(self, messages: Sequence[Outgoing]) -> list[int] | None:
        publish, count = self.client.publish, 0

        async def counted(*args: Any, **kwargs: Any) -> None:
            nonlocal count
            count += 1
            if count > len(messages) // 2:
                await self.client.flush()
                die()
            await publish(*args, **kwargs)

        self.client.publish = counted  # type: ignore[method-assign]
        return await super()._together(messages)


class Unmarked(Publisher):
    """Dies when all is in the stream and nothing is marked as sent."""

    async def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        await super().publish(messages)
        return list(die())


async def relay(kind: type[Publisher]) -> None:
    settings = Settings()
    broker = service_broker(settings, "ledger", asyncio.Event())
    publisher = kind(await broker.connect())
    await Relay(database.engine(settings), publisher).run()


if __name__ == "__main__":
    match sys.argv[1]:
        case "before-acknowledging":
            before_acknowledging()
        case "mid-batch":
            asyncio.run(relay(HalfWay))
        case "before-marking":
            asyncio.run(relay(Unmarked))
