"""`/account/messages`: off by itself, and an address counts once its code was typed."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from services.gateway.telling.confirming import TRIES
from tests.pages.conftest import WORKER, fill, hidden_in
from tests.pages.telling.conftest import Chat, Gateway, Mail

PATH, CODE = "/account/messages", "/account/messages/code"
ADDRESS = "wang+tongxin@company.example"
DAILY = {"every": "day", "hour": "7", "address": ADDRESS}


@pytest.fixture
async def mine(gateway: Gateway, mail: Mail) -> AsyncIterator[httpx.AsyncClient]:
    """The worker's browser, at a gateway that sends by mail."""
    gateway.channel(mail.template)
    async with await gateway.browser("pages-worker") as browser:
        yield browser


async def digests(gateway: Gateway) -> int:
    return int(await gateway.said("SELECT count(*) FROM digest"))


async def code_in(mail: Mail) -> str:
    [code] = re.findall(r"\b\d{6}\b", mail.text())
    return str(code)


async def test_where_nothing_is_set_up_the_page_says_so_and_takes_nothing(gateway: Gateway) -> None:
    async with await gateway.browser("pages-worker") as browser:
        page = await browser.get(PATH)
        assert "信息管理员尚未为本站设置邮件或企业聊天" in page.text
        assert "<select" not in page.text
        assert f'action="{PATH}"' not in page.text
        form = hidden_in(await browser.get("/account"), "/account/sign-out-everywhere")
        refused = await browser.post(PATH, data=form | DAILY)
        assert refused.status_code == 409
    assert await digests(gateway) == 0


async def test_nothing_is_sent_until_the_code_that_came_to_the_address_was_typed(
    gateway: Gateway, mine: httpx.AsyncClient, mail: Mail
) -> None:
    page = (await mine.get(PATH)).text
    assert re.search(r'value="off" checked', page), "quiet unless asked"
    sent = await fill(mine, PATH, **DAILY)
    assert (sent.status_code, sent.headers["location"]) == (303, PATH)
    assert await digests(gateway) == 0
    [(to, message)] = mail.got
    assert to == ADDRESS
    assert message["subject"] == "同心：这是您的地址吗？"
    code = await code_in(mail)
    kept = str(await gateway.said("SELECT digest_asked::text FROM digest_asked"))
    for secret in (code, ADDRESS, ADDRESS.encode().hex()):
        assert secret not in kept
    wrong = await fill(mine, PATH, CODE, code=str((int(code) + 1) % 1_000_000).zfill(6))
    assert wrong.status_code == 422
    assert "验证码不对或已过期" in wrong.text
    assert await digests(gateway) == 0
    done = await fill(mine, PATH, CODE, code=f" {code} ")
    assert done.status_code == 303, done.text
    page = (await mine.get(PATH)).text
    assert re.search(r'value="day" checked', page)
    assert ADDRESS in page
    assert "下次查看" in page
    assert ADDRESS not in str(await gateway.said("SELECT digest::text FROM digest"))
    assert len(mail.got) == 1

    changed = await fill(mine, PATH, every="week", hour="18", address=ADDRESS)
    assert changed.status_code == 303
    assert len(mail.got) == 1, "the same address needs no other code"
    assert await gateway.said("SELECT every || hour FROM digest") == "week18"
    assert (await fill(mine, PATH, every="off", hour="", address="")).status_code == 303
    assert await digests(gateway) == 0


async def test_a_code_is_good_for_a_few_tries_and_a_quarter_of_an_hour(
    gateway: Gateway, mine: httpx.AsyncClient, mail: Mail
) -> None:
    await fill(mine, PATH, **DAILY)
    code = await code_in(mail)
    form = hidden_in(await mine.get(PATH), CODE)
    for _ in range(TRIES):
        assert (await mine.post(CODE, data=form | {"code": "nine"})).status_code == 422
    late = await mine.post(CODE, data=form | {"code": code})
    assert late.status_code == 422
    assert await digests(gateway) == 0
    await fill(mine, PATH, **DAILY)
    await gateway.said("UPDATE digest_asked SET expires_at = now()")
    again = await mine.post(CODE, data=form | {"code": await code_in(mail)})
    assert again.status_code == 422
    assert await digests(gateway) == 0


async def test_nobody_can_be_pestered_with_codes(
    mine: httpx.AsyncClient, gateway: Gateway, mail: Mail
) -> None:
    answers = [(await fill(mine, PATH, **DAILY)).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    async with await gateway.browser("pages-leader") as another:
        pestered = await fill(another, PATH, **DAILY | {"address": ADDRESS.upper()})
    assert pestered.status_code == 429
    assert "请半小时后再试" in pestered.text
    assert len(mail.got) == 3


async def test_what_cannot_be_gets_the_form_again_with_what_was_typed(
    mine: httpx.AsyncClient, gateway: Gateway, mail: Mail
) -> None:
    for wrong, said in (
        ({"every": "hour"}, "请选择一项"),
        ({"every": ""}, "请填写"),
        ({"hour": "5"}, "不能小于 6"),
        ({"hour": "22"}, "不能大于 21"),
        ({"hour": "eight"}, "整数"),
        ({"address": ""}, "请填写"),
        ({"address": "o'neil@company.example"}, "无法发到这个地址"),
        ({"address": "a@x.example,b@x.example"}, "无法发到这个地址"),
        ({"address": "a" * 300 + "@x.example"}, "最多"),
    ):
        answer = await fill(mine, PATH, **DAILY | wrong)
        assert answer.status_code == 422, wrong
        assert said in answer.text, (wrong, answer.text)
        assert 'aria-invalid="true"' in answer.text
    assert not mail.got
    mail.refuses = True
    away = await fill(mine, PATH, **DAILY)
    assert away.status_code == 503
    assert ADDRESS in away.text
    assert "没有发出" in away.text
    assert CODE not in (await mine.get(PATH)).text, "no code waits that nobody was sent"
    assert await digests(gateway) == 0


async def test_a_chat_that_knows_people_by_number_asks_for_no_address(
    gateway: Gateway, chat: Chat
) -> None:
    gateway.channel(chat.template.replace("{address}", "{employee}"))
    async with await gateway.browser("pages-worker") as browser:
        page = (await browser.get(PATH)).text
        assert 'name="address"' not in page
        assert WORKER not in page
        assert (await fill(browser, PATH, every="day", hour="8")).status_code == 303
    assert await digests(gateway) == 1
    async with await gateway.browser("pages-it") as browser:
        refused = await fill(browser, PATH, every="day", hour="8")
        assert refused.status_code == 409
        assert "没有可以接收消息的工号" in refused.text
    assert await digests(gateway) == 1


async def test_who_was_signed_out_meanwhile_loses_nothing(
    mine: httpx.AsyncClient, gateway: Gateway
) -> None:
    form = hidden_in(await mine.get(PATH), PATH) | DAILY
    mine.cookies.delete("session")
    for path in (PATH, CODE):
        asked = await mine.post(path, data=form)
        assert asked.status_code == 401
        assert ADDRESS in asked.text
    assert (await mine.get(CODE)).status_code == 303
    assert await digests(gateway) == 0


@pytest.mark.parametrize("path", [PATH, "/account"])
async def test_the_page_asks_little(mine: httpx.AsyncClient, path: str) -> None:
    page = await mine.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert f'href="{PATH}"' in page.text or path == PATH
