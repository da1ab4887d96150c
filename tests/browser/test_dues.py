"""The pages of dues, each as good as the others: on a phone, light and dark."""

from tests.browser.looking import Looking, Seen
from tests.browser.people import PHONE, Screen
from tests.browser.test_sheets_in import file, good
from tests.sheets_in.made import book

PLANT, MONTH = "demo-qinghe", "2026-03"
HERE = f"/dues/{PLANT}/{MONTH}"
ROWS = book(("工号", "应发工资", "代扣会费"), ["D0047", 5000, 24.99], ["D9999", 10, 0])


async def test_from_the_file_to_the_books_each_page_is_a_good_one(looking: Looking) -> None:
    context = await looking.window("officer", Screen("en", PHONE))
    page, seen = await context.new_page(), Seen()
    seen.listen(context)
    await page.goto(HERE)
    await good(seen, page, "a month without a payroll")
    await page.get_by_role("link", name="Bring a payroll").click()
    await good(seen, page, "/dues/sheet")
    await page.fill("#wages", "5010.00")
    await page.fill("#dues", "24.99")
    await page.set_input_files("#files", file(ROWS, "3月.xlsx"))
    await page.get_by_role("button", name="Read it").click()
    await page.get_by_role("button", name="Try it, without changing anything").click()
    assert "The rows come to the totals" in await page.inner_text("main")
    await good(seen, page, "the dry run of a payroll")
    await page.get_by_role("button", name="Book it").click()
    await page.goto(f"{HERE}/receipts")
    await good(seen, page, "receipts")
    await page.fill("#amount", "100.20")
    await page.fill("#reference", "0415-7")
    await page.get_by_role("button", name="Enter it").click()
    await good(seen, page, "a month that is booked")
    await page.get_by_role("link", name="Take back: 0415-7").click()
    await good(seen, page, "taking a receipt back")
    for path in ("/dues", f"{HERE}/faults", f"{HERE}/reverse", "/membership/dues"):
        await page.goto(path)
        await good(seen, page, path)
    await context.close()
