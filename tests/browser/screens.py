"""The pictures in docs/screens, taken of the demo anew: `make screens`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.people import DESK, PHONE, Screen, chromium_here
from tests.browser.tasks import Hand
from tests.conftest import ROOT
from tests.running import running_site

PLACE = ROOT / "docs" / "screens"
LARGEST = 250_000
"""Bytes of one picture; a clone brings all of them."""
PROPOSAL = "/proposals?state=adopted"
SHOTS = (
    ("home-zh-390", "worker", "/", Screen("zh-CN", PHONE)),
    ("home-zh-1440", "officer", "/", Screen("zh-CN", DESK)),
    ("home-en-1440", "manager", "/", Screen("en", DESK)),
    ("proposal-en-390", "worker", PROPOSAL, Screen("en", PHONE)),
    ("proposal-zh-1440", "worker", PROPOSAL, Screen("zh-CN", DESK)),
    ("members-zh-1440", "officer", "/members", Screen("zh-CN", DESK)),
    ("board-zh-1440", "chair", "/board/demo-qinghe", Screen("zh-CN", DESK)),
    ("kiosk-zh-390", None, "/kiosk", Screen("zh-CN", PHONE)),
    ("plant-zh-1440-dark", "director", "/plants/demo-qinghe", Screen("zh-CN", DESK, scheme="dark")),
)


async def main(chromium: str) -> None:
    with tempfile.TemporaryDirectory(prefix="tongxin-screens-") as place:
        async with running_site(Path(place) / "home") as home, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium)
            for name, who, path, screen in SHOTS:
                context = await screen.open(browser, home.url)
                page = await context.new_page()
                if who:
                    await Hand(page, screen).sign_in(who)
                await page.goto(path)
                if path == PROPOSAL:
                    await page.locator("article a").first.click()
                    await page.locator(".timeline").wait_for()
                picture = await page.screenshot(path=PLACE / f"{name}.png")
                print(f"{name}.png {len(picture) // 1000} kB")
                assert len(picture) <= LARGEST
                await context.close()
            await browser.close()


if __name__ == "__main__":
    found = chromium_here()
    if found is None:
        sys.exit("tongxin: chromium is needed to take pictures; on Debian: apt install chromium.")
    PLACE.mkdir(exist_ok=True)
    asyncio.run(main(found))
