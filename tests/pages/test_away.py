"""The pages of a gateway behind https, and of one whose site is away."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie

import httpx

from services.gateway.app import create_door
from services.gateway.site import Site
from shared.settings import Settings
from tests.pages.conftest import HTML, PASSWORD, WORKER, Plant, form_token_in, sign_in

FORM = {"account": "pages-worker", "password": PASSWORD}
HTTPS = "https://union.example"


@asynccontextmanager
async def gateway(settings: Settings, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway in this process that has reached PostgreSQL at most; NATS never."""
    site = Site(settings)
    transport = httpx.ASGITransport(create_door(site))
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=HTML) as browser:
        yield browser
    await site.engine.dispose()


async def test_behind_https_the_cookie_belongs_to_the_host_alone(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    told = settings("gateway").model_copy(update={"url": HTTPS})
    async with gateway(told, HTTPS) as browser:
        form = FORM | {"form-token": form_token_in(await browser.get("/"))}
        answer = await browser.post("/sign-in", data=form, headers={"Origin": HTTPS})
        assert answer.status_code == 303
        cookies = SimpleCookie()
        for header in answer.headers.get_list("set-cookie"):
            cookies.load(header)
        assert set(cookies) == {"__Host-session", "__Host-browser"}
        for cookie in cookies.values():
            assert cookie["secure"]
            assert cookie["httponly"]
            assert cookie["path"] == "/"
            assert not cookie["domain"]
        assert (await browser.get("/proposals")).status_code == 200


async def test_a_person_is_shown_without_a_name_while_the_roll_is_away(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    told = settings("gateway")
    async with gateway(told, plant.url) as browser:
        await sign_in(browser, "pages-worker")
        page = await browser.get(f"/people/{WORKER}")
    assert page.status_code == 200
    assert "花名册暂时不可用" in page.text


async def test_a_site_that_is_away_says_so_on_a_page(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    nowhere = "postgresql+asyncpg://gateway@/tongxin?host=/nowhere"
    told = settings("gateway").model_copy(update={"database_url": nowhere})
    cookie = {"session": plant.tokens["pages-worker"]}
    async with gateway(told, plant.url) as browser:
        browser.cookies.update(cookie)
        page = await browser.get("/proposals")
        assert page.status_code == 503
        assert "暂时不可用" in page.text
        assert page.headers["retry-after"]
        program = await browser.get("/proposals", headers={"Accept": "application/json"})
        assert program.headers["content-type"] == "application/problem+json"
