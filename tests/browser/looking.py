"""Opens pages in a browser and says what is wrong with them."""

import json
import re
from dataclasses import dataclass, field

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.browser.crawl import Walk
from tests.browser.people import DESK, PHONE, SIZES, Language, Screen

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
"""2.2 AA is all that came before it and more; best practice is what axe's makers add."""
NOT_OURS = {"exclude": [["#viewer"]]}
"""Swagger UI, which draws itself on the one page for people who write programs."""
LOOKS = ["color-contrast", "link-in-text-block", "target-size"]
"""The rules that look at what is drawn; the others see the same page again."""
HIDDEN = re.compile(r'<input type="hidden"[^>]*>')
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
AXE = Axe()
OF_A_PAGE = "Failed to load resource: the server responded with a status of"
"""What chromium says of a page that is itself an error."""

LOW = """() => {
  const pressed = 'main button, main .button, main summary, main select, main label.choice, ' +
    'main input:not([type=hidden]):not(.choice input), main table a, ' +
    'header a:not(.skip), header button';
  return [...document.querySelectorAll(pressed)]
    .filter(each => each.checkVisibility() && !each.closest('#viewer'))
    .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([_, box]) => box.height < 44 || box.width < 44)
    .map(([html, box]) => `${html} ${box.width} × ${box.height}`);
}"""
"""What is pressed to do something, and is smaller than a gloved thumb."""
SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const over = [...document.querySelectorAll('body *')]
    .filter(each => each.getBoundingClientRect().right > wide + 1);
  return over.slice(0, 3).map(each => each.outerHTML.slice(0, 120));
}"""


@dataclass
class Seen:
    """What is wrong, each with its page and the screen it was seen on."""

    inaccessible: list[str] = field(default_factory=list)
    sideways: list[str] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    async def look(self, page: Page, where: str, only: list[str] | None = None) -> None:
        """At the page as it is now; by these rules of axe, or by all."""
        context = NOT_OURS if await page.locator("#viewer").count() else None
        rules = {"type": "rule", "values": only} if only else {"type": "tag", "values": WCAG}
        options = {"runOnly": rules, "resultTypes": ["violations"]}
        found = await AXE.run(page, context=context, options=options)
        for each in found.response["violations"]:
            nodes = [f"{node['target']} {node['html'][:120]}" for node in each["nodes"][:3]]
            self.inaccessible.append(f"{where} {each['id']}: {each['help']}: {json.dumps(nodes)}")
        await self.measure(page, where)

    async def measure(self, page: Page, where: str) -> None:
        self.sideways += [f"{where} {each}" for each in await page.evaluate(SIDEWAYS)]
        self.low += [f"{where} {each}" for each in await page.evaluate(LOW)]

    def listen(self, context: BrowserContext) -> None:
        """To the console, where a violated Content-Security-Policy is told too."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.console.append(f"{error.error}"))
        context.on("requestfailed", self._failed)

    def _failed(self, asked: Request) -> None:
        # What a page gives up because it is left, such as the events it listened to, did not fail.
        if asked.failure != "net::ERR_ABORTED":
            self.console.append(f"{asked.url} failed")

    def _console(self, told: ConsoleMessage) -> None:
        url = told.page.url if told.page else ""
        if not (told.text.startswith(OF_A_PAGE) and told.location["url"] == url):
            self.console.append(f"{url} {told.type}: {told.text}")


class Looking:
    """Looks at all that an account can come to, once, however many tests ask."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        cookies: dict[str, dict[str, str]],
        walks: dict[str, Walk],
    ) -> None:
        self.browser, self.url = browser, url
        self.cookies, self.walks = cookies, walks
        self._seen: dict[str, Seen] = {}
        self._shown: set[str] = set()

    async def window(self, who: str, screen: Screen) -> BrowserContext:
        """A browser in which the account is signed in already."""
        context = await screen.open(self.browser, self.url)
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": self.url}
                for name, value in self.cookies[who].items()
            ]
        )
        return context

    async def of(self, who: str) -> Seen:
        """Each page on a phone in the one language and light; then in the other and dark, on a
        phone, and as wide as a desk. Which language comes first changes from account to account."""
        if who not in self._seen:
            self._seen[who] = seen = Seen()
            first, other = LANGUAGES[:: 1 if len(self._seen) % 2 else -1]
            paths = [path for path in self.walks[who].pages if self._is_new(who, path)]
            page = await self._listened(who, Screen(first, PHONE), seen)
            for path in paths:
                await page.goto(path)
                await seen.look(page, f"{who} {path} {first} {PHONE} light")
            await page.context.close()
            page = await self._listened(who, Screen(other, PHONE, scheme="dark"), seen)
            for path in paths:
                await page.set_viewport_size(SIZES[PHONE])
                await page.goto(path)
                await seen.measure(page, f"{who} {path} {other} {PHONE} dark")
                await page.set_viewport_size(SIZES[DESK])
                await seen.look(page, f"{who} {path} {other} {DESK} dark", LOOKS)
            await page.context.close()
        return self._seen[who]

    async def _listened(self, who: str, screen: Screen, seen: Seen) -> Page:
        context = await self.window(who, screen)
        seen.listen(context)
        return await context.new_page()

    def _is_new(self, who: str, path: str) -> bool:
        """Not the same as another account saw, but for its name and what its forms carry."""
        html = HIDDEN.sub("", self.walks[who].pages[path]).replace(f">{who}<", "")
        if html in self._shown:
            return False
        self._shown.add(html)
        return True
