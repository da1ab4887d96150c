"""A small plant of its own on the running site, with people who may see more or less of it."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.local.feed import Feed
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, drop_account, keep_account
from shared.contracts.hr import parse

PLANT, TEAM = "pages-plant", "pages-team"
WORKER, OFFICER, HEAD_OFFICER = "PG001", "PG002", "PG003"
MANAGER, LEADER = "PG004", "PG005"
PASSWORD = "a long enough word 同心"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def told(number: int, what: str, /, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"pages-{number}",
        "source": "/hr/pages",
        "type": f"hr.{what}",
        "time": "2024-01-01T08:00:00+08:00",
        "data": data,
    }


def company() -> list[dict[str, Any]]:
    """A plant, a team in it, a worker, two officers, and who manages the plant and the team."""
    people = [
        (WORKER, "王<小>明", TEAM),
        (OFFICER, "李干事", TEAM),
        (HEAD_OFFICER, "赵干事", TEAM),
        (MANAGER, "钱厂长", PLANT),
        (LEADER, "孙班长", PLANT),
    ]
    events = [
        told(1, "unit-created", unit=PLANT, name="页面厂", kind="plant", parent="company"),
        told(2, "unit-created", unit=TEAM, name="页面班", kind="team", parent=PLANT),
    ]
    for place, (employee, name, unit) in enumerate(people):
        hired = {"employee": employee, "name": name, "on": "2021-03-01"}
        events += [
            told(10 + place, "employee-hired", **hired),
            told(20 + place, "employee-assigned", employee=employee, unit=unit, on="2021-03-01"),
        ]
    return events


@dataclass(frozen=True)
class Plant:
    """The base address of the site and, by account, bearer tokens for its API."""

    url: str
    tokens: dict[str, str]

    async def say(self, who: str, what: str, body: dict[str, Any]) -> str:
        """Asks a command over the API; returns the id."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            answer = await client.post(
                f"/api/v1/{what}",
                json=body,
                headers={"Authorization": f"Bearer {self.tokens[who]}"},
            )
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        return id

    async def propose(self, title: str, *, hidden: bool = False, body: str = "正文") -> str:
        asked = {"title": title, "body": body, "category": "safety", "hidden": hidden}
        return await self.say("pages-worker", "democracy/submit-proposal", asked)


async def heard(site: Home, *events: dict[str, Any]) -> None:
    """They come by HR's feed, and every service has heard of them."""
    feed = Feed(site)
    await feed.send([parse(event) for event in events])
    await feed.settled()


@pytest.fixture(scope="session")
async def plant(site: Home) -> Plant:
    await heard(site, *company())
    accounts: dict[str, tuple[str | None, list[str]]] = {
        "pages-worker": (WORKER, []),
        "pages-officer": (OFFICER, []),
        "pages-head": (HEAD_OFFICER, []),
        "pages-manager": (MANAGER, []),
        "pages-leader": (LEADER, []),
        "pages-it": (None, ["it"]),
        "pages-hr": (None, ["hr"]),
    }
    async with gateway_session(site) as session:
        for name, (employee, roles) in accounts.items():
            await keep_account(session, name, employee=employee, roles=roles, password=PASSWORD)
        tokens = {name: (await begin_session(session, name))[0] for name in accounts}
        await session.commit()
    made = Plant(site.url, tokens)
    posts = (
        (OFFICER, "officer", PLANT),
        (HEAD_OFFICER, "officer", "company"),
        (MANAGER, "manager", PLANT),
        (LEADER, "leader", TEAM),
    )
    for employee, role, unit in posts:
        appointed = {"employee": employee, "role": role, "unit": unit, "on": "2023-01-01"}
        await made.say("pages-it", "membership/appoint-post", appointed)
    return made


def form_token_in(page: httpx.Response) -> str:
    """What the forms of the page carry."""
    found = re.search(r'name="form-token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found.group(1)


async def send(browser: httpx.AsyncClient, page: str, action: str, **fields: str) -> httpx.Response:
    """Opens a page and sends a form of it, as a browser does."""
    opened = await browser.get(page)
    assert f'action="{action}"' in opened.text, opened.text
    return await browser.post(action, data=fields | {"form-token": form_token_in(opened)})


async def sign_in(
    browser: httpx.AsyncClient, account: str, password: str = PASSWORD
) -> httpx.Response:
    """Opens the form and sends it. Who is signed in already sends the one opened before that."""
    form = {"account": account, "password": password}
    if "session" not in browser.cookies:
        return await send(browser, "/", "/sign-in", **form)
    alone = {"Cookie": f"browser={browser.cookies['browser']}"}
    async with httpx.AsyncClient(base_url=browser.base_url, headers=HTML | alone) as before:
        token = form_token_in(await before.get("/"))
    return await browser.post("/sign-in", data=form | {"form-token": token})


@asynccontextmanager
async def browser_of(plant: Plant, account: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, signed in to the account."""
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        assert (await sign_in(browser, account)).status_code == 303
        yield browser


async def said_to_record(site: Home, statement: str, **given: Any) -> Any:
    """A statement in the gateway's own schema; returns the first value of an answer."""
    async with gateway_session(site) as session:
        found: Any = await session.execute(text(statement), given)
        value = found.scalar() if found.returns_rows else None
        await session.commit()
    return value


@pytest.fixture
async def account(site: Home) -> AsyncIterator[str]:
    """An account of nobody's, as `tongxin account add` leaves it after its first sign-in. Its tries
    are nobody's after it."""
    name = "pages-own"
    async with gateway_session(site) as session:
        await keep_account(session, name, employee=None, roles=[], password=PASSWORD)
        await session.commit()
    yield name
    async with gateway_session(site) as session:
        await drop_account(session, name)
        await session.execute(text("DELETE FROM sign_in_try"))
        await session.commit()


@pytest.fixture
async def stranger(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in with."""
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        yield browser


@pytest.fixture
async def worker(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as the worker."""
    async with browser_of(plant, "pages-worker") as browser:
        yield browser


@pytest.fixture
async def officer(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as the officer of the plant."""
    async with browser_of(plant, "pages-officer") as browser:
        yield browser


@pytest.fixture
async def head_officer(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as the officer of the whole company."""
    async with browser_of(plant, "pages-head") as browser:
        yield browser


@pytest.fixture
async def manager(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as the manager of the plant."""
    async with browser_of(plant, "pages-manager") as browser:
        yield browser


@pytest.fixture
async def leader(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as the leader of the team."""
    async with browser_of(plant, "pages-leader") as browser:
        yield browser


def hidden_in(page: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of the page's form for that action."""
    for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
        if f'action="{action}"' in form:
            found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
            return {name: html.unescape(value) for name, value in found}
    raise AssertionError(page.text)


async def fill(
    browser: httpx.AsyncClient, path: str, action: str = "", **typed: str
) -> httpx.Response:
    """Opens a page and sends a form of it with what is typed, as a browser does."""
    opened = await browser.get(path)
    return await browser.post(action or path, data=hidden_in(opened, action or path) | typed)
