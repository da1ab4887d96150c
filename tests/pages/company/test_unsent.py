"""What was typed goes along to the company's sign-in, and comes back to its writer alone."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from deploy.local.home import Home
from services.gateway import carried
from services.gateway.company import OnItsWay
from tests.pages.company.conftest import NEWCOMER, Browser, at_provider, leads_to
from tests.pages.company.provider import Company
from tests.pages.conftest import WORKER, hidden_in, said_to_record, sign_in

NEW = "/proposals/new"
WORDS = "写了十分钟 ten-minutes"
WAITING = "SELECT count(*) FROM unsent_form"


@pytest.fixture(autouse=True)
async def nothing_waits(site: Home) -> AsyncIterator[None]:
    yield
    await said_to_record(site, "DELETE FROM unsent_form")


async def lost(browser: Browser) -> httpx.Response:
    """A session that has ended while its owner was typing: the form to sign in."""
    form = hidden_in(await browser.client.get(NEW), NEW)
    browser.client.cookies.delete("session")
    typed = {"title": WORDS, "body": "很长的正文", "category": "safety"}
    answer = await browser.client.post(NEW, data=form | typed)
    assert answer.status_code == 401
    return answer


async def set_out(browser: Browser, door: httpx.Response) -> str:
    """By the button for the company account; returns the provider's address."""
    action = "/sign-in/company"
    answer = await browser.client.post(action, data=hidden_in(door, action))
    way = leads_to(answer)
    assert WORDS not in answer.text
    started = await browser.client.get(way)
    assert started.status_code == 303
    return started.headers["location"]


async def test_a_form_is_there_again_after_signing_in_with_the_company_account(
    at_door: Browser, company: Company, site: Home
) -> None:
    company.employs("someone", employee_number=WORKER)
    leads_to(await at_door.sign_in("someone"))
    back = await at_provider(await set_out(at_door, await lost(at_door)), "someone")
    assert await said_to_record(site, WAITING) == 1
    answer = await at_door.come_back(back)
    assert answer.status_code == 200
    assert WORDS in answer.text
    assert await said_to_record(site, WAITING) == 0, "it is given out once"
    shown = await at_door.client.post(NEW, data=hidden_in(answer, NEW) | {"look": "1"})
    assert shown.status_code == 200, shown.text
    assert WORDS in shown.text


async def test_nobody_else_gets_it(at_door: Browser, company: Company, site: Home) -> None:
    """Whoever signs in after the writer has gone is told, and reads nothing."""
    company.employs("someone", employee_number=WORKER)
    company.employs("new", employee_number=NEWCOMER)
    leads_to(await at_door.sign_in("someone"))
    way = await set_out(at_door, await lost(at_door))
    answer = await at_door.come_back(await at_provider(way, "new"))
    assert leads_to(answer) == NEW
    assert WORDS not in answer.text
    assert "没有保留" in (await at_door.client.get(NEW)).text
    assert await said_to_record(site, WAITING) == 0


async def test_what_waits_says_nothing_to_who_reads_the_table(
    at_door: Browser, company: Company, site: Home
) -> None:
    company.employs("someone", employee_number=WORKER)
    leads_to(await at_door.sign_in("someone"))
    way = await set_out(at_door, await lost(at_door))
    row = "SELECT encode(id, 'escape') || encode(sealed, 'escape') FROM unsent_form"
    kept = await said_to_record(site, row)
    [state] = parse_qs(urlsplit(way).query)["state"]
    cookie = at_door.client.cookies["company"]
    name = OnItsWay.read(at_door.site, cookie, state).form
    assert WORDS not in kept
    assert name not in kept
    another = "a cookie of another browser"
    assert await at_door.site.carried.take(another, name) == {}
    assert await said_to_record(site, WAITING) == 0, "who tries has spoilt it"


async def test_after_ten_minutes_it_is_gone_and_that_is_said(
    at_door: Browser, company: Company, site: Home
) -> None:
    company.employs("someone", employee_number=WORKER)
    leads_to(await at_door.sign_in("someone"))
    way = await set_out(at_door, await lost(at_door))
    await said_to_record(site, "UPDATE unsent_form SET kept_at = now() - interval '11 minutes'")
    assert leads_to(await at_door.come_back(await at_provider(way, "someone"))) == NEW
    assert "没有保留" in (await at_door.client.get(NEW)).text


async def test_what_nobody_came_back_for_is_swept(at_door: Browser, site: Home) -> None:
    for _ in range(2):
        assert await at_door.site.carried.keep("cookie", {"title": WORDS})
    await said_to_record(site, "UPDATE unsent_form SET kept_at = now() - interval '11 minutes'")
    assert await at_door.site.carried.keep("cookie", {"title": WORDS})
    assert await said_to_record(site, WAITING) == 1


async def test_when_too_many_wait_nothing_typed_is_lost(
    at_door: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.employs("someone", employee_number=WORKER)
    leads_to(await at_door.sign_in("someone"))
    door = await lost(at_door)
    monkeypatch.setattr(carried, "MOST", 0)
    action = "/sign-in/company"
    answer = await at_door.client.post(action, data=hidden_in(door, action))
    assert answer.status_code == 503
    assert WORDS in answer.text
    assert (await sign_in(at_door.client, "pages-worker")).status_code == 303


async def test_the_form_is_taken_from_our_own_page_only(at_door: Browser, site: Home) -> None:
    await at_door.client.get("/")
    for form in ({}, {"form-token": "0" * 64}):
        answer = await at_door.client.post("/sign-in/company", data=form | {"kept.title": WORDS})
        assert answer.status_code == 403
    assert await said_to_record(site, WAITING) == 0


@pytest.mark.parametrize("form", ["", "x" * 41, "../../etc", "nobody-left-this"])
async def test_a_name_that_is_none_leads_on_without_a_form(
    at_door: Browser, company: Company, form: str
) -> None:
    company.employs("someone", employee_number=WORKER)
    started = await at_door.client.get("/sign-in/company", params={"next": NEW, "form": form})
    back = await at_provider(started.headers["location"], "someone")
    assert leads_to(await at_door.come_back(back)) == NEW


async def test_without_anything_typed_it_is_a_link_as_before(at_door: Browser) -> None:
    page = (await at_door.client.get("/")).text
    assert re.search(r'<a class="button main" href="/sign-in/company', page)
    assert 'action="/sign-in/company"' not in page
