"""A kiosk in a browser: large, usable by all, with scripts and without; and it signs itself out."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.demo import PIN
from deploy.local.gateway import gateway_session, pin_key
from deploy.local.home import Home
from services.gateway.accounts import keep_account
from services.gateway.pins import set_pin
from tests.browser.crawl import kind_of
from tests.browser.kiosks import LONG, gateway_with
from tests.browser.looking import Seen
from tests.browser.people import DESK, KIOSK, PATIENCE, PHONE, Language, Scheme, Screen
from tests.browser.tasks import Hand
from tests.browser.validity import wrongs
from tests.conftest import settings_of
from tests.walls.doors import doors_of

BADGE, NEW_BADGE, GIVEN = "D0046", "D0048", "704915"
SHORT = 6
"""Seconds until it signs itself out."""
SMALL = """() => {
  const pressed = 'header button, main button, main a, main input:not([type=hidden]), ' +
    'main textarea, main label.choice';
  return [...document.querySelectorAll(pressed)]
    .filter(each => each.checkVisibility() && !each.matches('label.choice input'))
    .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([_, box]) => box.height < 64 || box.width < 64)
    .map(([html, box]) => `${html} ${box.width} × ${box.height}`);
}"""
"""What is pressed, and is smaller than a glove."""
PASSES = re.compile(r"info: Clear-Site-Data header|/static/icon\.svg\?v=\w+ failed$")
"""What chromium says when it did as it was told, and when a page was left before its icon came."""
HEAD = "Sign in with your badge"


@pytest.fixture(scope="module")
async def kiosk(company: Home) -> AsyncIterator[str]:
    """Where there is time to look at everything."""
    async with gateway_with(company, idle_seconds=LONG) as url:
        yield url


@pytest.fixture(scope="module")
async def hasty(company: Home) -> AsyncIterator[str]:
    async with gateway_with(company, idle_seconds=SHORT) as url:
        yield url


@asynccontextmanager
async def before(browser: Browser, url: str, screen: Screen) -> AsyncIterator[Hand]:
    """Somebody stands there; nothing is said on the console."""
    seen, context = Seen(), await screen.open(browser, url)
    seen.listen(context)
    yield Hand(await context.new_page(), screen)
    await context.close()
    assert [said for said in seen.console if not PASSES.search(said)] == []


async def sign_in(hand: Hand, badge: str = BADGE, pin: str = PIN) -> None:
    """As a reader does it: the number, Enter; then the PIN."""
    await hand.page.goto("/kiosk")
    await expect(hand.field("Number on the badge")).to_be_focused()
    await hand.page.keyboard.type(badge)
    await hand.page.keyboard.press("Enter")
    await expect(hand.field("PIN")).to_be_focused()
    await hand.page.keyboard.type(pin)
    await hand.page.keyboard.press("Enter")


async def sign_in_by_keys(hand: Hand) -> None:
    """With gloves, on the screen alone."""
    await hand.page.goto("/kiosk")
    await hand.press("Letters")
    for key in f"{BADGE}9":
        await hand.page.get_by_role("button", name=key, exact=True).click()
    await hand.press("Delete")
    await hand.field("PIN").click()
    for key in PIN:
        await hand.page.get_by_role("button", name=key, exact=True).click()
    await hand.press("Sign in")


# ------------------------------------------------------------------------------------ good pages


class Inspector:
    """Looks at each page as it comes."""

    def __init__(self, page: Page, where: str) -> None:
        self.page, self.where = page, where
        self.seen, self.kinds, self.html = Seen(), set[str](), dict[str, str]()

    async def look(self, html: str | None = None) -> None:
        """`html`: as it came, when that is at hand."""
        path = self.page.url.partition("//")[2].partition("/")[2]
        place = f"{self.where} /{path} {len(self.html)}"
        self.kinds.add(kind_of(f"/{path}"))
        if html:
            self.html[place] = html
        await self.seen.look(self.page, place)
        assert await self.page.evaluate(SMALL) == [], place

    async def go(self, path: str) -> None:
        answer = await self.page.goto(path)
        assert answer
        await self.look(await answer.text())


SCREENS: tuple[tuple[Language, int, Scheme], ...] = (
    ("zh-CN", KIOSK, "light"),
    ("en", DESK, "dark"),
    ("en", PHONE, "light"),
    ("zh-CN", PHONE, "dark"),
)
LEAD_ON = {"/kiosk/out", "/kiosk/proposals/{id}/support"}


@pytest.mark.parametrize(("language", "width", "scheme"), SCREENS)
async def test_every_page_of_a_kiosk_can_be_used_by_all_and_with_gloves(
    browser: Browser, company: Home, kiosk: str, language: Language, width: int, scheme: Scheme
) -> None:
    await newcomer(company)
    async with before(browser, kiosk, Screen(language, width, scheme=scheme)) as hand:
        eye = Inspector(hand.page, f"{language} {width} {scheme}")
        await eye.go("/kiosk")
        await hand.press("Letters")
        await eye.look()
        await sign_in(hand, BADGE, "580265")
        await expect(hand.page.get_by_role("alert")).to_be_visible()
        await eye.look()
        await sign_in(hand, NEW_BADGE, GIVEN)
        await expect(hand.heading("A PIN of your own")).to_be_visible()
        await eye.go("/kiosk/pin")
        await eye.go("/kiosk/out")
        await sign_in(hand)
        await expect(hand.heading("What would you like to do?")).to_be_visible()
        for path in ("home", "mine", "proposals", "courses", "say", "nowhere"):
            await eye.go(f"/kiosk/{path}")
        await hand.page.goto("/kiosk/proposals")
        await hand.page.locator(".big a").first.click()
        await expect(hand.heading("What becomes of it")).to_be_visible()
        await eye.go(hand.page.url)
        await hand.page.goto("/kiosk/say")
        await hand.page.evaluate("document.getElementById('draft').noValidate = true")
        async with hand.page.expect_navigation() as back:
            await hand.press("Send")
        answer = await back.value
        assert answer
        assert answer.status == 422
        await eye.look(await answer.text())
    assert eye.seen == Seen()
    assert wrongs(eye.html) == []
    served = {
        path
        for method, path in (door.split() for door in doors_of(settings_of(company, "gateway")))
        if method == "GET" and f"{path}/".startswith("/kiosk/")
    }
    assert served - LEAD_ON <= eye.kinds


async def newcomer(company: Home) -> None:
    """Who has been given a PIN by IT."""
    async with gateway_session(company) as session:
        await keep_account(session, "newcomer", employee=NEW_BADGE, roles=[])
        hashed = await pin_key(company).hashed(GIVEN)
        assert await set_pin(session, "newcomer", hashed, given=True)
        await session.commit()


# ------------------------------------------------------------------------------------ first task

TASKS = [
    Screen("zh-CN", KIOSK, scripts=True),
    Screen("en", KIOSK, scripts=False),
    Screen("en", DESK, scripts=True),
    Screen("zh-CN", PHONE, scripts=False),
]


OPEN = (
    "仪表检修单上的位号请同时写现场俗称",
    "电气班与仪表班每季度互相讲一课",
    "精制反应槽加碱改为小流量连续滴加",
    "阴极液取样口加装快速接头",
)
"""What others of the worker's plant have said; one stands behind a thing once."""


async def open_one(hand: Hand, title: str) -> None:
    """From the list, where it may be further back."""
    await expect(hand.heading("Open in my plant")).to_be_visible()
    link, older = hand.page.get_by_role("link", name=title), hand.link("Older")
    while not await link.count():
        await older.click()
        await hand.page.wait_for_load_state()
    await link.click()
    await expect(hand.heading("What becomes of it")).to_be_visible()


async def is_told(hand: Hand, done: str) -> None:
    """That it was done, or was taken: this gateway hears of facts by way of the other."""
    told = [hand.says(text) for text in (done, "It was taken and will show here in a moment.")]
    await expect(hand.page.get_by_role("status")).to_have_text(re.compile("|".join(told)))


@pytest.mark.parametrize(
    "screen", TASKS, ids=lambda each: f"{each.language}-{each.width}-{each.scripts}"
)
async def test_a_worker_says_something_supports_something_and_leaves_nothing(
    browser: Browser, kiosk: str, screen: Screen
) -> None:
    title = f"给巡检路线加一盏灯 {uuid4().hex[:6]}"
    async with before(browser, kiosk, screen) as hand:
        await (sign_in_by_keys(hand) if screen.scripts else sign_in(hand))
        await hand.link("Say something").click()
        await hand.field("In one line").fill(title)
        await hand.field("What it is about").fill("夜里看不见台阶。")
        await hand.field("Safety").check()
        await hand.press("Send")
        await is_told(hand, "It was submitted. You will see here what becomes of it.")
        await hand.page.goto("/kiosk/mine")
        await expect(hand.page.get_by_role("link", name=title)).to_be_visible()
        await hand.link("Back to the start").click()
        await hand.link("Open in my plant").click()
        await open_one(hand, OPEN[TASKS.index(screen)])
        await hand.press("Stand behind it")
        await is_told(hand, "You stand behind it now.")
        banner = hand.page.get_by_role("banner")
        await banner.get_by_role("button", name=hand.says("Sign out"), exact=True).click()
        await expect(hand.heading(HEAD)).to_be_visible()
        await hand.page.go_back()
        await expect(hand.heading(HEAD)).to_be_visible()
        assert title not in await hand.page.content()
        assert {each["name"] for each in await hand.page.context.cookies()} <= {"kiosk"}


async def test_the_language_is_chosen_with_one_press_and_not_kept_for_the_next(
    browser: Browser, kiosk: str
) -> None:
    async with before(browser, kiosk, Screen("zh-CN", KIOSK)) as hand:
        await hand.page.goto("/kiosk")
        await hand.page.get_by_role("button", name="English").click()
        english = Hand(hand.page, Screen("en", KIOSK))
        await expect(english.heading(HEAD)).to_be_visible()
        await sign_in(english)
        banner = hand.page.get_by_role("banner")
        await banner.get_by_role("button", name="Sign out", exact=True).click()
        await expect(hand.heading(HEAD)).to_be_visible()


# ----------------------------------------------------------------------------- signs itself out


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_page_that_is_left_signs_itself_out(
    browser: Browser, hasty: str, scripts: bool
) -> None:
    async with before(browser, hasty, Screen("en", KIOSK, scripts)) as hand:
        await sign_in(hand)
        await hand.link("Say something").click()
        await hand.field("In one line").fill("half a thought")
        if scripts:
            await expect(hand.page.get_by_role("alert")).to_be_visible()
        await expect(hand.heading(HEAD)).to_be_visible(timeout=PATIENCE)
        assert "half a thought" not in await hand.page.content()
        await hand.page.goto("/kiosk/home")
        await expect(hand.heading(HEAD)).to_be_visible()
        await hand.page.go_back()
        await expect(hand.heading(HEAD)).to_be_visible()


@pytest.mark.parametrize("way", ["the button", "the keyboard"])
async def test_whoever_is_still_here_loses_nothing(browser: Browser, hasty: str, way: str) -> None:
    """Longer than the limit, again and again."""
    async with before(browser, hasty, Screen("en", KIOSK)) as hand:
        await sign_in(hand)
        await hand.link("Say something").click()
        await hand.field("In one line").fill("half")
        timer = hand.page.get_by_role("timer")
        for round_ in range(3):
            await expect(timer).to_have_text("3")
            if way == "the button":
                await hand.page.get_by_role("button", name="I am still here").click()
            else:
                await hand.page.keyboard.type(str(round_))
            await expect(timer).to_have_text("6")
        typed = "half" if way == "the button" else "half012"
        await expect(hand.field("In one line")).to_have_value(typed)


async def test_without_scripts_the_button_brings_the_form_back_as_it_was(
    browser: Browser, kiosk: str
) -> None:
    async with before(browser, kiosk, Screen("en", KIOSK, scripts=False)) as hand:
        await sign_in(hand)
        await hand.link("Say something").click()
        await hand.field("In one line").fill("half a thought")
        async with hand.page.expect_navigation():
            await hand.page.get_by_role("button", name="I am still here").click()
        await expect(hand.field("In one line")).to_have_value("half a thought")
        await expect(hand.page.get_by_role("status")).to_be_visible()


async def test_what_was_typed_at_the_door_does_not_wait_for_the_next(
    browser: Browser, hasty: str
) -> None:
    async with before(browser, hasty, Screen("en", KIOSK)) as hand:
        await hand.page.goto("/kiosk")
        async with hand.page.expect_navigation():
            await hand.field("Number on the badge").fill(BADGE)
        await expect(hand.field("Number on the badge")).to_have_value("")
