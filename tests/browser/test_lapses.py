"""Who pays no dues and takes no part: each form that an officer fills in, and what the member
reads."""

from datetime import timedelta

from playwright.async_api import Page

from deploy.local import postgres
from deploy.local.home import Home
from shared.calendar import today
from tests.browser.entering import (
    LONG_AGO,
    asked,
    comes_back,
    good,
    hired,
    page_of,
    page_of_own,
    press,
)
from tests.browser.looking import Looking, Seen

UNIT, OWES, OTHER = "bl-plant", "BL-1", "BL-2"
HERE = f"/people/{OWES}/lapse"


async def test_each_page_of_a_lapse_is_a_good_one(looking: Looking, company: Home) -> None:
    await half_a_year_without_dues(company)
    seen = Seen()
    async with page_of(looking, "officer", seen) as page:
        await page.goto(f"/lapses?unit={UNIT}")
        await good(seen, page, "the list")
        await page.get_by_role("link", name=f"Look at it: {OWES}").click()
        await good(seen, page, "admonishing")
        await comes_back(seen, page, "Enter", 422, "an admonition that says nothing")
        await admonished(page)
        await good(seen, page, "time to mend")
        await comes_back(seen, page, "Withdraw", 422, "withdrawing without a reason")
        await term_is_over(company)
        await page.goto(HERE)
        await good(seen, page, "the time is over")
        await comes_back(seen, page, "Enter the decision", 422, "a decision that stands nowhere")
        await page.fill("#on", str(today()))
        await page.fill("#reference", "纪要 4 号")
        await press(page, "Enter the decision")
        await good(seen, page, "deemed to have left")
    async with page_of_own(looking, company, OWES, seen) as page:
        await page.goto(HERE)
        await good(seen, page, "what the member reads")
    async with page_of(looking, "officer", seen) as page:
        await page.goto(HERE)
        await comes_back(seen, page, "Reverse it", 422, "reversing without a reason")
        await page.fill("#reason", "会费已补交")
        await press(page, "Reverse it")
        await good(seen, page, "what was reversed")


async def half_a_year_without_dues(company: Home) -> None:
    await hired(company, UNIT, OWES, OTHER)
    for number in (OWES, OTHER):
        paper = {"employee": number, "on": LONG_AGO, "reference": "r"}
        await asked(company, "officer", "membership/admit-member", paper)
    month = today().replace(day=1)
    for _ in range(6):
        month = (month - timedelta(1)).replace(day=1)
        begun = {"unit": UNIT, "month": f"{month:%Y-%m}", "rows": 1, "wages": 1000, "dues": 0}
        payroll = await asked(company, "officer", "membership/open-payroll", begun)
        one = {"payroll": payroll}
        row = {"line": 2, "employee": "BL-nobody", "wages": "10", "dues": ""}
        await asked(company, "officer", "membership/add-payroll", one | {"rows": [row]})
        await asked(company, "officer", "membership/book-payroll", dict(one))


async def admonished(page: Page) -> None:
    await page.fill("#on", str(today()))
    await page.get_by_label("In person").check()
    await page.fill("#reason", "六个月没有会费，请补交")
    await press(page, "Enter")


async def term_is_over(company: Home) -> None:
    admin = await postgres.connect(company)
    person = "(SELECT id FROM membership.person WHERE employee = $1)"
    await admin.execute(
        f"UPDATE membership.admonition SET due_on = $2 WHERE person = {person}",
        OWES,
        today() - timedelta(1),
    )
    await admin.close()
