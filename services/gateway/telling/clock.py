"""The clock of digests: it looks at what is due, batch by batch, and sends what is worth it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

import structlog
from cryptography.exceptions import InvalidTag

from services.gateway.pages.message import SETTINGS, digest_words
from services.gateway.site import Site
from services.gateway.telling.channel import Channel
from services.gateway.telling.digests import (
    BATCH,
    TO_SEND,
    Due,
    Noted,
    counted,
    has_failed,
    note,
    nothing_to_tell,
    put_back,
    take,
    was_sent,
)
from services.gateway.telling.sender import AT_ONCE
from services.gateway.telling.sending import Message, Sender
from services.gateway.telling.steps import Kind
from shared.database import Session
from shared.sealing import decrypt
from shared.service import end
from shared.telemetry import fault

log = structlog.get_logger(__name__)

LOOK_EVERY = 20.0

Counts = Mapping[Kind, int]


class Clock:
    """Of one gateway; several share the work. Nothing is asked of the database while the site has
    no channel."""

    def __init__(self, site: Site) -> None:
        self._sessions, self._secrets = site.sessions, site.settings.secrets
        self._key = site.key_for("following")
        self._url = site.settings.url.rstrip("/")
        self._work: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._work = [asyncio.create_task(self._run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._work)

    async def _run(self) -> None:
        while True:
            try:
                while await self.tick():
                    pass
            except Exception as error:
                log.warning("digests interrupted", **fault(error))
            await asyncio.sleep(LOOK_EVERY)

    async def tick(self) -> bool:
        """One batch; True when there may be more."""
        channel = Channel.of(self._secrets)
        if channel is None:
            return False
        async with self._sessions() as session:
            taken = await take(session)
            await session.commit()
        if not taken:
            return False
        async with self._sessions() as session:
            counts = await counted(taken, self._key, session)
            to_tell = [due for due in taken if due.active and due.account in counts]
            messages = {
                due.account: self._message(due, counts[due.account], channel, session)
                for due in to_tell
            }
            told = {due.account for due in to_tell}
            quiet = [nothing_to_tell(due) for due in taken if due.account not in told]
            await note(quiet, taken[0].taken_until, session)
            await session.commit()
        if to_tell:
            await self._send(to_tell, messages)
        return len(taken) == BATCH

    def _message(
        self, due: Due, counts: Counts, channel: Channel, session: Session
    ) -> Message | None:
        """None when there is no way to the person as the channel is now."""
        address = None if channel.asks else due.employee
        if channel.asks and due.address is not None:
            # Another key: the secrets were made anew, and the address is lost with the old ones.
            with suppress(InvalidTag):
                address = decrypt(session, due.address, "digest", due.account)
        if address is None or not channel.takes(address):
            return None
        words = digest_words(counts, self._url, due.language)
        return Message(channel.to(address) + channel.stopping_at(self._url + SETTINGS), *words)

    async def _send(self, dues: Sequence[Due], messages: Mapping[str, Message | None]) -> None:
        """What comes back is noted at once, and together what has come meanwhile."""
        outcomes: asyncio.Queue[Noted] = asyncio.Queue()
        turn = asyncio.Semaphore(AT_ONCE)
        last = asyncio.get_running_loop().time() + TO_SEND.total_seconds()

        async def outcome(due: Due, sender: Sender) -> Noted:
            message = messages[due.account]
            if message is None:
                return has_failed(due)
            async with turn:
                if asyncio.get_running_loop().time() > last:
                    return put_back(due)
                sent = await sender.send(message) == "sent"
            return was_sent(due) if sent else has_failed(due)

        async def one(due: Due, sender: Sender) -> None:
            outcomes.put_nowait(await outcome(due, sender))

        async with Sender() as sender, asyncio.TaskGroup() as group:
            for due in dues:
                group.create_task(one(due, sender))
            left = len(dues)
            failed = 0
            while left:
                noted = [await outcomes.get()]
                while not outcomes.empty():
                    noted.append(outcomes.get_nowait())
                async with self._sessions() as session:
                    await note(noted, dues[0].taken_until, session)
                    await session.commit()
                left -= len(noted)
                failed += sum(not each.sent for each in noted)
        log.info("digests told", sent=len(dues) - failed, failed=failed)
