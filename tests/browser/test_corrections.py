"""What a person says is wrong with what is held of them: asked, taken to HR, answered, or taken
back."""

from deploy.local.home import Home
from tests.browser.entering import comes_back, good, hired, page_of, page_of_own, press
from tests.browser.looking import Looking, Seen

UNIT, OWN = "bc-plant", "BC-1"
NEW = "/me/corrections/new"


async def test_each_page_of_a_correction_is_a_good_one(looking: Looking, company: Home) -> None:
    await hired(company, UNIT, OWN)
    seen = Seen()
    async with page_of_own(looking, company, OWN, seen) as page:
        await page.goto(NEW)
        await good(seen, page, "asking")
        await comes_back(seen, page, "要求更正", 422, "asking for nothing")
        for wrong in ("岗位记错了", "还是错的"):
            await page.goto(NEW)
            await page.locator("main input[type=radio][value=work]").check()
            await page.fill("#wrong", wrong)
            await press(page, "要求更正")
            await good(seen, page, "what one asked for")
        await page.goto("/me/data")
        await good(seen, page, "what is held of me")
        await page.locator("main a[href^='/corrections/']").first.click()
        await page.locator("main a[href$='/withdraw']").click()
        await good(seen, page, "taking it back")
        await page.locator("details.confirm summary").click()
        await page.locator("details.confirm button").click()
        await good(seen, page, "what was taken back")
    async with page_of(looking, "officer", seen) as page:
        await page.goto(f"/corrections?unit={UNIT}")
        await good(seen, page, "the list")
        await page.get_by_role("link", name="Open:").click()
        await page.get_by_role("link", name="I have taken it to HR").click()
        await good(seen, page, "taking it to HR")
        await page.fill("#note", "已告知人事")
        await press(page, "HR has it")
        await page.get_by_role("link", name="Answer").click()
        await good(seen, page, "answering")
        await comes_back(seen, page, "Answer", 422, "an answer without reasons")
        await page.get_by_label("Not corrected").check()
        await page.fill("#reason", "核对过，没有错")
        await press(page, "Answer")
        await good(seen, page, "what was answered")
    async with page_of_own(looking, company, OWN, seen) as page:
        await page.goto("/me/data")
        await good(seen, page, "the answer, to oneself")
