"""An erasure is asked for, granted and taken back, by officers and by the person."""

from deploy.local.home import Home
from tests.browser.entering import good, hired, page_of, page_of_own, press
from tests.browser.looking import Looking, Seen

UNIT, OWN, OTHERS, STAYS = "be-plant", "BE-1", "BE-2", "BE-3"


async def test_each_page_of_an_erasure_is_a_good_one(looking: Looking, company: Home) -> None:
    await hired(company, UNIT, OWN, OTHERS, left=True)
    await hired(company, UNIT, STAYS)
    seen = Seen()
    async with page_of_own(looking, company, OWN, seen) as page:
        await page.goto(f"/people/{OWN}/erasure")
        await good(seen, page, "asking for oneself")
        await page.locator("details.confirm summary").click()
        await page.locator("details.confirm button").click()
        await good(seen, page, "what one asked for")
    async with page_of(looking, "officer", seen) as page:
        await page.goto(f"/people/{STAYS}/erasure")
        await good(seen, page, "what is in the way")
        await page.goto(f"/people/{OTHERS}/erasure")
        await press(page, "Ask for the erasure")
        await good(seen, page, "what the same officer does not grant")
        await press(page, "Take the erasure back")
        await good(seen, page, "asking for somebody")
        await page.goto(f"/erasures?unit={UNIT}")
        await good(seen, page, "the list")
        await page.get_by_role("link", name=f"Look at it and grant it: {OWN}").click()
        await good(seen, page, "granting")
        await press(page, "Grant the erasure")
        await good(seen, page, "what was granted")
        await page.goto(f"/erasures?unit={UNIT}&state=granted")
        await good(seen, page, "the list of those granted")
    async with page_of_own(looking, company, OWN, seen) as page:
        await page.goto(f"/people/{OWN}/erasure")
        await good(seen, page, "what was granted, to oneself")
        await page.locator("main form button:not(.grave)").click()
        await good(seen, page, "what one took back")
