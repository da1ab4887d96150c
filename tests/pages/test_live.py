"""`/live`: a page hears that something has changed, and nothing else."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from deploy.local.home import Home, free_port
from services.gateway.live import EACH, LOOK_EVERY, Listener, Live
from services.gateway.settings import DoorSettings
from shared import database
from shared.facts import Heard
from shared.messages import uuid7
from shared.testing import eventually
from tests.conftest import ROOT, settings_of
from tests.pages.conftest import OFFICER, Plant, browser_of, said_to_record, sign_in

PATIENCE = 20


class Stream:
    """The events of one connection, as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> str:
        """The name of the next event; raises `StopAsyncIteration` when the stream has ended."""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                assert re.fullmatch(r"(event: [a-z]+|data: \d+|retry: \d+|: .*|)", line), line
                if line.startswith("event: "):
                    return line.removeprefix("event: ")
        raise StopAsyncIteration

    async def until(self, name: str) -> list[str]:
        """What came before it."""
        before = []
        while (event := await self.next()) != name:
            before.append(event)
        return before

    async def ended(self) -> bool:
        try:
            while True:
                await self.next()
        except StopAsyncIteration:
            return True


@asynccontextmanager
async def listening(browser: httpx.AsyncClient) -> AsyncIterator[Stream]:
    async with browser.stream("GET", "/live", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer)
        assert await stream.next() == "here"
        yield stream


async def test_a_page_hears_of_what_others_do(worker: httpx.AsyncClient, plant: Plant) -> None:
    async with listening(worker) as stream:
        proposal = await plant.propose("实时 live")
        await stream.until("proposals")
        answer = {"proposal": proposal, "decision": "adopted", "reasons": "好"}
        await plant.say("pages-manager", "democracy/answer-proposal", answer)
        await stream.until("proposals")


async def test_only_who_may_see_visits_hears_of_them(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, plant: Plant
) -> None:
    async with listening(worker) as deaf, listening(officer) as hears:
        visit = {"employee": OFFICER, "occasion": "festival", "on": "2024-05-01"}
        await plant.say("pages-head", "welfare/log-visit", visit | {"visitors": ["PG003"]})
        await hears.until("visits")
        await plant.propose("实时 after the visit")
        assert "visits" not in await deaf.until("proposals")


async def test_nobody_hears_anything_without_a_session(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/live", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 401
    stranger.cookies.set("session", "guessed")
    assert (await stranger.get("/live", headers={"Accept": "*/*"})).status_code == 401


async def test_the_stream_ends_with_the_session(plant: Plant, account: str) -> None:
    async with browser_of(plant, account) as browser, listening(browser) as stream:
        page = await browser.get("/account")
        token = re.search(r'name="form-token" value="([0-9a-f]+)"', page.text)
        assert token
        out = await browser.post("/account/sign-out-everywhere", data={"form-token": token[1]})
        assert out.status_code == 303
        async with asyncio.timeout(3 * LOOK_EVERY):
            assert await stream.ended()


async def test_a_page_that_listens_and_asks_by_itself_does_not_keep_the_session(
    site: Home, plant: Plant, account: str
) -> None:
    async with browser_of(plant, account) as browser:
        idle = DoorSettings().session_idle
        nearly = "UPDATE session SET seen_at = now() - CAST(:ago AS interval) WHERE account = :name"
        ago = idle - timedelta(minutes=2)
        await said_to_record(site, nearly, ago=ago, name=account)
        seen = "SELECT now() - seen_at > CAST(:ago AS interval) FROM session WHERE account = :name"
        async with listening(browser):
            assert (await browser.get("/", headers={"By-Itself": "1"})).status_code == 200
        assert await said_to_record(site, seen, ago=ago, name=account)
        assert (await browser.get("/")).status_code == 200
        assert not await said_to_record(site, seen, ago=ago, name=account)


async def test_what_was_done_is_not_said_to_a_page_that_asks_by_itself(
    worker: httpx.AsyncClient,
) -> None:
    worker.cookies.set("done", "supported")
    quiet = await worker.get("/", headers={"By-Itself": "1"})
    assert 'class="toast"' not in quiet.text
    assert "done" not in quiet.headers.get("set-cookie", "")
    assert 'class="toast"' in (await worker.get("/")).text


async def test_an_account_has_so_many_connections_and_no_more(plant: Plant, account: str) -> None:
    async with browser_of(plant, account) as browser:
        async with AsyncExitStack() as stack:
            for _ in range(EACH):
                await stack.enter_async_context(listening(browser))
            over = await browser.get("/live", headers={"Accept": "text/event-stream"})
            assert over.status_code == 429
            assert int(over.headers["retry-after"]) > 0

        async def again() -> bool:
            async with listening(browser):
                return True

        await eventually(again)


@asynccontextmanager
async def another_gateway(site: Home) -> AsyncIterator[Live]:
    """The part of a gateway that listens and tells, in a process that applies nothing itself."""
    settings = settings_of(site, "gateway")
    engine = database.engine(settings, pool_size=1)
    live = Live(settings, database.Sessions(engine), timedelta(hours=1))
    hearing = asyncio.create_task(live.hear())
    try:
        yield live
    finally:
        hearing.cancel()
        await engine.dispose()


@asynccontextmanager
async def second_gateway(site: Home) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process of its own beside the first, which holds the ear's lock; and its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    told = {"TONGXIN_PORT": str(port), "TONGXIN_URL": url, "TONGXIN_OPS_PORT": "0"}
    with (site.logs / "gateway-2.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.gateway.app",
            env=site.environment("gateway", demo=False) | told | {"PYTHONPATH": str(ROOT)},
            cwd=site.path,
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx.AsyncClient(base_url=url) as client:

            async def lives() -> bool:
                return (await client.get("/livez")).status_code == 200

            await eventually(lives, seconds=40)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_streams_of_another_process_hear_too_and_end_at_once_when_it_stops(
    site: Home, plant: Plant
) -> None:
    cookie = {"Cookie": f"session={plant.tokens['pages-worker']}"}
    async with (
        second_gateway(site) as (process, url),
        httpx.AsyncClient(base_url=url, headers=cookie, timeout=30) as browser,
        listening(browser) as stream,
    ):
        await plant.propose("实时 in another process")
        await stream.until("proposals")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(8):  # a stream that is waited for takes ten
            assert await stream.ended()
            await process.wait()


def heard(owner: str) -> Heard:
    return Heard(uuid7(), 1, None, "", b"", owner=owner)


async def collected(live: Live, listener: Listener, into: list[str]) -> None:
    async for event in live.events(listener):
        into.append(event.decode().partition("\n")[0])


async def test_a_gateway_that_applies_nothing_hears_what_another_has_applied(
    site: Home, plant: Plant
) -> None:
    async with another_gateway(site) as live:
        told: list[str] = []
        listener = live.enter("a", b"", {"proposals"})
        reading = asyncio.create_task(collected(live, listener, told))
        # Once for what may have been missed before there was a line.
        await eventually(lambda: "event: proposals" in told)
        told.clear()
        await plant.propose("实时 by another gateway")
        await eventually(lambda: "event: proposals" in told)
        listener.end()
        await reading


async def test_a_burst_of_facts_is_a_handful_of_events(site: Home) -> None:
    async with another_gateway(site) as live:
        told: list[str] = []
        listener = live.enter("a", b"", {"proposals", "courses"})
        reading = asyncio.create_task(collected(live, listener, told))
        await eventually(lambda: len(told) == 3)  # here, and what may have been missed
        told.clear()
        for _ in range(10_000):
            live.note([heard("democracy"), heard("training"), heard("membership")])
            await asyncio.sleep(0)
        await eventually(lambda: {"event: proposals", "event: courses"} <= set(told))
        live.note([heard("welfare"), heard("democracy")])  # and what comes after it is told too
        told.clear()
        await eventually(lambda: "event: proposals" in told)
        listener.end()
        await reading
        assert len(told) <= 4


async def test_who_comes_in_while_the_others_are_looked_after_is_not_turned_out(
    site: Home,
) -> None:
    async with another_gateway(site) as live:
        ended = live.enter("a", b"a session that has ended", {"proposals"})
        looking = asyncio.create_task(live.look())
        await asyncio.sleep(0)  # it has asked the database
        new = live.enter("b", b"a session that has just begun", {"proposals"})
        await looking
        assert ended.over
        assert not new.over


async def test_listeners_that_are_not_told_yet_hold_no_more_than_topics(site: Home) -> None:
    live = Live(settings_of(site, "gateway"), database.Sessions(None), timedelta(hours=1))  # type: ignore[arg-type]
    listener = live.enter("a", b"", {"proposals"})
    for _ in range(1000):
        live.ring(["proposals", "visits"])
    assert listener.changed == {"proposals"}
    live.leave(listener)
    live.close()
    with pytest.raises(Exception, match="503"):
        live.enter("a", b"", {"proposals"})


async def test_signing_in_again_is_heard_at_once(plant: Plant, account: str) -> None:
    """A stream belongs to its session: the next one has one of its own."""
    async with browser_of(plant, account) as browser:
        async with listening(browser) as stream:
            assert (await sign_in(browser, account)).status_code == 303
            async with asyncio.timeout(3 * LOOK_EVERY):
                assert await stream.ended()
        async with listening(browser):
            pass
