"""A difference between HR's list and the roll: applied, or left as it is and opened again."""

from deploy.local.home import Home
from shared.calendar import today
from shared.messages import uuid7
from tests.browser.entering import asked, comes_back, good, hired, page_of, press
from tests.browser.looking import Looking, Seen

UNIT, MOVED, NEW = "bd-plant", "BD-1", "BD-2"


async def test_each_page_of_a_difference_is_a_good_one(looking: Looking, company: Home) -> None:
    await hired(company, UNIT, MOVED)
    lines = [
        {"kind": "moved", "employee": MOVED, "our_unit": UNIT, "hr_unit": "demo-qinghe"},
        {"kind": "unknown-to-us", "employee": NEW, "name": "新来的", "hr_unit": UNIT},
    ]
    drift = {"comparison": str(uuid7()), "unit": UNIT, "on": str(today()), "lines": lines}
    await asked(company, "hr", "membership/note-drift", drift | {"last": True})
    seen = Seen()
    async with page_of(looking, "officer", seen) as page:
        await page.goto(f"/drift?unit={UNIT}")
        await page.get_by_role("link", name=f"Leave as it is: {MOVED}").click()
        await good(seen, page, "leaving a difference")
        await comes_back(seen, page, "Leave as it is", 422, "leaving without a reason")
        await page.fill("#reason", "借用到年底")
        await press(page, "Leave as it is")
        await good(seen, page, "the list of differences")
        await page.goto(f"/drift?unit={UNIT}&state=left")
        await page.get_by_role("link", name=f"Open again: {MOVED}").click()
        await good(seen, page, "a difference that was left")
        await press(page, "Open again")
    async with page_of(looking, "hr", seen) as page:
        await page.goto(f"/drift?unit={UNIT}")
        await page.get_by_role("link", name=f"HR's version: {NEW}").click()
        await good(seen, page, "what applying would do")
        await page.goto(f"/drift?unit={UNIT}")
        await page.get_by_role("link", name=f"HR's version: {MOVED}").click()
        await press(page, "Apply HR's version")
        await page.wait_for_url("**/drift?unit=*")
        await good(seen, page, "the list after applying")
