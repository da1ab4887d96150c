"""Sessions end: by the clock, unused, and never outlive the password that they began with."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import event

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway import passwords
from services.gateway.accounts import begin_session, token_hash
from services.gateway.passwords import hashed_password, prove, set_password
from services.gateway.problems import Problem
from services.gateway.settings import Idle
from services.gateway.site import Site
from services.gateway.tokens import Tokens
from shared.database import Session
from shared.settings import Settings
from shared.testing import eventually
from tests.pages.conftest import HTML, PASSWORD, Plant, said_to_record
from tests.pages.test_account import OWN, is_open, token_for
from tests.walls.database import admin_of


@pytest.fixture
async def gateway(settings: Callable[[str], Settings]) -> AsyncIterator[Site]:
    """One more gateway's connections, in this process."""
    site = Site(settings("gateway"))
    yield site
    await site.readers.close()
    await site.engine.dispose()


async def begun(site: Home, account: str) -> str:
    async with gateway_session(site) as session:
        token, _ = await begin_session(session, account, kind="browser")
        await session.commit()
    return token


@pytest.mark.parametrize(
    "aged",
    [
        "UPDATE session SET seen_at = now() - interval '61 minutes' WHERE token_hash = :hash",
        "UPDATE session SET expires_at = now() WHERE token_hash = :hash",
        "UPDATE session SET seen_at = now() + interval '1 day' WHERE token_hash = :hash",
    ],
    ids=["unused for an hour", "twelve hours old", "the clock was set back"],
)
async def test_a_session_of_a_browser_ends_by_itself(
    plant: Plant, site: Home, account: str, aged: str
) -> None:
    token = await begun(site, account)
    await said_to_record(site, aged, hash=token_hash(token))
    async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as browser:
        browser.cookies.set("session", token)
        assert not await is_open(browser)


@pytest.mark.parametrize("idle", [timedelta(minutes=1), timedelta(hours=1)], ids=str)
async def test_a_session_that_is_used_goes_on(
    gateway: Site, site: Home, account: str, idle: timedelta
) -> None:
    token = await begun(site, account)
    hashed = token_hash(token)
    for _ in range(3):
        await said_to_record(
            site,
            "UPDATE session SET seen_at = now() - CAST(:unused AS interval)"
            " WHERE token_hash = :hash",
            unused=0.9 * idle,
            hash=hashed,
        )
        await Tokens(gateway.sessions, "hq", Idle(idle)).known(token)
        unused = await said_to_record(
            site, "SELECT now() - seen_at FROM session WHERE token_hash = :hash", hash=hashed
        )
        assert unused < idle / 60


async def test_a_token_that_is_believed_costs_no_statement(
    gateway: Site, site: Home, account: str
) -> None:
    token = await begun(site, account)
    said: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(gateway.engine.sync_engine, "before_cursor_execute", note)
    for _ in range(20):
        await gateway.tokens.actor(token)
    assert len(said) == 1


async def test_who_cannot_be_noted_can_still_read(gateway: Site, site: Home, account: str) -> None:
    """As on a full disk: here PostgreSQL takes nothing from the gateway that writes."""
    token = await begun(site, account)
    await said_to_record(
        site,
        "UPDATE session SET seen_at = now() - interval '30 minutes' WHERE token_hash = :hash",
        hash=token_hash(token),
    )
    async with admin_of(site) as admin:
        await admin.execute("ALTER ROLE gateway SET default_transaction_read_only = on")
        try:
            assert (await gateway.tokens.actor(token)).account == account
        finally:
            await admin.execute("ALTER ROLE gateway RESET default_transaction_read_only")


async def test_what_was_read_before_a_session_ended_is_not_remembered_after(
    gateway: Site, site: Home, account: str
) -> None:
    token = await begun(site, account)

    @asynccontextmanager
    async def interrupted() -> AsyncIterator[Session]:
        async with gateway.sessions() as session:
            yield session
        await said_to_record(site, "DELETE FROM session WHERE account = :n", n=account)
        tokens.forget()

    sessions: Any = interrupted
    tokens = Tokens(sessions, "hq")
    await tokens.actor(token)
    with pytest.raises(Problem):
        await tokens.actor(token)


async def test_a_session_that_begins_while_the_password_changes_does_not_outlive_it(
    gateway: Site, site: Home, account: str
) -> None:
    proved = await prove(gateway.sessions, account, PASSWORD)
    assert proved
    hashed = await hashed_password(OWN)

    async def begin() -> None:
        async with gateway.sessions() as session:
            await begin_session(session, account, proved=proved.stored)
            await session.commit()

    async def waits() -> bool:
        return bool(
            await said_to_record(
                site,
                "SELECT true FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO session%' LIMIT 1",
            )
        )

    async with gateway.sessions() as session:
        await set_password(session, account, hashed)
        beginning = asyncio.create_task(begin())
        await eventually(waits)
        await session.commit()
    with pytest.raises(Problem) as refused:
        await beginning
    assert refused.value.status == 401


async def test_a_crowd_at_the_door_keeps_nobody_inside_waiting_for_a_connection(
    gateway: Site, plant: Plant, account: str
) -> None:
    """Their passwords are checked two at a time; here the two take until the end of the test."""
    enough = threading.Event()
    busy = [passwords._SLOW.submit(enough.wait, 60) for _ in range(2)]
    crowd = [asyncio.create_task(prove(gateway.sessions, account, PASSWORD)) for _ in range(40)]
    try:
        await eventually(lambda: passwords._SLOW._work_queue.qsize() == len(crowd))
        actor = await gateway.tokens.actor(plant.tokens["pages-worker"])
        assert actor.account == "pages-worker"
    finally:
        enough.set()
    assert all(await asyncio.gather(*crowd))
    assert all(each.result() for each in busy)


async def test_what_was_hashed_with_less_effort_is_hashed_anew(
    plant: Plant, site: Home, account: str
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    kept = "SELECT password_hash FROM account WHERE name = :n"
    await said_to_record(
        site, "UPDATE account SET password_hash = :weak WHERE name = :n", weak=weak, n=account
    )
    assert (await token_for(plant, account)).status_code == 201
    assert await said_to_record(site, kept, n=account) != weak
    assert (await token_for(plant, account)).status_code == 201
