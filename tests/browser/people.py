"""Who sits before the browser: the accounts of the demo, each in a browser of its own."""

import shutil
from dataclasses import dataclass
from typing import Literal

import httpx
from playwright.async_api import Browser, BrowserContext, ViewportSize

from deploy.local.demo import ACCOUNTS, PASSWORD
from services.gateway.pages.languages import LANGUAGES
from tests.pages.conftest import HTML, sign_in

ROLES = tuple(each.account for each in ACCOUNTS)
PHONE, DESK, KIOSK = 390, 1440, 1080
SIZES: dict[int, ViewportSize] = {
    PHONE: {"width": PHONE, "height": 844},
    DESK: {"width": DESK, "height": 900},
    KIOSK: {"width": KIOSK, "height": 1920},
}
Language = Literal["zh-CN", "en"]
Scheme = Literal["light", "dark"]
PATIENCE = 15_000
"""Milliseconds that a page may take on a busy machine."""


def chromium_here() -> str | None:
    """The system's own: Playwright would fetch one from a host of its own."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(frozen=True)
class Screen:
    """What somebody looks at the site with."""

    language: Language = "zh-CN"
    width: int = PHONE
    scripts: bool = True
    scheme: Scheme = "light"

    async def open(self, browser: Browser, url: str) -> BrowserContext:
        """A browser window without a past; whoever opens it closes it."""
        context = await browser.new_context(
            base_url=url,
            locale=self.language,
            viewport=SIZES[self.width],
            java_script_enabled=self.scripts,
            color_scheme=self.scheme,
        )
        context.set_default_timeout(PATIENCE)
        return context

    def says(self, text: str) -> str:
        """What a page says in this language for what the code says in English."""
        return LANGUAGES[self.language].catalogue.gettext(text)


async def cookies_of(url: str, account: str) -> dict[str, str]:
    """What a browser holds after the account has signed in by the form."""
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=HTML) as client:
        assert (await sign_in(client, account, PASSWORD)).status_code == 303
        return dict(client.cookies)
