"""One's own account: its sessions, its password, and forms that nobody else can send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, drop_account, keep_account, token_hash
from tests.pages.conftest import HTML, PASSWORD, Plant, form_token_in, send

NAME, OWN = "pages-own", "a word that only I know"


@pytest.fixture
async def account(site: Home) -> AsyncIterator[str]:
    """An account of nobody's, as `tongxin account add` leaves it after its first sign-in."""
    async with gateway_session(site) as session:
        await keep_account(session, NAME, employee=None, roles=[], password=PASSWORD)
        await session.commit()
    yield NAME
    async with gateway_session(site) as session:
        await drop_account(session, NAME)
        await session.commit()


@asynccontextmanager
async def signed_in(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, signed in to the account."""
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        form = {"account": NAME, "password": PASSWORD}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        yield browser


async def told(site: Home, statement: str, **given: Any) -> None:
    async with gateway_session(site) as session:
        await session.execute(text(statement), given)
        await session.commit()


async def is_open(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/account")).status_code == 200


async def token_for(plant: Plant, password: str = PASSWORD) -> httpx.Response:
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as client:
        asked = {"account": NAME, "password": password}
        return await client.post("/api/v1/session", json=asked)


# ---------------------------------------------------------------------------------- forms


async def test_a_form_without_its_token_changes_nothing(plant: Plant, account: str) -> None:
    async with signed_in(plant) as browser:
        answer = await browser.post("/account/sign-out-everywhere")
        assert answer.status_code == 403
        assert await is_open(browser)


async def test_a_form_of_another_session_changes_nothing(plant: Plant, account: str) -> None:
    async with signed_in(plant) as mine, signed_in(plant) as other:
        foreign = form_token_in(await other.get("/account"))
        answer = await mine.post("/account/sign-out-everywhere", data={"form-token": foreign})
        assert answer.status_code == 403
        assert await is_open(mine)
        assert await is_open(other)


# -------------------------------------------------------------------------------- sessions


async def test_one_sees_ones_sessions_and_ends_one_of_them(plant: Plant, account: str) -> None:
    async with signed_in(plant) as here, signed_in(plant) as elsewhere:
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
        theirs = await session.scalar(
            text("SELECT id FROM session WHERE account = 'pages-worker' LIMIT 1")
        )
        await session.commit()
    async with signed_in(plant) as browser:
        form = {"form-token": form_token_in(await browser.get("/account"))}
        await browser.post(f"/account/sessions/{theirs}/end", data=form)
        assert (await browser.post("/account/sessions/x/end", data=form)).status_code == 404
    async with gateway_session(site) as session:
        assert await session.scalar(text("SELECT true FROM session WHERE id = :id"), {"id": theirs})


async def test_signing_out_everywhere_ends_browsers_and_tokens(plant: Plant, account: str) -> None:
    token = (await token_for(plant)).json()["token"]
    async with signed_in(plant) as here, signed_in(plant) as elsewhere:
        assert (await send(here, "/account", "/account/sign-out-everywhere")).status_code == 303
        assert not await is_open(here)
        assert not await is_open(elsewhere)
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await here.get("/api/v1/views/proposals", headers=bearer)).status_code == 401


async def test_the_api_signs_out_everywhere_too(plant: Plant, account: str) -> None:
    bearer = {"Authorization": f"Bearer {(await token_for(plant)).json()['token']}"}
    async with signed_in(plant) as browser:
        assert (await browser.delete("/api/v1/sessions", headers=bearer)).status_code == 204
        assert not await is_open(browser)
        assert (await browser.delete("/api/v1/sessions", headers=bearer)).status_code == 401


async def test_signing_in_again_ends_the_session_that_the_browser_had(
    plant: Plant, account: str
) -> None:
    async with signed_in(plant) as browser:
        before = browser.cookies["session"]
        form = {"account": NAME, "password": PASSWORD}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        assert browser.cookies["session"] != before
        async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as thief:
            thief.cookies.set("session", before)
            assert not await is_open(thief)


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
    async with gateway_session(site) as session:
        token, _ = await begin_session(session, NAME, kind="browser")
        await session.commit()
    await told(site, aged, hash=token_hash(token))
    async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as browser:
        browser.cookies.set("session", token)
        assert not await is_open(browser)


# ------------------------------------------------------------------------------- passwords


async def test_a_password_that_was_given_opens_nothing_but_its_change(
    plant: Plant, site: Home, account: str
) -> None:
    await told(site, "UPDATE account SET must_change = true WHERE name = :name", name=NAME)
    refused = await token_for(plant)
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    async with signed_in(plant) as browser:
        led = await browser.get("/proposals")
        assert (led.status_code, led.headers["location"]) == (303, "/account/password")
        before = browser.cookies["session"]
        changed = await send(
            browser,
            "/account/password",
            "/account/password",
            old=PASSWORD,
            new=OWN,
            again=OWN,
        )
        assert changed.status_code == 303
        assert browser.cookies["session"] != before
        assert await is_open(browser)
    assert (await token_for(plant)).status_code == 401
    assert (await token_for(plant, OWN)).status_code == 201


async def test_a_changed_password_ends_every_other_session(plant: Plant, account: str) -> None:
    async with signed_in(plant) as here, signed_in(plant) as elsewhere:
        fields = {"old": PASSWORD, "new": OWN, "again": OWN}
        await send(here, "/account/password", "/account/password", **fields)
        assert await is_open(here)
        assert not await is_open(elsewhere)


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
    async with signed_in(plant) as browser:
        answer = await send(browser, "/account/password", "/account/password", **fields)
        assert answer.status_code == 422
        assert said in answer.text
    assert (await token_for(plant)).status_code == 201, "it is still the old one"


# -------------------------------------------------------------------------------- throttle


async def test_too_many_tries_are_told_when_to_come_again(
    plant: Plant, site: Home, account: str
) -> None:
    async with signed_in(plant) as known:
        for _ in range(10):
            assert (await token_for(plant, "wrong")).status_code == 401
        stopped = await token_for(plant)
        assert stopped.status_code == 429, "the right password does not help either"
        assert 0 < int(stopped.headers["retry-after"]) <= 30
        async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as stranger:
            page = await stranger.post("/sign-in", data={"account": NAME, "password": PASSWORD})
            assert page.status_code == 429
            assert "尝试次数过多" in page.text
        form = {"account": NAME, "password": PASSWORD}
        answer = await known.post("/sign-in", data=form)
        assert answer.status_code == 303, "a browser that was here before is not locked out"
    # The count is in the database: it outlives the process. Tests after this one begin anew.
    async with gateway_session(site) as session:
        assert await session.scalar(text("SELECT count(*) FROM sign_in_try"))
    await told(site, "DELETE FROM sign_in_try")


async def test_a_try_is_not_kept_under_a_name(plant: Plant, site: Home, account: str) -> None:
    await token_for(plant, "wrong")
    async with gateway_session(site) as session:
        kept = await session.execute(text("SELECT * FROM sign_in_try"))
        assert NAME not in repr(kept.all())
    await told(site, "DELETE FROM sign_in_try")
