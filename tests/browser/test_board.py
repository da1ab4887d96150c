"""The board on a wall: paired by hand, legible, shows what is new by itself, and says when it
cannot."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.boards import add_board
from tests.browser.looking import LOOKS, Seen
from tests.browser.people import PATIENCE, PHONE, SIZES
from tests.browser.test_in_place import answered, proposed
from tests.browser.validity import wrongs

UNIT = "demo-qinghe"
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.board :is(h1, h2, li, .now)')]
  .map(each => parseFloat(getComputedStyle(each).fontSize)))"""


@pytest.fixture
async def wall(browser: Browser, company: Home) -> AsyncIterator[BrowserContext]:
    """A display's browser that was paired by nobody yet."""
    context = await browser.new_context(
        base_url=company.url, locale="en", viewport={"width": 1920, "height": 1080}
    )
    context.set_default_timeout(PATIENCE)
    yield context
    await context.close()
    async with gateway_session(company) as session:
        await session.execute(text("DELETE FROM board"))
        await session.commit()


async def paired(wall: BrowserContext, company: Home) -> Page:
    async with gateway_session(company) as session:
        code = await add_board(UNIT, session)
        await session.commit()
    page = await wall.new_page()
    await page.goto("/board")
    await page.get_by_label("Code").fill(str(code).lower())
    await page.get_by_role("button", name="Show the board").click()
    await expect(page.locator("#board")).to_be_visible()
    await page.wait_for_load_state()
    return page


async def test_a_display_is_paired_and_its_board_is_a_good_page(
    wall: BrowserContext, company: Home
) -> None:
    seen = Seen()
    seen.listen(wall)
    page = await paired(wall, company)
    await seen.look(page, "board 1920")
    await page.emulate_media(color_scheme="dark")
    await seen.look(page, "board 1920 dark", LOOKS)
    assert await page.evaluate("document.documentElement.scrollHeight") <= 1080
    assert await page.evaluate(SMALLEST) >= 36, "to be read at 5 m"
    await page.set_viewport_size(SIZES[PHONE])
    await seen.look(page, "board 390")
    assert seen == Seen()
    answer = await wall.request.get(page.url)
    assert wrongs({"board": await answer.text()}) == []


async def test_a_board_shows_what_is_new_by_itself(wall: BrowserContext, company: Home) -> None:
    page = await paired(wall, company)
    proposal = await proposed(company, "看板自己更新")
    await page.evaluate("window.mark = 'the same page'")
    await answered(company, proposal, "墙上看得到。")
    told = page.get_by_role("region", name="Answered lately")
    await expect(told).to_contain_text("看板自己更新")
    await expect(told).to_contain_text("墙上看得到。")
    assert await page.evaluate("window.mark") == "the same page"
    now = await page.locator(".now time").get_attribute("datetime")
    assert now
    assert (datetime.now(UTC) - datetime.fromisoformat(now)).total_seconds() < 60


async def test_a_board_that_lost_the_site_says_so_until_it_is_back(
    wall: BrowserContext, company: Home
) -> None:
    page = await paired(wall, company)
    lost = page.locator("#lost")
    await expect(lost).to_be_hidden()
    await wall.set_offline(True)
    await page.evaluate("htmx.trigger('#board', 'changed')")
    await expect(lost).to_be_visible()
    await expect(page.locator(".now")).to_be_visible()
    await wall.set_offline(False)
    await page.evaluate("htmx.trigger('#board', 'changed')")
    await expect(lost).to_be_hidden()


async def test_a_board_works_without_scripts(browser: Browser, company: Home) -> None:
    context = await browser.new_context(
        base_url=company.url, locale="en", java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE)
    page = await paired(context, company)
    await expect(page.get_by_role("region", name="Awaiting an answer")).to_be_visible()
    await context.close()
