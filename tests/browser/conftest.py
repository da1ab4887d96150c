"""One whole site with its demo for all that is looked at here, and one chromium."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, async_playwright

from deploy.local.home import Home
from shared.calendar import today
from tests.browser.crawl import Walk, walk
from tests.browser.looking import Looking
from tests.browser.people import ROLES, chromium_here, cookies_of
from tests.pages.conftest import told as told_by_hr
from tests.running import client_of, running_site, tokens

CLOUDEVENT = {"Content-Type": "application/cloudevents+json"}
TEAM, SEATED = "demo-qinghe-dianjie-1", "D0044"


LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without chromium what needs it is left out: said once at the end, not once a test."""
    if chromium_here():
        return
    out = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=out)
    config.stash[LEFT_OUT] = len(out)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"chromium is not installed: {left_out} tests that open pages in it were left out"
        )


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_here())
        yield browser
        await browser.close()


@pytest.fixture(scope="package")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """The demo's company, as `make run` shows it."""
    async with running_site(tmp_path_factory.mktemp("browser") / "home") as home:
        yield home


@pytest.fixture(scope="package")
async def coming(company: Home) -> str:
    """A course of the leader's team that is still to come, with seats for everyone; its id.
    One of the team has a seat already."""
    token = (await tokens(company))["leader"]
    asked = {"title": "触电急救", "unit": TEAM, "seats": 30, "open_to": "company"}
    asked["starts_on"] = (today() + timedelta(days=30)).isoformat()
    async with client_of(company, token) as client:
        answer = await client.post("/api/v1/training/open-course", json=asked)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        seat = {"course": id, "employee": SEATED}
        answer = await client.post("/api/v1/training/enrol", json=seat)
        assert answer.status_code == 201, answer.text
        assert "View" not in answer.headers, "the views are late"
    return id


@pytest.fixture(scope="package")
async def torn(company: Home) -> None:
    """Somebody whom HR places in two units at once, for the desk."""
    who = {"employee": "D9001", "on": "2024-05-01"}
    other = {"employee": "D9001", "on": "2024-06-01"}
    token = (await tokens(company))["hr"]
    async with client_of(company, token) as client:
        for told in (
            told_by_hr(9001, "employee-hired", name="两处", **who),
            told_by_hr(9002, "employee-assigned", unit=TEAM, post="电工", **who),
            told_by_hr(9003, "employee-assigned", unit="demo-qinghe", **other),
        ):
            answer = await client.post("/hooks/hr", json=told, headers=CLOUDEVENT)
            assert answer.status_code < 300, answer.text


@pytest.fixture(scope="package")
async def wrong(company: Home) -> None:
    """The worker says that something is wrong with what is held of them."""
    asked = {"about": "work", "which": "2024年", "wrong": "岗位记错了", "should_be": "操作工"}
    async with client_of(company, (await tokens(company))["worker"]) as client:
        answer = await client.post("/api/v1/membership/ask-correction", json=asked)
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="package")
async def left(company: Home) -> None:
    """Somebody who has left wants to be erased, and the officer has asked for it."""
    who = {"employee": "D9002"}
    since, until = who | {"on": "2024-05-01"}, who | {"on": str(today() - timedelta(days=1))}
    held = await tokens(company)
    async with client_of(company, held["hr"]) as client:
        for told in (
            told_by_hr(9011, "employee-hired", name="已走", **since),
            told_by_hr(9012, "employee-assigned", unit=TEAM, **since),
            told_by_hr(9013, "employee-left", **until),
        ):
            answer = await client.post("/hooks/hr", json=told, headers=CLOUDEVENT)
            assert answer.status_code < 300, answer.text
    async with client_of(company, held["officer"]) as client:
        answer = await client.post("/api/v1/membership/ask-erasure", json=who)
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="package")
async def lying(company: Home) -> None:
    """A plant that came to lie in another province."""
    async with client_of(company, (await tokens(company))["it"]) as client:
        for said in ({"province": "CN-JS"}, {"province": "CN-ZJ", "on": "2026-06-01"}):
            asked = {"unit": "demo-qinghe"} | said
            answer = await client.post("/api/v1/membership/set-province", json=asked)
            assert answer.status_code == 201, answer.text


@pytest.fixture(scope="package")
async def cookies(company: Home) -> dict[str, dict[str, str]]:
    """Account → what its browser holds once it has signed in."""
    return {role: await cookies_of(company.url, role) for role in ROLES}


@pytest.fixture(scope="package")
async def walks(
    company: Home,
    coming: str,
    torn: None,
    wrong: None,
    left: None,
    lying: None,
    cookies: dict[str, dict[str, str]],
) -> dict[str, Walk]:
    """Account → all it can come to; and `stranger`, who has not signed in."""
    everyone: dict[str, dict[str, str]] = {"stranger": {}, **cookies}
    return {who: await walk(company.url, held, "zh-CN") for who, held in everyone.items()}


@pytest.fixture(scope="package")
async def looking(
    browser: Browser, company: Home, cookies: dict[str, dict[str, str]], walks: dict[str, Walk]
) -> Looking:
    return Looking(browser, company.url, {"stranger": {}, **cookies}, walks)
