"""What one meets on the way in: the company account, too many tries, a password that IT has given,
a site that is away. In both languages, each as good a page as the others."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from playwright.async_api import Browser, Page, Response, Route, expect

from deploy.local.gateway import gateway_session
from deploy.local.home import Home, free_port
from services.gateway.accounts import keep_account
from services.gateway.app import create_door
from services.gateway.site import Site
from shared.settings import Settings
from shared.testing import eventually
from tests.browser.looking import LANGUAGES, Looking, Seen
from tests.browser.people import PHONE, Language, Screen
from tests.browser.tasks import Hand
from tests.browser.test_wrong import good
from tests.conftest import settings_of
from tests.pages.company.provider import CLIENT, Company, running

WORDS = "带着走的提案"
NOWHERE = "postgresql+asyncpg://gateway@/tongxin?host=/nowhere"
GIVEN, OWN = "a word that IT gave", "a word of one's own 同心"


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    """A gateway of its own beside the running site, which asks no service; its address."""
    port = free_port()
    told = settings.model_copy(update={"url": f"http://127.0.0.1:{port}"})
    site = Site(told)
    server = uvicorn.Server(
        uvicorn.Config(
            create_door(site), host="127.0.0.1", port=port, lifespan="off", log_config=None
        )
    )
    # Without `serve`, which would take over the signals of the tests' own process.
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: server.started, seconds=10)
    yield told.url
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await serving
    await site.readers.close()
    await site.engine.dispose()


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Company]:
    """To a browser it is another site than ours."""
    with running("localhost") as made:
        await asyncio.to_thread(made.employs, "someone", employee_number="D0046")
        await asyncio.to_thread(made.employs, "unknown", employee_number="D9999")
        yield made


@pytest.fixture
async def door(
    company: Home, provider: Company, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """The address of a gateway that knows the provider."""
    monkeypatch.setenv("TONGXIN_OIDC_ISSUER", provider.issuer)
    monkeypatch.setenv("TONGXIN_OIDC_CLIENT", CLIENT)
    async with served(settings_of(company, "gateway")) as url:
        yield url


async def stay(route: Route) -> None:
    """The browser does not go there: it stays where it is."""
    await route.fulfill(status=204)


async def at_provider(page: Page, sub: str) -> None:
    await page.locator("input[name=sub]").first.fill(sub)
    await page.get_by_role("button", name="Authorize", exact=True).click()


async def answer_at(page: Page, path: str, act: Callable[[], object]) -> Response:
    """What our site answers there while something is done."""

    def there(response: Response) -> bool:
        return path in response.url and response.status not in {204, 303}

    async with page.expect_response(there) as coming:
        await act()  # type: ignore[misc]
    return await coming.value


@pytest.mark.parametrize("language", LANGUAGES)
async def test_signing_in_and_out_by_the_company_account_is_good_pages(
    browser: Browser, door: str, language: Language
) -> None:
    context = await Screen(language, PHONE).open(browser, door)
    page = await context.new_page()
    hand = Hand(page, Screen(language, PHONE))
    answer = await page.goto("/")
    assert answer
    await good(Seen(), page, "the form to sign in", await answer.text())
    await page.route(re.compile(r"^[^?]*/work$"), stay)
    await page.goto("/?next=/work")
    await hand.link("Sign in with the company account").click()
    back = await answer_at(page, "/company/back", lambda: at_provider(page, "someone"))
    await expect(hand.heading("Signed in")).to_be_visible()
    await good(Seen(), page, "signed in", await back.text())
    await page.goto("/account")
    await page.route("http://localhost:*/**", stay)
    out = page.get_by_role("banner").get_by_role("button", name=hand.says("Sign out"), exact=True)
    gone = await answer_at(page, "/sign-out", out.click)
    await expect(hand.heading("Signed out here")).to_be_visible()
    await good(Seen(), page, "signed out", await gone.text())
    await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_company_account_that_is_not_let_in_gets_a_good_page(
    browser: Browser, door: str, language: Language
) -> None:
    context = await Screen(language, PHONE).open(browser, door)
    page = await context.new_page()
    await page.goto("/sign-in/company")
    back = await answer_at(page, "/company/back", lambda: at_provider(page, "unknown"))
    assert back.status == 403
    await page.wait_for_load_state()
    await good(Seen(), page, "not on the roll", await back.text())
    stale = await page.goto("/sign-in/company/back?state=old")
    assert stale
    assert stale.status == 403
    await good(Seen(), page, "too old", await stale.text())
    await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_provider_that_is_away_is_said_on_a_good_page(
    browser: Browser, company: Home, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    monkeypatch.setenv("TONGXIN_OIDC_ISSUER", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("TONGXIN_OIDC_CLIENT", CLIENT)
    async with served(settings_of(company, "gateway")) as url:
        context = await Screen(language, PHONE).open(browser, url)
        page = await context.new_page()
        answer = await page.goto("/sign-in/company")
        assert answer
        assert answer.status == 503
        await good(Seen(), page, "provider away", await answer.text())
        await context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
async def test_what_was_typed_comes_along_to_the_company_and_back(
    browser: Browser, door: str, looking: Looking, scripts: bool
) -> None:
    """Over another site, whose redirect brings no strict cookie."""
    screen = Screen("zh-CN", PHONE, scripts=scripts)
    context = await screen.open(browser, door)
    page = await context.new_page()
    hand = Hand(page, screen)
    await page.goto("/sign-in/company")
    await at_provider(page, "someone")
    await expect(hand.heading("Home")).to_be_visible()
    await page.goto("/proposals/new")
    await hand.field("In one line").fill(WORDS)
    await hand.field("What it is about").fill("不该丢。")
    await hand.field("Welfare").check()
    await context.clear_cookies(name="session")
    lost = await answer_at(page, "/proposals/new", lambda: hand.press("Send"))
    if scripts:
        await good(Seen(), page, "signed out meanwhile", await lost.text())
    await hand.press("Sign in with the company account")
    await at_provider(page, "someone")
    await expect(hand.heading("You are signed in again")).to_be_visible()
    shown = await answer_at(page, "/proposals/new", lambda: hand.press("Back to what I typed"))
    await expect(hand.field("In one line")).to_have_value(WORDS)
    if scripts:
        await good(Seen(), page, "what was typed", await shown.text())
    await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_too_many_tries_are_a_good_page(
    browser: Browser, company: Home, language: Language
) -> None:
    context = await Screen(language, PHONE).open(browser, company.url)
    page = await context.new_page()
    hand = Hand(page, Screen(language, PHONE))
    await page.goto("/")
    for _ in range(12):
        await hand.field("Account").fill(f"nobody-{language}")
        await hand.field("Password").fill("guessed")
        answer = await answer_at(page, "/sign-in", lambda: hand.press("Sign in"))
        await page.wait_for_load_state()
        if answer.status == 429:
            break
    assert answer.status == 429
    await good(Seen(), page, "too many tries", await answer.text())
    await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_password_that_it_has_given_leads_to_a_good_page_first(
    browser: Browser, company: Home, language: Language
) -> None:
    name = f"given-{language.lower()}"
    async with gateway_session(company) as session:
        await keep_account(session, name, employee=None, roles=[], password=GIVEN, must_change=True)
        await session.commit()
    context = await Screen(language, PHONE).open(browser, company.url)
    page = await context.new_page()
    hand = Hand(page, Screen(language, PHONE))
    await page.goto("/")
    await hand.field("Account").fill(name)
    await hand.field("Password").fill(GIVEN)
    answer = await answer_at(page, "/account/password", lambda: hand.press("Sign in"))
    await expect(hand.heading("Change the password")).to_be_visible()
    await good(Seen(), page, "a given password", await answer.text())
    await hand.field("Present password").fill(GIVEN)
    await hand.field("New password").fill(OWN)
    await hand.field("New password again").fill(OWN)
    await hand.press("Change")
    await expect(hand.heading("Open sessions")).to_be_visible()
    await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_site_that_is_away_is_a_good_page(
    browser: Browser, company: Home, language: Language
) -> None:
    settings = settings_of(company, "gateway").model_copy(update={"database_url": NOWHERE})
    async with served(settings) as url:
        context = await Screen(language, PHONE).open(browser, url)
        await context.add_cookies([{"name": "session", "value": "some", "url": url}])
        page = await context.new_page()
        answer = await page.goto("/proposals")
        assert answer
        assert answer.status == 503
        await good(Seen(), page, "away", await answer.text())
        await context.close()
