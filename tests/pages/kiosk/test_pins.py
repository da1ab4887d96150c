"""PINs: which are refused, how they are kept, and how one comes to one's own."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from deploy.local.gateway import gateway_session, pin_key
from deploy.local.home import Home
from services.gateway.accounts import keep_account
from services.gateway.pins import must_be_a_pin, plain
from services.gateway.site import Site
from shared.rights import RuleBroken
from shared.settings import Settings
from tests.pages.conftest import (
    PASSWORD,
    WORKER,
    Plant,
    browser_of,
    form_token_in,
    said_to_record,
    send,
)
from tests.pages.kiosk.conftest import OTHER_PIN, PIN, give_pin, stand_at

KEPT = "SELECT pin_hash FROM account WHERE name = 'pages-worker'"


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("", "pin-no-digits"),
        ("58026", "pin-no-digits"),
        ("5802640", "pin-no-digits"),
        ("58O264", "pin-no-digits"),
        ("580264\n", "pin-no-digits"),
        ("٥٨٠٢٦٤", "pin-no-digits"),
        ("111111", "pin-repeats"),
        ("121212", "pin-repeats"),
        ("123123", "pin-repeats"),
        ("112233", "pin-repeats"),
        ("123321", "pin-repeats"),
        ("123456", "pin-in-order"),
        ("987654", "pin-in-order"),
        ("890123", "pin-in-order"),
        ("135791", "pin-in-order"),
        ("147258", "pin-in-order"),
        ("730461", "pin-on-the-badge"),
        ("860217", "pin-is-a-day"),
        ("960229", "pin-is-a-day"),
    ],
)
def test_a_pin_that_is_guessed_first_is_refused_with_the_reason(pin: str, code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        must_be_a_pin(pin, "D-0461")
    assert (refused.value.answer.code, refused.value.answer.status) == (code, 422)


@pytest.mark.parametrize("pin", ["580264", "947318", "970229", "004711"])
def test_any_other_pin_is_taken(pin: str) -> None:
    must_be_a_pin(pin, "D-0461")


def test_what_an_input_method_writes_is_digits() -> None:
    assert plain(" ５８０２６４ ") == "580264"


@pytest.fixture
async def gateway(settings: Callable[[str], Settings]) -> AsyncIterator[Site]:
    """One more gateway's connections, in this process."""
    site = Site(settings("gateway"))
    yield site
    await site.engine.dispose()


async def test_a_copy_of_the_table_does_not_tell_a_pin(site: Home, pins: None) -> None:
    """Not even to who tries all of them: the key is elsewhere."""
    kept = await said_to_record(site, KEPT)
    assert kept.startswith("$argon2id$")
    assert await pin_key(site).fits(kept, PIN)
    assert not await type(pin_key(site))(bytes(32)).fits(kept, PIN)


async def test_operator_and_gateway_have_the_same_key(gateway: Site, site: Home) -> None:
    assert gateway.pin_key == pin_key(site)


# -------------------------------------------------------------------------------- /account/pin


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pin": OTHER_PIN, "again": OTHER_PIN, "password": "not it"}, "密码不对"),
        ({"pin": OTHER_PIN, "again": PIN, "password": PASSWORD}, "不一样"),
        ({"pin": "111111", "again": "111111", "password": PASSWORD}, "重复"),
        ({"pin": "123456", "again": "123456", "password": PASSWORD}, "顺着来"),
        ({"pin": "860217", "again": "860217", "password": PASSWORD}, "日期"),
        ({"pin": "1", "again": "1", "password": PASSWORD}, "六位数字"),
        ({"deed": "take", "password": "not it"}, "密码不对"),
        ({}, "六位数字"),
    ],
)
async def test_what_cannot_be_is_said_and_the_pin_stays(
    plant: Plant, site: Home, pins: None, typed: dict[str, str], said: str
) -> None:
    before = await said_to_record(site, KEPT)
    async with browser_of(plant, "pages-worker") as browser:
        answer = await send(browser, "/account/pin", "/account/pin", **typed)
        assert answer.status_code == 422
        assert said in answer.text
        for value in typed.values():
            assert f'value="{value}"' not in answer.text or value == "take"
    assert await said_to_record(site, KEPT) == before


async def test_a_pin_is_set_with_the_password_and_what_the_old_one_opened_ends(
    plant: Plant, site: Home, kiosk: httpx.AsyncClient, terminal: httpx.AsyncClient
) -> None:
    fields = {"pin": OTHER_PIN, "again": OTHER_PIN, "password": PASSWORD}
    async with browser_of(plant, "pages-worker") as browser:
        done = await send(browser, "/account/pin", "/account/pin", **fields)
        assert (done.status_code, done.headers["location"]) == (303, "/account/pin")
        assert "数字密码已设好" in (await browser.get("/account/pin")).text
        assert (await browser.get("/account")).status_code == 200, "still signed in here"
    assert (await kiosk.get("/kiosk/home")).headers["location"] == "/kiosk"
    assert (await stand_at(terminal, pin=PIN)).status_code == 401
    assert (await stand_at(terminal, pin=OTHER_PIN)).status_code == 303
    noted = "SELECT subject FROM audit WHERE what = 'PIN changed' ORDER BY id DESC LIMIT 1"
    assert await said_to_record(site, noted) == "account"


async def test_whoever_wants_no_pin_has_none(
    plant: Plant, kiosk: httpx.AsyncClient, terminal: httpx.AsyncClient
) -> None:
    async with browser_of(plant, "pages-worker") as browser:
        taken = {"deed": "take", "password": PASSWORD}
        assert (await send(browser, "/account/pin", "/account/pin", **taken)).status_code == 303
        assert "取消数字密码" not in (await browser.get("/account/pin")).text
    assert (await kiosk.get("/kiosk/home")).headers["location"] == "/kiosk"
    assert (await stand_at(terminal)).status_code == 401


async def test_who_has_no_badge_has_no_pin(plant: Plant) -> None:
    async with browser_of(plant, "pages-it") as browser:
        assert (await browser.get("/account/pin")).status_code == 403
        assert "/account/pin" not in (await browser.get("/account")).text


async def test_who_has_no_password_here_is_told_where_a_pin_comes_from(
    plant: Plant, site: Home
) -> None:
    kept = "SELECT password_hash FROM account WHERE name = 'pages-worker'"
    put = "UPDATE account SET password_hash = :hash WHERE name = 'pages-worker'"
    before = await said_to_record(site, kept)
    async with browser_of(plant, "pages-worker") as browser:
        await said_to_record(site, put, hash=None)
        try:
            assert "公司账号" in (await browser.get("/account/pin")).text
        finally:
            await said_to_record(site, put, hash=before)


# ------------------------------------------------------------------------ one that IT has given


async def test_a_pin_that_was_given_opens_nothing_but_the_choice_of_another(
    plant: Plant, site: Home, terminal: httpx.AsyncClient
) -> None:
    await give_pin(site, "pages-worker", given=True)
    await stand_at(terminal)
    for path in ("/kiosk/home", "/kiosk/mine", "/kiosk/say"):
        led = await terminal.get(path)
        assert (led.status_code, led.headers["location"]) == (303, "/kiosk/pin")
    for typed, said in (
        ({"pin": PIN, "again": PIN}, "就是别人给的"),
        ({"pin": OTHER_PIN, "again": PIN}, "不一样"),
        ({"pin": "100001", "again": "100001"}, "重复"),
        ({}, "六位数字"),
    ):
        answer = await send(terminal, "/kiosk/pin", "/kiosk/pin", **typed)
        assert answer.status_code == 422
        assert said in answer.text
    before = terminal.cookies["session"]
    done = await send(terminal, "/kiosk/pin", "/kiosk/pin", pin=OTHER_PIN, again=OTHER_PIN)
    assert (done.status_code, done.headers["location"]) == (303, "/kiosk/home")
    assert terminal.cookies["session"] != before
    assert (await terminal.get("/kiosk/home")).status_code == 200
    noted = "SELECT subject FROM audit WHERE what = 'PIN changed' ORDER BY id DESC LIMIT 1"
    assert await said_to_record(site, noted) == "kiosk"


async def test_a_pin_of_ones_own_is_not_changed_at_a_kiosk(
    site: Home, kiosk: httpx.AsyncClient
) -> None:
    before = await said_to_record(site, KEPT)
    assert (await kiosk.get("/kiosk/pin")).headers["location"] == "/kiosk/home"
    changed = {"pin": OTHER_PIN, "again": OTHER_PIN}
    token = {"form-token": form_token_in(await kiosk.get("/kiosk/home"))}
    assert (await kiosk.post("/kiosk/pin", data=changed | token)).status_code == 303
    assert await said_to_record(site, KEPT) == before


async def test_a_pin_does_not_follow_an_account_to_another_badge(
    plant: Plant, site: Home, account: str
) -> None:
    for employee in (WORKER, WORKER, "PG099"):
        async with gateway_session(site) as session:
            await keep_account(session, account, employee=employee, roles=[])
            await session.commit()
        if employee == WORKER:
            await give_pin(site, account)
    kept = "SELECT pin_hash FROM account WHERE name = :name"
    assert await said_to_record(site, kept, name=account) is None
