"""What is looked after while a site runs: streams and durables that are gone come back, who was
erased stays erased, and a disk that fills up is told of."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.local.erasing import keep_erased
from deploy.local.errors import SiteError
from deploy.local.home import Home
from deploy.local.provision import Say, reconcile_streams
from shared.telemetry import fault

WATCH_SECONDS = 10


async def _nothing() -> None:
    """Where nobody has anything to do first."""


@dataclass
class Care:
    """Says what it did; of a trouble that lasts it says so once."""

    home: Home
    say: Say
    troubled: bool = False

    async def once(self, before: Callable[[], Awaitable[None]] = _nothing) -> None:
        """One round; what is in its way is said, and the next round tries again."""
        try:
            await before()
            for line in await reconcile_streams(self.home):
                self.say(f"provision: {line}")
            for line in await keep_erased(self.home):
                self.say(f"erasure: {line}")
            self.home.check_disk()
            self.troubled = False
        except SiteError as error:
            self._warn(str(error))
        except Exception as error:
            self._warn(f"provisioning waits for its servers ({fault(error)['error']})")

    def _warn(self, said: str) -> None:
        if not self.troubled:
            self.say(f"warning: {said}")
        self.troubled = True


async def keep(home: Home, say: Say) -> None:
    """Round after round, until it is told to stop."""
    care = Care(home, say)
    while True:
        await care.once()
        await asyncio.sleep(WATCH_SECONDS)
