"""A gateway of its own that knows the company's provider, beside the running site."""

import html
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.app import create_door
from services.gateway.provider import COMES_BACK, SECRET
from services.gateway.site import Site
from shared.settings import Settings
from tests.pages.company.provider import CLIENT, Company, Wrongs, running
from tests.pages.conftest import HTML, PLANT, Plant, heard, told

NEWCOMER, LEAVER = "PC001", "PC002"
NUMBER = "employee_number"


@pytest.fixture(scope="session")
def provider() -> Iterator[Company]:
    with running() as company:
        yield company


@pytest.fixture
def company(provider: Company) -> Iterator[Company]:
    """The provider, as good as it comes."""
    provider.wrong, provider.asked = Wrongs(), []
    yield provider
    provider.frozen.set()


@pytest.fixture(scope="session")
async def people(plant: Plant, site: Home) -> None:
    """Two who have no account; one of them has left."""
    events = [told(109, "employee-left", employee=LEAVER, on="2022-01-01")]
    for place, employee in enumerate((NEWCOMER, LEAVER)):
        hired = {"employee": employee, "name": "某人", "on": "2021-03-01"}
        events += [
            told(101 + place, "employee-hired", **hired),
            told(105 + place, "employee-assigned", employee=employee, unit=PLANT, on="2021-03-01"),
        ]
    await heard(site, *events)


@dataclass
class Browser:
    """One that does as browsers do: who comes back from another site brings no strict cookie."""

    client: httpx.AsyncClient
    site: Site

    async def set_out(self, next: str = "/") -> str:
        """Follows the link of the form to sign in, or a bookmark of it; returns the provider's
        address."""
        link = "/sign-in/company"
        if "session" not in self.client.cookies:
            page = await self.client.get("/", params={"next": next})
            found = re.search(r'href="(/sign-in/company\?[^"]*)"', page.text)
            assert found, page.text
            link = html.unescape(found[1])
        answer = await self.client.get(link)
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.headers["location"]

    async def come_back(self, back: str) -> httpx.Response:
        """With what the provider sent: the address that it redirected to."""
        parts = urlsplit(back)
        assert parts.path == COMES_BACK
        kept = self.client.cookies.get("company")
        lax = {"Cookie": f"company={kept}" if kept else ""}
        return await self.client.get(f"{parts.path}?{parts.query}", headers=lax)

    async def sign_in(self, sub: str, next: str = "/") -> httpx.Response:
        return await self.come_back(await at_provider(await self.set_out(next), sub))


async def at_provider(way: str, sub: str = "", **form: str) -> str:
    """Signs in there; returns where the browser is sent back to."""
    async with httpx.AsyncClient() as elsewhere:
        assert (await elsewhere.get(way)).status_code == 200
        answer = await elsewhere.post(way, data={"sub": sub} | form)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def leads_to(answer: httpx.Response) -> str:
    """Where the page leads by itself; its link leads there too."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'content="0;url=([^"]*)"', answer.text)
    assert found, answer.text
    assert f'<a class="button" href="{found[1]}">' in answer.text
    return html.unescape(found[1])


@asynccontextmanager
async def gateway_of(settings: Settings) -> AsyncIterator[Browser]:
    """A gateway with the environment of this moment, and a browser of it."""
    site = Site(settings)
    transport = httpx.ASGITransport(create_door(site))
    async with httpx.AsyncClient(
        transport=transport, base_url=settings.url, headers=HTML, timeout=30
    ) as client:
        yield Browser(client, site)
    await site.readers.close()
    await site.engine.dispose()


@pytest.fixture
def told_of(company: Company, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets `TONGXIN_OIDC_…` for the gateways that are made after it."""

    def tell(**more: str) -> None:
        settings = {"issuer": company.issuer, "client": CLIENT} | more
        for name, value in settings.items():
            monkeypatch.setenv(f"TONGXIN_OIDC_{name.upper()}", value)

    return tell


@pytest.fixture
async def at_door(
    people: None, told_of: Callable[..., None], settings: Callable[[str], Settings], site: Home
) -> AsyncIterator[Browser]:
    """A browser at the door of a gateway that knows the provider; nothing of it stays."""
    told_of()
    async with gateway_of(settings("gateway")) as browser:
        yield browser
    async with gateway_session(site) as session:
        await session.execute(text("DELETE FROM account WHERE name LIKE '%@company'"))
        await session.execute(text("DELETE FROM sign_in_try"))
        await session.commit()
    (site.path / "secrets" / "gateway" / SECRET).unlink(missing_ok=True)


async def last_entry(site: Home) -> dict[str, str | None]:
    """The newest of the audit log."""
    async with gateway_session(site) as session:
        found = await session.execute(
            text("SELECT account, what, subject, about, code FROM audit ORDER BY id DESC LIMIT 1")
        )
        return dict(found.mappings().one())


def forget_document(browser: Browser) -> None:
    """What the provider tells of itself is read anew."""
    assert browser.site.provider
    browser.site.provider._known = None
