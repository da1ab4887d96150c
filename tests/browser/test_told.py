"""Being told: what is new is read at home, and a digest is asked for, by hand and eye."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.async_api import Browser, Page, expect

from deploy.local.home import Home, free_port
from services.gateway.telling.channel import SECRET
from tests.browser.looking import Seen
from tests.browser.people import DESK, PHONE, Screen
from tests.browser.tasks import Hand
from tests.browser.test_wrong import good
from tests.browser.validity import wrongs
from tests.running import client_of, tokens

SCREENS = (Screen("zh-CN", PHONE, scripts=False), Screen("en", DESK), Screen("zh-CN", PHONE))


@dataclass
class Mail:
    codes: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.codes += re.findall(r"\b\d{6}\b", envelope.content.decode())
        return "250 OK"


@pytest.fixture
async def mail(company: Home) -> AsyncIterator[Mail]:
    """The site sends by it as long as a test wants it."""
    made, port = Mail(), free_port()
    server = Controller(made, hostname="127.0.0.1", port=port)
    await asyncio.to_thread(server.start)
    company.keep_secret(
        "gateway", SECRET, f"mailto://127.0.0.1:{port}?from=t@x.example&to={{address}}"
    )
    yield made
    (company.path / "secrets" / "gateway" / SECRET).unlink()
    await asyncio.to_thread(server.stop)


async def looks_good(seen: Seen, screen: Screen, page: Page, where: str, html: str) -> None:
    """Without scripts nobody can look but by the HTML: axe is one."""
    if screen.scripts:
        await good(seen, page, where, html)
    assert wrongs({where: html}) == []
    assert seen.console == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda each: f"{each.language}-{each.scripts}")
async def test_a_digest_is_asked_for_and_stopped(
    browser: Browser, company: Home, mail: Mail, screen: Screen
) -> None:
    seen, context = Seen(), await screen.open(browser, company.url)
    seen.listen(context)
    hand = Hand(await context.new_page(), screen)
    await hand.sign_in("leader")
    await hand.page.get_by_role("banner").locator(".who").click()
    await hand.link("Messages to me").click()
    await hand.field("Each working day").check()
    await hand.field("At which hour").fill("7")
    await hand.field("Address").fill(f"li.ming+{screen.language}{screen.scripts}@company.example")
    await hand.press("Save")
    await hand.is_told("A code is on its way to that address.")
    await hand.field("Code").fill("no code")
    await hand.press("Confirm")
    await expect(hand.page.get_by_role("alert")).to_be_visible()
    await looks_good(seen, screen, hand.page, "a wrong code", await hand.page.content())
    await hand.field("Code").fill(mail.codes[-1])
    await hand.press("Confirm")
    await hand.is_told("You will be sent what is new for you.")
    await expect(hand.field("Each working day")).to_be_checked()
    await looks_good(seen, screen, hand.page, "a digest", await hand.page.content())
    await hand.field("Never").check()
    await hand.press("Save")
    await hand.is_told("Nothing is sent to you any more.")
    await context.close()


async def supported(company: Home, title: str) -> str:
    """The path of the worker's proposal with that title, behind which somebody stands."""
    given = await tokens(company)
    asked = {"title": title, "body": "夜里看不见。", "category": "safety"}
    async with client_of(company, given["worker"]) as client:
        answer = await client.post("/api/v1/democracy/submit-proposal", json=asked)
        assert answer.status_code == 201, answer.text
    support = {"proposal": answer.json()["id"]}
    async with client_of(company, given["officer"]) as client:
        answer = await client.post("/api/v1/democracy/support-proposal", json=support)
        assert answer.status_code == 201, answer.text
    return f"/proposals/{support['proposal']}"


@pytest.mark.parametrize("screen", SCREENS, ids=lambda each: f"{each.language}-{each.scripts}")
async def test_what_is_new_is_read_at_home_and_put_away(
    browser: Browser, company: Home, screen: Screen
) -> None:
    title = f"加一盏灯 {screen.language} {screen.scripts}"
    await supported(company, title)
    seen, context = Seen(), await screen.open(browser, company.url)
    seen.listen(context)
    hand = Hand(await context.new_page(), screen)
    await hand.sign_in("worker")
    new = hand.section("New for you")
    await expect(new.get_by_role("link", name=title)).to_be_visible()
    await looks_good(seen, screen, hand.page, "news at home", await hand.page.content())
    await hand.press("I have read it")
    await expect(new).to_have_count(0)

    await context.close()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda each: f"{each.language}-{each.scripts}")
async def test_a_proposal_is_followed_and_let_go(
    browser: Browser, company: Home, screen: Screen
) -> None:
    path = await supported(company, "再加一盏灯")
    seen, context = Seen(), await screen.open(browser, company.url)
    seen.listen(context)
    hand = Hand(await context.new_page(), screen)
    await hand.sign_in("officer")
    await hand.page.goto(path)
    await hand.press("Tell me what becomes of it")
    await hand.is_told("You will be told on your home page what becomes of it.")
    await looks_good(seen, screen, hand.page, path, await hand.page.content())
    await hand.press("Follow it no longer")
    await hand.is_told("You follow it no longer.")
    await context.close()
