"""What HR is told back, on its pages: who comes there, what they set, and telling again."""

import io
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import httpx
import openpyxl
import pytest
from standardwebhooks.webhooks import Webhook

from deploy.local.home import Home
from services.gateway.back.lanes import STREAM
from services.gateway.back.log import LoggedKind, State
from services.gateway.back.sending import OUTCOMES
from services.gateway.pages import back_words
from shared.contracts.back import SAID, Kind
from shared.settings import Settings
from shared.testing import eventually
from tests.back.conftest import HrSystem, hr_system
from tests.pages.conftest import Plant, browser_of, said_to_record, send
from tests.pages.counting import counted
from tests.statements import read_statements


@pytest.fixture
async def hr(tmp_path: Path) -> AsyncIterator[HrSystem]:
    async with hr_system(tmp_path) as system:
        yield system


@pytest.fixture
async def it(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(plant, "pages-it") as browser:
        yield browser


def secret_in(page: httpx.Response) -> str:
    found = re.search(r'<code id="secret">(whsec_[^<]+)</code>', page.text)
    assert found, page.text
    return found[1].replace("&#43;", "+")


async def added(browser: httpx.AsyncClient, url: str, *kinds: str) -> tuple[str, str]:
    """An address by the form; its id and its secret."""
    ticked = dict.fromkeys(kinds or ("course-completed",), "true")
    made = await send(browser, "/back/new", "/back/new", url=url, **ticked)
    assert made.status_code == 200, made.text
    found = re.search(r'href="/back/([0-9a-f-]{36})"', made.text)
    assert found
    return found[1], secret_in(made)


def test_every_code_has_its_word() -> None:
    assert set(back_words.ASKED) == set(get_args(Kind))
    assert set(back_words.KINDS) == set(SAID) == set(get_args(LoggedKind))
    assert set(back_words.STATES) == set(get_args(State))
    assert set(back_words.OUTCOMES) == set(OUTCOMES)


async def test_an_address_is_added_tested_changed_and_removed(
    it: httpx.AsyncClient, hr: HrSystem
) -> None:
    where = f"/{uuid4().hex}"
    id, secret = await added(it, hr.url + where)
    listed = await it.get("/back")
    assert hr.url + where in listed.text
    assert secret not in listed.text + (await it.get(f"/back/{id}")).text
    sent = await send(it, f"/back/{id}", f"/back/{id}", deed="test")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/back/log?subscription={id}")

    async def arrived() -> Any:
        return await hr.received(where)

    [one] = await eventually(arrived)
    Webhook(secret).verify(one["body"], one["headers"])

    async def logged() -> bool:
        return "已送达" in (await it.get(f"/back/log?subscription={id}")).text

    await eventually(logged)
    again = await send(it, f"/back/{id}", f"/back/{id}", deed="secret", overlap_hours="0")
    assert secret_in(again) != secret
    off = await send(it, f"/back/{id}", f"/back/{id}", deed="save", **{"member-joined": "true"})
    assert off.status_code == 303
    page = (await it.get(f"/back/{id}")).text
    assert 'value="true" checked' in page.partition('name="member-joined"')[2][:40]
    assert "停用" in page
    assert "发送测试" not in page
    gone = await send(it, f"/back/{id}", f"/back/{id}", deed="remove")
    assert (gone.status_code, gone.headers["location"]) == (303, "/back")
    assert (await it.get(f"/back/{id}")).status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": "http://hr.invalid/", "course-completed": "true"}, "不能发往这个地址"),
        ({"url": "https://169.254.169.254/", "course-completed": "true"}, "不能发往这个地址"),
        ({"url": "https://hr.invalid/"}, "请填写"),
        ({"url": "", "course-completed": "true"}, "请填写"),
    ],
)
async def test_what_cannot_be_comes_back_with_what_was_typed(
    it: httpx.AsyncClient, typed: dict[str, str], said: str
) -> None:
    answer = await send(it, "/back/new", "/back/new", **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed["url"]}"' in answer.text


async def test_a_stream_is_switched_on_with_kinds_only(it: httpx.AsyncClient) -> None:
    path = f"/back/{STREAM}"
    refused = await send(it, path, path, deed="save", active="true")
    assert refused.status_code == 422
    assert "至少选一项" in refused.text
    on = await send(it, path, path, deed="save", active="true", **{"member-joined": "true"})
    assert on.status_code == 303
    assert "删除" not in (await it.get(path)).text
    off = await send(it, path, path, deed="save", **{"member-joined": "true"})
    assert off.status_code == 303


async def given_up(it: httpx.AsyncClient, site: Home, hr: HrSystem) -> tuple[str, str]:
    """A delivery that nobody took; the id of its subscription and of its event."""
    id, _ = await added(it, f"{hr.url}/{uuid4().hex}")
    event = str(uuid4())
    await said_to_record(
        site,
        """WITH event AS (
            INSERT INTO back_event (id, kind, fact, stated_at)
            VALUES (:event, 'course-completed', '{"on": "2024-05-06"}', '2024-05-06T12:00Z')
        )
        INSERT INTO back_delivery
            (subscription, event, kind, state, tries, outcome, status, last_at)
        VALUES (:id, :event, 'course-completed', 'given-up', 10, 'status', 500, now())""",
        id=id,
        event=event,
    )
    return id, event


async def test_what_was_given_up_waits_for_it_and_is_told_again(
    it: httpx.AsyncClient, site: Home, hr: HrSystem
) -> None:
    id, event = await given_up(it, site, hr)
    assert "回告人事的事需要您处理" in (await it.get("/work")).text
    log = f"/back/log?state=given-up&subscription={id}"
    shown = await it.get(log)
    assert event in shown.text
    assert "对方没有收下" in shown.text
    told = await send(it, log, "/back/log", event=event, subscription=id)
    assert told.status_code == 303
    assert event not in (await it.get(log)).text
    state = "SELECT state FROM back_delivery WHERE event = :event"
    assert await said_to_record(site, state, event=event) == "pending"
    await send(it, f"/back/{id}", f"/back/{id}", deed="remove")


async def test_all_since_a_day_are_told_again(
    it: httpx.AsyncClient, site: Home, hr: HrSystem
) -> None:
    id, event = await given_up(it, site, hr)
    state = "SELECT state FROM back_delivery WHERE event = :event"
    await send(it, "/back/log", "/back/log", since="2024-05-07")
    assert await said_to_record(site, state, event=event) == "given-up"
    wrong = await send(it, "/back/log", "/back/log", since="gestern")
    assert wrong.status_code == 422
    await send(it, "/back/log", "/back/log", since="2024-05-06")
    assert await said_to_record(site, state, event=event) == "pending"
    await send(it, f"/back/{id}", f"/back/{id}", deed="remove")


async def test_the_log_goes_out_as_a_sheet(it: httpx.AsyncClient, site: Home, hr: HrSystem) -> None:
    id, event = await given_up(it, site, hr)
    answer = await it.get(f"/back/log.xlsx?subscription={id}")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)  # type: ignore[union-attr]
    assert [row[-1] for row in rows] == ["事件", event]
    assert rows[1][2] == "已放弃"
    await send(it, f"/back/{id}", f"/back/{id}", deed="remove")


@pytest.mark.parametrize("path", ["/back", "/back/new", "/back/log", f"/back/{STREAM}"])
async def test_it_is_for_hr_and_it(plant: Plant, worker: httpx.AsyncClient, path: str) -> None:
    assert (await worker.get(path)).status_code == 403
    async with browser_of(plant, "pages-hr") as browser:
        assert (await browser.get(path)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/back/log?state=lost", "/back/log?cursor=x", "/back/log.xlsx?a=1"]
)
async def test_what_is_asked_wrongly_is_said_so(it: httpx.AsyncClient, path: str) -> None:
    assert (await it.get(path)).status_code == 422
    assert (await it.get("/back/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/back", 1),
        ("/back/new", 0),
        ("/back/log", 2),
        ("/back/log.xlsx", 1),
        (f"/back/{STREAM}", 1),
        ("/work", 1),
    ],
)
async def test_a_page_asks_little(
    plant: Plant, settings: Callable[[str], Settings], path: str, most: int
) -> None:
    async with counted(plant, settings("gateway"), "pages-it") as (browser, site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            answer = await browser.get(path)
    assert answer.status_code == 200
    assert len(said) == most, said
