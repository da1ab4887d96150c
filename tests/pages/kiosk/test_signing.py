"""In by badge and PIN, out by hand or by the clock; the next person sees nothing of the last."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.accounts import token_hash
from services.gateway.app import create_door
from services.gateway.pages.forgery import form_token
from services.gateway.problems import Problem
from services.gateway.settings import DoorSettings
from services.gateway.site import Site
from services.gateway.throttle import BADGE, BADGE_AT_KIOSK, KIOSK
from shared.settings import Settings
from tests.pages.conftest import (
    HTML,
    OFFICER,
    WORKER,
    Plant,
    browser_of,
    form_token_in,
    hidden_in,
    said_to_record,
    send,
)
from tests.pages.kiosk.conftest import PIN, kiosk_of, stand_at

WRONG_PIN = "580265"
LAST_ENTRY = (
    "SELECT concat_ws(' ', what, subject, account) FROM audit"
    " WHERE what LIKE '%signed in' ORDER BY id DESC LIMIT 1"
)


def without_tokens(page: httpx.Response) -> str:
    return re.sub(r'value="[0-9a-f]{64}"', "", page.text)


async def aged(site: Home, browser: httpx.AsyncClient, change: str) -> None:
    hashed = token_hash(browser.cookies["session"])
    await said_to_record(site, f"UPDATE session SET {change} WHERE token_hash = :h", h=hashed)


# ---------------------------------------------------------------------------------------- in


async def test_badge_and_pin_open_the_kiosk_and_it_remembers_nothing(
    terminal: httpx.AsyncClient, site: Home
) -> None:
    known = "SELECT count(*) FROM known_browser"
    before = await said_to_record(site, known)
    answer = await stand_at(terminal)
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk/home")
    assert set(terminal.cookies) == {"session", "kiosk"}
    for cookie in terminal.cookies.jar:
        assert cookie.expires is None, "gone with the browser"
        assert cookie.has_nonstandard_attr("HttpOnly")
    assert await said_to_record(site, known) == before
    assert await said_to_record(site, LAST_ENTRY) == "signed in kiosk pages-worker"
    home = await terminal.get("/kiosk/home")
    assert home.status_code == 200
    assert home.headers["cache-control"] == "no-store"
    assert (await terminal.get("/kiosk")).headers["location"] == "/kiosk/home"


@pytest.mark.parametrize("badge", [f" {WORKER}\n", WORKER.lower(), "ＰＧ００１"])
async def test_a_badge_is_read_however_it_is_typed(terminal: httpx.AsyncClient, badge: str) -> None:
    assert (await stand_at(terminal, badge)).status_code == 303


async def test_a_reader_that_sends_the_number_alone_is_asked_for_the_pin(
    terminal: httpx.AsyncClient, site: Home
) -> None:
    page = await stand_at(terminal, WORKER, "")
    assert page.status_code == 200
    assert f'value="{WORKER}"' in page.text
    assert not await said_to_record(site, "SELECT count(*) FROM sign_in_try"), "no try yet"


@pytest.mark.parametrize(
    ("badge", "pin"),
    [("", PIN), ("PG 1", PIN), ("a\0b", PIN), ("x" * 33, PIN), (WORKER, "58026"), (WORKER, "five")],
)
async def test_what_is_no_badge_and_no_pin_gets_the_form_again(
    terminal: httpx.AsyncClient, badge: str, pin: str
) -> None:
    page = await stand_at(terminal, badge, pin)
    assert page.status_code == 422
    assert "请输入工牌号和六位数字密码" in page.text
    assert "session" not in terminal.cookies


async def test_nothing_tells_whether_badge_or_pin_is_wrong(
    terminal: httpx.AsyncClient, site: Home
) -> None:
    """A badge with a PIN, one without, one of nobody."""
    told, noted = [], []
    for badge in (WORKER, "PG004", "PG999"):
        answer = await stand_at(terminal, badge, WRONG_PIN)
        assert answer.status_code == 401
        assert badge not in answer.text, "nor is it left for the next person"
        told.append(without_tokens(answer))
        noted.append(await said_to_record(site, LAST_ENTRY))
    assert told[0] == told[1] == told[2]
    assert noted == ["not signed in kiosk pages-worker", *["not signed in kiosk"] * 2]


async def test_a_closed_account_does_not_open_a_kiosk(
    terminal: httpx.AsyncClient, site: Home
) -> None:
    put = "UPDATE account SET active = :active WHERE name = 'pages-worker'"
    await said_to_record(site, put, active=False)
    try:
        assert (await stand_at(terminal)).status_code == 401
    finally:
        await said_to_record(site, put, active=True)


async def test_whoever_signs_in_at_the_next_kiosk_has_left_this_one(
    plant: Plant, kiosk: httpx.AsyncClient
) -> None:
    async with kiosk_of(plant) as next_one:
        assert (await kiosk.get("/kiosk/home")).headers["location"] == "/kiosk"
        assert (await next_one.get("/kiosk/home")).status_code == 200


async def test_a_form_of_another_kiosk_signs_nobody_in(
    terminal: httpx.AsyncClient, plant: Plant
) -> None:
    async with httpx.AsyncClient(base_url=plant.url, headers=HTML) as other:
        foreign = form_token_in(await other.get("/kiosk"))
    await terminal.get("/kiosk")
    form = {"badge": WORKER, "pin": PIN, "form-token": foreign}
    assert (await terminal.post("/kiosk", data=form)).status_code == 403
    assert "session" not in terminal.cookies


async def test_six_digits_open_nothing_where_no_kiosk_stands(
    settings: Callable[[str], Settings], plant: Plant, pins: None
) -> None:
    """Not even with the cookie of one who stands at a kiosk."""
    site = Site(settings("gateway"))
    site.door = DoorSettings(kiosks="10.1.2.0/24, 10.9.0.7")
    door = create_door(site)
    cookies: dict[str, str] = {}
    for address, opens in (("10.1.2.3", True), ("10.9.0.7", True), ("10.9.0.8", False)):
        transport = httpx.ASGITransport(door, client=(address, 1))
        async with httpx.AsyncClient(
            transport=transport, base_url=plant.url, headers=HTML
        ) as browser:
            page = await browser.get("/kiosk")
            assert page.status_code == (200 if opens else 403)
            if opens:
                assert (await stand_at(browser)).status_code == 303
                cookies = dict(browser.cookies)
                continue
            assert "这里不是自助终端" in page.text
            browser.cookies.update(cookies)
            for path in ("/kiosk/home", "/kiosk/say"):
                assert (await browser.get(path)).status_code == 403
            form = {"badge": WORKER, "pin": PIN, "form-token": form_token(site, cookies["kiosk"])}
            sent = await browser.post("/kiosk", data=form)
            assert sent.status_code == 403
            assert "这里不是自助终端" in sent.text
    await site.readers.close()
    await site.engine.dispose()


# ---------------------------------------------------------------------------------- too often


async def test_too_many_tries_at_one_badge_are_told_when_to_come_again(
    terminal: httpx.AsyncClient,
) -> None:
    """And one who has no PIN is told the same."""
    for badge in (WORKER, "PG999"):
        for _ in range(BADGE_AT_KIOSK.burst):
            assert (await stand_at(terminal, badge, WRONG_PIN)).status_code == 401
        answer = await stand_at(terminal, badge.lower())
        assert answer.status_code == 429, "the right PIN does not help either"
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert "尝试次数过多" in answer.text
    assert (await stand_at(terminal, OFFICER)).status_code == 303, "who is next is let in"


async def test_a_right_pin_takes_no_place(terminal: httpx.AsyncClient) -> None:
    for _ in range(BADGE_AT_KIOSK.burst + 1):
        assert (await stand_at(terminal)).status_code == 303
        await terminal.get("/kiosk/out")


@pytest.mark.parametrize("many", ["badges at one kiosk", "kiosks at one badge"])
async def test_nobody_may_try_for_ever(
    settings: Callable[[str], Settings], pins: None, many: str
) -> None:
    site, tried = Site(settings("gateway")), 0

    async def try_on() -> None:
        nonlocal tried
        for tried in range(1000):
            one = f"{many} {tried}"
            badge, kiosk = (one, "10.0.0.1") if many.startswith("badges") else (WORKER, one)
            await site.throttle.at_kiosk(badge, kiosk).take()

    with pytest.raises(Problem) as refused:
        await try_on()
    assert refused.value.status == 429
    assert tried == (KIOSK if many.startswith("badges") else BADGE).burst
    await site.engine.dispose()


def test_a_million_pins_are_not_tried_in_a_persons_working_life() -> None:
    a_year = timedelta(days=365) / BADGE.every
    assert a_year < 1_000_000 / 50


# ---------------------------------------------------------------------------------------- out


@pytest.mark.parametrize("way", ["by hand", "by the clock"])
async def test_signing_out_leaves_nothing_in_the_browser(
    kiosk: httpx.AsyncClient, way: str
) -> None:
    token = kiosk.cookies["session"]
    await kiosk.post("/language", data={"language": "en", "next": "/kiosk/home"})
    if way == "by hand":
        answer = await send(kiosk, "/kiosk/home", "/kiosk/out")
    else:
        answer = await kiosk.get("/kiosk/out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk?ended=1")
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert answer.headers["cache-control"] == "no-store"
    assert not kiosk.cookies, "nor the language"
    assert "已退出" in (await kiosk.get("/kiosk?ended=1")).text
    kiosk.cookies.set("session", token)
    assert (await kiosk.get("/kiosk/home")).headers["location"] == "/kiosk"


@pytest.mark.parametrize(
    "change",
    [
        "seen_at = now() - interval '91 seconds'",
        "expires_at = now()",
        "seen_at = now() + interval '1 day'",
    ],
    ids=["unused for 90 s", "ten minutes old", "the clock was set back"],
)
async def test_a_kiosk_that_is_left_ends_by_itself(
    kiosk: httpx.AsyncClient, site: Home, change: str
) -> None:
    assert (await kiosk.get("/kiosk/home")).status_code == 200
    await aged(site, kiosk, change)
    for path in ("/kiosk/home", "/kiosk/proposals", "/kiosk/say"):
        led = await kiosk.get(path)
        assert (led.status_code, led.headers["location"]) == (303, "/kiosk")
    assert (await kiosk.get("/kiosk")).status_code == 200
    await kiosk.get("/kiosk/out")
    assert not kiosk.cookies


async def test_a_page_leaves_by_itself_when_the_session_ends(
    kiosk: httpx.AsyncClient, site: Home
) -> None:
    page = (await kiosk.get("/kiosk/home")).text
    assert '<meta http-equiv="refresh" content="90;url=/kiosk/out">' in page
    await aged(site, kiosk, "expires_at = now() + interval '30.5 seconds'")
    page = (await kiosk.get("/kiosk/home")).text
    found = re.search(r'content="(\d+);url=/kiosk/out"', page)
    assert found
    assert 25 <= int(found[1]) <= 30, "ten minutes are the end, however busy it is"


async def test_whoever_is_still_here_has_more_time(kiosk: httpx.AsyncClient, site: Home) -> None:
    token = {"form-token": form_token_in(await kiosk.get("/kiosk/home"))}
    for _ in range(3):
        await aged(site, kiosk, "seen_at = now() - interval '60 seconds'")
        told = await kiosk.post("/kiosk/still", data=token, headers={"Accept": "application/json"})
        assert told.status_code == 204
        assert int(told.headers["session-seconds"]) == 90
    back = await kiosk.post("/kiosk/still", data=token | {"next": "/kiosk/mine"})
    assert (back.status_code, back.headers["location"]) == (303, "/kiosk/mine")
    away = await kiosk.post("/kiosk/still", data=token | {"next": "//elsewhere"})
    assert away.headers["location"] == "/kiosk/home"
    await aged(site, kiosk, "seen_at = now() - interval '91 seconds'")
    over = await kiosk.post("/kiosk/still", data=token, headers={"Accept": "application/json"})
    assert over.status_code == 401


async def test_the_clock_of_a_kiosk_ends_no_session_that_began_elsewhere(plant: Plant) -> None:
    async with browser_of(plant, "pages-worker") as browser:
        assert (await browser.get("/kiosk/out")).headers["location"] == "/kiosk"
        assert (await browser.get("/account")).status_code == 200
        for path in ("/kiosk/home", "/kiosk/say"):
            assert (await browser.get(path)).headers["location"] == "/kiosk"


# --------------------------------------------------------------------------- the next person


TYPED = {"title": "更衣室太冷 kept-at-kiosk", "body": "冬天", "category": "welfare"}


async def lost(kiosk: httpx.AsyncClient, site: Home) -> httpx.Response:
    """Sent when the time was over."""
    hidden = hidden_in(await kiosk.get("/kiosk/say"), "/kiosk/say")
    await aged(site, kiosk, "seen_at = now() - interval '91 seconds'")
    page = await kiosk.post("/kiosk/say", data=hidden | TYPED)
    assert page.status_code == 401
    assert "kept-at-kiosk" not in re.sub(r'<input type="hidden"[^>]*>', "", page.text)
    assert 'content="90;url=/kiosk/out"' in page.text, "it does not stay there either"
    return page


async def test_what_was_typed_is_given_back_to_its_writer(
    kiosk: httpx.AsyncClient, site: Home
) -> None:
    page = await lost(kiosk, site)
    back = await kiosk.post(
        "/kiosk", data=hidden_in(page, "/kiosk") | {"badge": WORKER, "pin": PIN}
    )
    assert back.status_code == 200
    again = await kiosk.post("/kiosk/say", data=hidden_in(back, "/kiosk/say"))
    assert 'value="更衣室太冷 kept-at-kiosk"' in again.text
    sent = await kiosk.post("/kiosk/say", data=hidden_in(again, "/kiosk/say") | TYPED)
    assert sent.headers["location"].startswith("/kiosk/proposals/")


async def test_what_was_typed_is_not_given_to_the_next_person(
    kiosk: httpx.AsyncClient, site: Home
) -> None:
    page = await lost(kiosk, site)
    form = hidden_in(page, "/kiosk") | {"badge": OFFICER, "pin": PIN}
    other = await kiosk.post("/kiosk", data=form)
    assert (other.status_code, other.headers["location"]) == (303, "/kiosk/home")
    shown = (await kiosk.get("/kiosk/home")).text
    assert "kept-at-kiosk" not in shown
    assert "属于另一个账号" in shown


async def test_nothing_that_is_typed_into_is_filled_in_by_the_browser(
    kiosk: httpx.AsyncClient, terminal: httpx.AsyncClient
) -> None:
    for page in (await terminal.get("/kiosk"), await kiosk.get("/kiosk/say")):
        forms = re.findall(r"(<form\b[^>]*>)(.*?)</form>", page.text, re.DOTALL)
        filled_in = [tag for tag, inside in forms if "<label" in inside]
        assert filled_in
        assert all('autocomplete="off"' in tag for tag in filled_in)
