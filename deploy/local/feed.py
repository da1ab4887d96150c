"""Giving HR's events to the site, as the operator's user on NATS."""

from collections.abc import Callable, Sequence

from nats.aio.client import Client

from deploy.local.errors import SiteError
from deploy.local.home import Home
from shared.broker import connect
from shared.contracts.hr import HrEvent
from shared.publishing import Outgoing, Publisher
from shared.settled import Settling


class Feed:
    """Sends events, any number of times, then waits until every service has heard."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.client: Client | None = None
        self.publisher: Publisher | None = None
        self.last = 0

    async def _connected(self) -> Client:
        if self.client is None:
            try:
                self.client = await connect(
                    self.home.nats_url, "operator", self.home.secret("operator", "nats_password")
                )
            except Exception:
                raise SiteError(
                    f"No site runs on {self.home.path}; start it with make run."
                ) from None
        return self.client

    async def send(self, events: Sequence[HrEvent]) -> None:
        """Returns when they are on the disk of HR's stream."""
        client = await self._connected()
        self.publisher = self.publisher or Publisher(client)
        places = await self.publisher.publish(
            # No message id: repeats are membership's business, which keeps every event once,
            # however long ago it was first heard.
            [Outgoing(each.address(self.home.site), None, each.body, each.id) for each in events]
        )
        self.last = max([self.last, *places])

    async def settled(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Returns when every service has heard what followed; `progress` is told how many events
        are still ahead."""
        client = await self._connected()
        if self.last:
            await Settling(client, self.home.site, progress).after(self.last)
        await client.close()
        self.client = self.publisher = None
