"""One's own account on its page: its sessions and its password."""

import httpx
import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session
from tests.pages.conftest import (
    HTML,
    PASSWORD,
    Plant,
    browser_of,
    form_token_in,
    said_to_record,
    send,
    sign_in,
)

OWN = "a word that only I know"
LONGEST = "\N{PARTY POPPER}\N{HAMMER AND PICK}工会" * 50
"""As long as a password may be, and as long as it may be on the way."""


async def is_open(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/account")).status_code == 200


async def token_for(plant: Plant, account: str, password: str = PASSWORD) -> httpx.Response:
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as client:
        asked = {"account": account, "password": password}
        return await client.post("/api/v1/session", json=asked)


async def change(browser: httpx.AsyncClient, old: str, new: str) -> httpx.Response:
    fields = {"old": old, "new": new, "again": new}
    return await send(browser, "/account/password", "/account/password", **fields)


# -------------------------------------------------------------------------------- sessions


async def test_one_sees_ones_sessions_and_ends_one_of_them(plant: Plant, account: str) -> None:
    async with browser_of(plant, account) as here, browser_of(plant, account) as elsewhere:
        page = await here.get("/account")
        ends = [word.split('"')[0] for word in page.text.split('action="')[1:]]
        [end] = [action for action in ends if action.endswith("/end")]
        assert (await send(here, "/account", end)).status_code == 303
        assert not await is_open(elsewhere)
        assert await is_open(here)


async def test_a_session_of_somebody_else_cannot_be_ended(
    plant: Plant, site: Home, account: str
) -> None:
    async with gateway_session(site) as session:
        await begin_session(session, "pages-worker")
        await session.commit()
    theirs = await said_to_record(
        site, "SELECT id FROM session WHERE account = 'pages-worker' LIMIT 1"
    )
    async with browser_of(plant, account) as browser:
        form = {"form-token": form_token_in(await browser.get("/account"))}
        await browser.post(f"/account/sessions/{theirs}/end", data=form)
        assert (await browser.post("/account/sessions/x/end", data=form)).status_code == 404
    assert await said_to_record(site, "SELECT true FROM session WHERE id = :id", id=theirs)


async def test_signing_out_everywhere_ends_browsers_and_tokens(plant: Plant, account: str) -> None:
    token = (await token_for(plant, account)).json()["token"]
    async with browser_of(plant, account) as here, browser_of(plant, account) as elsewhere:
        assert (await send(here, "/account", "/account/sign-out-everywhere")).status_code == 303
        assert not await is_open(here)
        assert not await is_open(elsewhere)
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await here.get("/api/v1/views/proposals", headers=bearer)).status_code == 401


async def test_the_api_signs_out_everywhere_too(plant: Plant, account: str) -> None:
    bearer = {"Authorization": f"Bearer {(await token_for(plant, account)).json()['token']}"}
    async with browser_of(plant, account) as browser:
        assert (await browser.delete("/api/v1/sessions")).status_code == 401, "a cookie is nothing"
        assert (await browser.delete("/api/v1/sessions", headers=bearer)).status_code == 204
        assert not await is_open(browser)
        assert (await browser.delete("/api/v1/sessions", headers=bearer)).status_code == 401


async def test_signing_in_again_ends_the_session_that_the_browser_had(
    plant: Plant, account: str
) -> None:
    async with browser_of(plant, account) as browser:
        before = browser.cookies["session"]
        assert (await sign_in(browser, account)).status_code == 303
        assert browser.cookies["session"] != before
        async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as thief:
            thief.cookies.set("session", before)
            assert not await is_open(thief)


# ------------------------------------------------------------------------------- passwords


async def test_a_password_that_was_given_opens_nothing_but_its_change(
    plant: Plant, site: Home, account: str
) -> None:
    await said_to_record(site, "UPDATE account SET must_change = true WHERE name = :n", n=account)
    refused = await token_for(plant, account)
    assert (refused.status_code, refused.json()["code"]) == (403, "change-password")
    async with browser_of(plant, account) as browser:
        for page in ("/", "/account", "/proposals"):
            led = await browser.get(page)
            assert (led.status_code, led.headers["location"]) == (303, "/account/password")
        before = browser.cookies["session"]
        assert (await change(browser, PASSWORD, OWN)).status_code == 303
        assert browser.cookies["session"] != before
        assert await is_open(browser)
    assert (await token_for(plant, account)).status_code == 401
    assert (await token_for(plant, account, OWN)).status_code == 201


async def test_a_changed_password_ends_every_other_session(plant: Plant, account: str) -> None:
    async with browser_of(plant, account) as here, browser_of(plant, account) as elsewhere:
        await change(here, PASSWORD, OWN)
        assert await is_open(here)
        assert not await is_open(elsewhere)


async def test_the_longest_password_can_be_kept_and_signed_in_with(
    plant: Plant, account: str
) -> None:
    assert len(LONGEST) == 200
    async with browser_of(plant, account) as browser:
        assert (await change(browser, PASSWORD, LONGEST)).status_code == 303
        assert (await change(browser, LONGEST, LONGEST[::-1])).status_code == 303
    async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as again:
        assert (await sign_in(again, account, LONGEST[::-1])).status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old": "not it at all", "new": OWN, "again": OWN}, "现在的密码不对"),
        ({"old": PASSWORD, "new": OWN, "again": OWN + "."}, "不一样"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "与现在的一样"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "至少要 10 个字符"),
        ({"old": PASSWORD, "new": "a" * 12, "again": "a" * 12}, "至少要 10 个字符"),
        ({}, "不一样"),
    ],
)
async def test_a_password_that_cannot_be_gets_the_form_again(
    plant: Plant, account: str, fields: dict[str, str], said: str
) -> None:
    async with browser_of(plant, account) as browser:
        answer = await send(browser, "/account/password", "/account/password", **fields)
        assert answer.status_code == 422
        assert said in answer.text
    assert (await token_for(plant, account)).status_code == 201, "it is still the old one"
