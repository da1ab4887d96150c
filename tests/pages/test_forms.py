"""Forms that nobody else can send."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from services.gateway.pages.layout import HERE
from tests.files.made import picture
from tests.pages.conftest import (
    HTML,
    PASSWORD,
    PLANT,
    WORKER,
    Plant,
    browser_of,
    form_token_in,
    send,
)
from tests.pages.files.bringing import bring
from tests.pages.test_courses import opened

FORMS_OF_ONES_OWN = (
    "/account/password",
    "/account/sign-out-everywhere",
    "/account/sessions/0/end",
    "/sign-out",
)

WITH_A_CHANNEL = ("/account/messages", "/account/messages/code")
"""Sent by the tests in `telling/`: this site has none."""
OF_THINGS_MADE_ELSEWHERE = {
    *("/back/0", "/back/log", "/back/new"),
    *(f"/bodies/0/{deed}" for deed in ("dissolve", "elect", "end", "seat", "withdraw")),
    *(f"/drift/0/{deed}" for deed in ("apply", "leave", "reopen")),
    *(
        "/bodies/new",
        "/desk/0/take-back",
        "/desk/0/numbers",
        "/desk/0/two-people",
        "/desk/pairs/settled/0/take-back",
        "/desk/settled/0/take-back",
        "/honours/0/take-out",
    ),
    *("0/0", "0/do", "0/drop", "0/faults/settle", "0/keep", "0/receipts", "0/reverse"),
    "0/receipts/0/take-back",
    *("/me/corrections/new", "0/0"),
}
"""Sent by the tests of bodies, desk, drift, records, dues, sheets and what HR gets back, as a
browser sends them: without the token that their pages carry they would be refused."""
WITH_A_PROVIDER = "/sign-in/company"
"""Is there only with a provider; `tests/pages/company/test_unsent.py` tries it."""


@pytest.fixture
async def other(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        yield browser


def is_stale(answer: httpx.Response) -> bool:
    """And says what to do and where to go."""
    told = "表单已失效" in answer.text and 'href="/"' in answer.text
    return answer.status_code == 403 and told and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", FORMS_OF_ONES_OWN)
async def test_a_form_without_its_token_changes_nothing(
    plant: Plant, account: str, form: str
) -> None:
    async with browser_of(plant, account) as browser:
        assert is_stale(await browser.post(form))
        assert is_stale(await browser.post(form, data={"form-token": "0" * 64}))
        assert is_stale(await browser.post(form, files={"form-token": b"0" * 64}))
        assert (await browser.get("/account")).status_code == 200


async def test_a_form_of_another_session_changes_nothing(plant: Plant, account: str) -> None:
    async with browser_of(plant, account) as mine, browser_of(plant, account) as theirs:
        foreign = {"form-token": form_token_in(await theirs.get("/account"))}
        assert is_stale(await mine.post("/account/sign-out-everywhere", data=foreign))
        for browser in (mine, theirs):
            assert (await browser.get("/account")).status_code == 200


async def test_nobody_is_signed_in_by_a_form_that_this_browser_was_not_given(
    stranger: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Else one could be made to write under the account of an attacker."""
    form = {"account": "pages-worker", "password": PASSWORD}
    assert is_stale(await stranger.post("/sign-in", data=form))
    foreign = form | {"form-token": form_token_in(await other.get("/"))}
    assert is_stale(await stranger.post("/sign-in", data=foreign)), "no cookie yet"
    await stranger.get("/")
    assert is_stale(await stranger.post("/sign-in", data=foreign))
    assert "session" not in stranger.cookies
    assert (await send(stranger, "/", "/sign-in", **form)).status_code == 303


@pytest.mark.parametrize("form", FORMS_OF_ONES_OWN)
async def test_a_stranger_is_led_from_a_form_to_the_door(
    stranger: httpx.AsyncClient, form: str
) -> None:
    answer = await stranger.post(form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_whose_length_was_not_announced_is_taken(
    worker: httpx.AsyncClient,
) -> None:
    """A front may pass a body on in pieces."""
    token = form_token_in(await worker.get("/account"))

    async def pieces() -> AsyncIterator[bytes]:
        yield b"form-token="
        yield token.encode()

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await worker.post("/sign-out", content=pieces(), headers=kind)
    assert answer.status_code == 303
    assert "session" not in worker.cookies


async def test_every_form_that_posts_carries_its_token(
    stranger: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    worker: httpx.AsyncClient,
    plant: Plant,
) -> None:
    said = await plant.propose("表单 forms")
    await bring(worker, f"/proposals/{said}/files", [("a.png", picture())])
    taught = await opened(plant, "表单 forms")
    await opened(plant, "表单 news", days=3)
    paths = (
        "/",
        "/account",
        "/account/password",
        "/account/pin",
        "/membership",
        "/proposals",
        "/proposals/new",
        f"/proposals/{said}",
        f"/courses/{taught}",
        f"/courses/{taught}/complete",
        "/courses/new",
        "/visits",
        "/visits/new",
        f"/people/{WORKER}",
        f"/plants/{PLANT}",
    )
    async with browser_of(plant, "pages-it") as it:
        posts = await it.get(f"/posts?unit={PLANT}")
        end = re.search(r'href="(/posts/[^/"]+/end)"', posts.text)
        assert end
        of_posts = [await it.get(path) for path in ("/posts/new", end[1], "/provinces")]
    pages = [
        *of_posts,
        await stranger.get("/"),
        await stranger.get("/board"),
        *[await officer.get(path) for path in paths],
        await manager.get(f"/proposals/{said}/answer"),
        await worker.get(f"/proposals/{said}/files"),
    ]
    seen: set[str] = set()
    for page in pages:
        assert page.status_code == 200
        for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
            if action := re.search(r'method="post" action="([^"]+)"', form):
                seen.add(re.sub(r"[0-9a-f-]{36}", "0", action[1]))
                assert len(re.findall('name="form-token" value="[0-9a-f]{64}"', form)) == 1
    there = actions_in("")
    assert there >= OF_THINGS_MADE_ELSEWHERE
    assert seen == there - OF_THINGS_MADE_ELSEWHERE, (
        "a page with a new form belongs into the list above"
    )


def actions_in(folder: str) -> set[str]:
    """Where the forms of its templates are sent; ids are 0. Those of a kiosk are its own."""
    templates = (HERE / "templates" / folder).rglob("*.html")
    told = [each.read_text() for each in templates if folder or each.parent.name != "kiosk"]
    said = re.sub(r"{{.*?}}", "0", "".join(told))
    return set(re.findall(r'<form\b[^>]*method="post" action="([^"]+)"', said)) - {
        "0",
        WITH_A_PROVIDER,
        *WITH_A_CHANNEL,
    }
