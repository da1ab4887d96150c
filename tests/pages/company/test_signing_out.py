"""Signing out: here, and on to the provider's own sign-out where it has one."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.pages.company.conftest import NEWCOMER, Browser, forget_document, leads_to
from tests.pages.company.provider import CLIENT, Company
from tests.pages.conftest import send, sign_in

STILL_OPEN = "公司账号可能仍是登录状态"


@pytest.fixture
async def signed_in(at_door: Browser, company: Company) -> Browser:
    company.employs("new", employee_number=NEWCOMER)
    leads_to(await at_door.sign_in("new"))
    return at_door


async def left(browser: Browser) -> httpx.Response:
    """The answer to signing out, after which the session is over."""
    token = browser.client.cookies["session"]
    answer = await send(browser.client, "/account", "/sign-out")
    assert "session" not in browser.client.cookies
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await browser.client.get("/api/v1/views/proposals", headers=bearer)).status_code == 401
    return answer


async def test_who_came_by_the_company_account_is_led_out_there_too(
    signed_in: Browser, company: Company
) -> None:
    way = leads_to(await left(signed_in))
    assert way.startswith(f"{company.issuer}/oauth2/end_session?")
    said = {name: values[0] for name, values in parse_qs(urlsplit(way).query).items()}
    home = f"{signed_in.site.settings.url}/"
    assert said == {"client_id": CLIENT, "post_logout_redirect_uri": home}
    async with httpx.AsyncClient() as elsewhere:
        assert home in (await elsewhere.get(way)).text


async def test_who_came_by_a_local_account_stays_on_the_site(at_door: Browser) -> None:
    await sign_in(at_door.client, "pages-worker")
    answer = await left(at_door)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("place", [None, "javascript:alert(1)", "http://other.example/out"])
async def test_a_provider_without_a_way_out_is_said_to_be_open_still(
    signed_in: Browser, company: Company, place: str | None
) -> None:
    company.wrong.document = {"end_session_endpoint": place}
    forget_document(signed_in)
    answer = await left(signed_in)
    assert answer.status_code == 200
    assert STILL_OPEN in answer.text
    assert "javascript" not in answer.text


async def test_a_provider_that_is_away_keeps_nobody_in(
    signed_in: Browser, company: Company
) -> None:
    company.wrong.answers["/.well-known/openid-configuration"] = ("broken", 500)
    forget_document(signed_in)
    assert STILL_OPEN in (await left(signed_in)).text
