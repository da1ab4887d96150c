"""Pages on which something is entered: looked at on a phone and at a desk, each time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from playwright.async_api import Page

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today
from tests.browser import test_wrong
from tests.browser.looking import Looking, Seen
from tests.browser.people import DESK, PHONE, SIZES, Screen
from tests.journeys.conftest import event
from tests.running import client_of, tokens

LONG_AGO = "2022-03-01"


async def good(seen: Seen, page: Page, where: str, html: str = "") -> None:
    """As it stands, and as it comes: a page that answers a form cannot be opened again."""
    if not html:
        answer = await page.goto(page.url)
        assert answer
        html = await answer.text()
    for width in (DESK, PHONE):
        await page.set_viewport_size(SIZES[width])
        await test_wrong.good(seen, page, f"{where} {width}", html)


async def comes_back(seen: Seen, page: Page, button: str, status: int, where: str) -> None:
    """The form is sent as it is, as an old browser would, and comes back with what is wrong."""
    await page.evaluate(test_wrong.CHECKED_BY_THE_BROWSER_TOO)
    async with page.expect_navigation() as leaving:
        await press(page, button)
    answer = await leaving.value
    assert answer
    assert answer.status == status, where
    await good(seen, page, where, await answer.text())


async def press(page: Page, button: str) -> None:
    """What is grave stands behind its question."""
    wanted = page.get_by_role("main").get_by_role("button", name=button, exact=True)
    if not await wanted.count():
        hidden = page.locator("details.confirm", has_text=button)
        await hidden.locator("summary").click()
    await wanted.click()


@asynccontextmanager
async def page_of(looking: Looking, who: str, seen: Seen) -> AsyncIterator[Page]:
    """Of one of the demo's accounts, in English."""
    context = await looking.window(who, Screen("en", PHONE))
    seen.listen(context)
    yield await context.new_page()
    await context.close()


@asynccontextmanager
async def page_of_own(
    looking: Looking, company: Home, employee: str, seen: Seen
) -> AsyncIterator[Page]:
    """Of somebody whom the test has made, with an account that is made here."""
    name = employee.lower()
    async with gateway_session(company) as session:
        await keep_account(session, name, employee=employee, roles=[])
        token, _ = await begin_session(session, name)
        await session.commit()
    context = await Screen("zh-CN", PHONE).open(looking.browser, looking.url)
    await context.add_cookies([{"name": "session", "value": token, "url": looking.url}])
    seen.listen(context)
    yield await context.new_page()
    await context.close()


async def hired(company: Home, unit: str, *numbers: str, left: bool = False) -> None:
    """A plant with these people, who have left it since yesterday or not."""
    events = [event("unit-created", unit=unit, name="试厂", kind="plant", parent="company")]
    for number in numbers:
        day = {"employee": number, "on": LONG_AGO}
        events += [event("employee-hired", name=f"某{number}", **day)]
        events += [event("employee-assigned", unit=unit, **day)]
        if left:
            events += [event("employee-left", employee=number, on=str(today() - timedelta(1)))]
    async with client_of(company, (await tokens(company))["hr"]) as hr:
        answer = await hr.post(
            "/hooks/hr",
            content=httpx.Request("POST", "http://x", json=events).content,
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text


async def asked(company: Home, who: str, what: str, body: Mapping[str, object]) -> str:
    """Over the API; returns the id."""
    async with client_of(company, (await tokens(company))[who]) as client:
        answer = await client.post(f"/api/v1/{what}", json=dict(body))
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id
