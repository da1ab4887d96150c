"""Tries to sign in are counted, and nobody keeps another out."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from starlette.requests import Request

from deploy.local.home import Home
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.throttle import ACCOUNT, ADDRESS, BOTH, KNOWN, Throttle, Tries
from shared.settings import Settings
from tests.pages.conftest import (
    HTML,
    PASSWORD,
    Plant,
    browser_of,
    said_to_record,
    send,
    sign_in,
)
from tests.pages.test_account import OWN, change, token_for

FULL = 10
"""Tries at one account from one place."""


@pytest.fixture
async def throttle(settings: Callable[[str], Settings]) -> AsyncIterator[Throttle]:
    """That of the running site."""
    site = Site(settings("gateway"))
    yield site.throttle
    await site.engine.dispose()


async def stopped(tries: Tries) -> bool:
    try:
        await tries.take()
    except Problem as problem:
        return problem.status == 429
    return False


async def besieged(throttle: Throttle, account: str) -> None:
    """Strangers from everywhere try the account until none of them may."""
    for number in range(1000):
        if await stopped(throttle.at_door(account, f"stranger {number}")):
            return
    raise AssertionError("strangers may try for ever")


async def test_too_many_tries_are_told_when_to_come_again(plant: Plant, account: str) -> None:
    for _ in range(FULL):
        assert (await token_for(plant, account, "wrong")).status_code == 401
    answer = await token_for(plant, account)
    assert answer.status_code == 429, "the right password does not help either"
    assert 0 < int(answer.headers["retry-after"]) <= 30
    async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as stranger:
        page = await sign_in(stranger, account)
        assert page.status_code == 429
        assert "尝试次数过多" in page.text
        assert page.headers["retry-after"]


async def test_of_an_account_that_is_not_there_the_same_is_told(plant: Plant, account: str) -> None:
    told = []
    for name in (account, "pages-nobody"):
        answers = [await token_for(plant, name, "wrong") for _ in range(FULL + 1)]
        assert [answer.status_code for answer in answers] == [401] * FULL + [429]
        told.append(answers[0].json())
    assert told[0] == told[1]


async def test_a_browser_that_was_here_before_is_not_kept_out_by_strangers(
    plant: Plant, account: str, throttle: Throttle
) -> None:
    async with browser_of(plant, account) as known:
        await send(known, "/account", "/sign-out")
        await besieged(throttle, account)
        assert (await token_for(plant, account)).status_code == 429
        assert (await sign_in(known, account)).status_code == 303


async def test_a_password_can_be_changed_while_strangers_try(
    plant: Plant, account: str, throttle: Throttle
) -> None:
    async with browser_of(plant, account) as known:
        await besieged(throttle, account)
        assert (await change(known, PASSWORD, OWN)).status_code == 303
        assert (await sign_in(known, account, OWN)).status_code == 303, "it is known still"


async def test_at_a_kiosk_the_tries_at_one_account_are_not_those_at_another(
    plant: Plant, account: str
) -> None:
    async with browser_of(plant, account) as kiosk:
        await send(kiosk, "/account", "/sign-out")
        assert (await sign_in(kiosk, "pages-worker")).status_code == 303
        await send(kiosk, "/account", "/sign-out")
        for _ in range(FULL):
            assert (await sign_in(kiosk, account, "wrong")).status_code == 401
        assert (await sign_in(kiosk, account)).status_code == 429
        assert (await sign_in(kiosk, "pages-worker")).status_code == 303


async def test_a_password_is_not_guessed_at_an_open_session(plant: Plant, account: str) -> None:
    async with browser_of(plant, account) as left_open:
        for _ in range(FULL):
            assert (await change(left_open, "not it at all", OWN)).status_code == 422
        assert (await change(left_open, PASSWORD, OWN)).status_code == 429


async def test_a_right_password_takes_no_place(plant: Plant, site: Home, account: str) -> None:
    await said_to_record(site, "UPDATE account SET must_change = true WHERE name = :n", n=account)
    assert (await token_for(plant, account)).status_code == 403
    assert not await said_to_record(
        site, "SELECT count(*) FROM sign_in_try WHERE free_at > now() + interval '1 second'"
    )


async def test_a_try_is_not_kept_under_a_name_and_not_for_ever(
    plant: Plant, site: Home, account: str
) -> None:
    """It is in the database, so it outlives the process."""
    await token_for(plant, account, "wrong")
    assert await said_to_record(site, "SELECT count(*) FROM sign_in_try") == 3
    kept = await said_to_record(site, "SELECT string_agg(t::text, '') FROM sign_in_try AS t")
    assert account not in kept
    assert account.encode().hex() not in kept
    await said_to_record(site, "UPDATE sign_in_try SET free_at = now() - interval '1 second'")
    await token_for(plant, "pages-nobody", "wrong")
    assert await said_to_record(site, "SELECT count(*) FROM sign_in_try") == 3


async def test_a_clock_that_was_set_back_keeps_nobody_out(
    plant: Plant, site: Home, account: str
) -> None:
    for _ in range(FULL):
        await token_for(plant, account, "wrong")
    await said_to_record(site, "UPDATE sign_in_try SET free_at = free_at + interval '1 day'")
    assert (await token_for(plant, account)).status_code == 201


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["10.9.9.9, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["10.9.9.9", "192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["::ffff:192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
        ("127.0.0.1", ["unknown"], ""),
    ],
)
def test_behind_a_front_an_address_is_what_the_front_says_last(
    throttle: Throttle, client: str, forwarded: list[str], address: str
) -> None:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    request = Request({"type": "http", "client": (client, 1), "headers": headers})
    behind = Throttle(throttle.sessions, throttle.key, behind_front=True)
    assert behind.address(request) == address
    assert throttle.address(request) == client, "without a front anybody could say it"


def test_no_bucket_takes_an_hour_to_empty() -> None:
    """What the throttle takes for granted of a clock that was set back."""
    for bucket in (ACCOUNT, ADDRESS, BOTH, KNOWN):
        assert bucket.burst * bucket.every < timedelta(minutes=30)
