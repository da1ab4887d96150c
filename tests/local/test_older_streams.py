"""Streams of a site from before persons could be erased forbid deleting for good. They are made
anew, and nothing that was said gets lost over it."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import ServiceUnavailableError

from deploy.local.home import Home
from shared.broker import BACK, reconcile, streams
from tests.walls.broker import nats_alone, user_of

MADE_ANEW = "stream {} made anew, nothing could be deleted from it"


@dataclass
class Older:
    """JetStream of a site whose streams are as an older version made them."""

    js: JetStreamContext
    hr: Client
    home: Home

    @property
    def site(self) -> str:
        return self.home.site

    async def says(self, what: str) -> None:
        """HR's system does. Raises when it is not kept."""
        await self.hr.jetstream().publish(f"events.{self.site}.hr.{what}", what.encode())

    async def takes(self, durable: str, stream: str, *, ack: bool = True) -> str:
        """As whoever the durable is of."""
        async with user_of(self.home, durable) as reader:
            mine = await reader.jetstream().pull_subscribe_bind(durable=durable, stream=stream)
            [message] = await mine.fetch(1, timeout=5)
            if ack:
                await message.ack_sync()
            return message.data.decode()

    async def may_delete(self, stream: str) -> bool:
        return not (await self.js.stream_info(stream)).config.deny_delete

    async def holds(self, stream: str) -> int:
        return (await self.js.stream_info(stream)).state.messages


@pytest.fixture
async def older(tmp_path: Path) -> AsyncIterator[Older]:
    async with (
        nats_alone(tmp_path / "home") as home,
        user_of(home, "provisioner") as provisioner,
        user_of(home, "hr") as hr,
    ):
        js = provisioner.jetstream()
        for stream in streams(home.site):
            await js.update_stream(replace(stream, deny_delete=True))
        yield Older(js, hr, home)


async def test_all_are_made_anew_where_nothing_waits(older: Older) -> None:
    made = [MADE_ANEW.format(stream.name) for stream in streams(older.site)]
    said = await reconcile(older.js, older.site)
    assert [line for line in said if line.startswith("stream")] == made
    assert len([line for line in said if line.startswith("durable")]) == len(said) - len(made)
    assert await reconcile(older.js, older.site) == []
    await older.says("after")
    assert await older.takes("membership", "HR") == "after"


async def test_what_hr_said_is_taken_before_its_stream_goes(older: Older) -> None:
    await older.says("before")
    assert MADE_ANEW.format("HR") not in await reconcile(older.js, older.site)
    # What was fetched, and of which nobody knows yet that it is kept, waits as well.
    assert await older.takes("membership", "HR", ack=False) == "before"
    assert MADE_ANEW.format("HR") not in await reconcile(older.js, older.site)
    assert await older.holds("HR") == 1
    await older.says("between")
    assert await older.holds("HR") == 2, "who waits to be made anew has room"


class Meanwhile:
    """JetStream, and HR speaks right after it was asked for the nth time what waits in a stream."""

    def __init__(self, older: Older, nth: int) -> None:
        self.older, self.nth = older, nth
        self.looks, self.kept = 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.older.js, name)

    async def consumers_info(self, stream: str) -> list[ConsumerInfo]:
        told = await self.older.js.consumers_info(stream)
        if stream == "HR":
            self.looks += 1
            if self.looks == self.nth:
                with suppress(ServiceUnavailableError):
                    await self.older.says("meanwhile")
                    self.kept = True
        return told


@pytest.mark.parametrize(("nth", "kept"), [(1, True), (2, False)])
async def test_what_hr_says_while_its_stream_goes_is_kept_or_refused_and_never_lost(
    older: Older, nth: int, kept: bool
) -> None:
    js: Any = Meanwhile(older, nth)
    said = await reconcile(js, older.site)
    assert (js.looks, js.kept) == (2, kept)
    assert (MADE_ANEW.format("HR") in said) == (not kept)
    if not kept:
        await older.says("meanwhile")
    assert await older.takes("membership", "HR") == "meanwhile"
    await reconcile(older.js, older.site)
    assert await older.may_delete("HR")


async def test_who_died_over_it_is_followed_by_who_ends_it(older: Older) -> None:
    """The stream has no room any more; what waits in it is taken first."""
    [hr] = [stream for stream in streams(older.site) if stream.name == "HR"]
    await older.says("before")
    await older.js.update_stream(replace(hr, deny_delete=True, max_bytes=1))
    with pytest.raises(ServiceUnavailableError):
        await older.says("refused")
    await reconcile(older.js, older.site)
    await older.says("after")
    assert await older.takes("membership", "HR") == "before"
    assert await older.takes("membership", "HR") == "after"
    await older.js.update_stream(replace(hr, deny_delete=True, max_bytes=1))
    assert MADE_ANEW.format("HR") in await reconcile(older.js, older.site)
    await older.says("anew")
    assert await older.takes("membership", "HR") == "anew"


async def test_what_hr_has_not_read_yet_stays_for_it(older: Older) -> None:
    subject = f"back.{older.site}.hr.member-joined"
    async with user_of(older.home, "gateway") as gateway:
        await gateway.jetstream().publish(subject, b"joined")
        assert MADE_ANEW.format(BACK) not in await reconcile(older.js, older.site)
        await gateway.jetstream().publish(subject, b"another")
    for told in ("joined", "another"):
        assert await older.takes("hr", BACK) == told
    assert MADE_ANEW.format(BACK) in await reconcile(older.js, older.site)
