"""On paper a matter is a letter: what it says, black on white, without ways onward."""

from playwright.async_api import expect

from tests.browser.looking import Looking
from tests.browser.people import DESK, Screen

LETTER = {"width": 794, "height": 1123}
"""A4 in CSS pixels."""
AROUND = "header, nav, footer, form, button, .button, .skip, .toast"


async def test_a_proposal_on_paper_is_a_letter(looking: Looking) -> None:
    """Also from a dark screen."""
    context = await looking.window("worker", Screen("zh-CN", DESK, scheme="dark"))
    page = await context.new_page()
    await page.goto("/proposals?state=adopted")
    await page.locator("article a").first.click()
    title = page.get_by_role("heading", level=1)
    await page.set_viewport_size({"width": LETTER["width"], "height": LETTER["height"]})
    await page.emulate_media(media="print")
    await expect(title).to_be_visible()
    await expect(page.locator(".answer .text")).to_be_visible()
    for each in await page.locator(AROUND).all():
        await expect(each).to_be_hidden()
    white, ink = await page.evaluate(
        """() => [
          [...document.querySelectorAll('body, main *')]
            .map(each => getComputedStyle(each).backgroundColor)
            .filter(colour => !['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)'].includes(colour)),
          [...document.querySelectorAll('h1, .text')].map(each => getComputedStyle(each).color),
        ]"""
    )
    assert white == []
    assert set(ink) == {"rgb(0, 0, 0)"}
    await context.close()
