"""What is held of oneself, on its pages and through the API: what is asked to be corrected, what an
officer answers, and what is taken along."""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from typing import Any, get_args

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.pages import holdings, own_words
from services.gateway.pages.languages import CHINESE, speaking
from services.gateway.readings import LISTS
from shared.contracts import democracy, membership, training, welfare
from shared.contracts.membership import CorrectionAbout, CorrectionOutcome
from shared.messages import Query, messages_in
from shared.settings import Settings
from tests.pages.conftest import (
    HEAD_OFFICER,
    OFFICER,
    TEAM,
    WORKER,
    Plant,
    browser_of,
    fill,
    said_to_record,
)
from tests.pages.counting import asking, counted
from tests.pages.test_places import rows_of
from tests.pages.test_readings import got, id_of
from tests.statements import read_statements

WRONG = "工龄少算了一年 wrong-9182"


@pytest.fixture(autouse=True)
async def nothing_waits(plant: Plant) -> AsyncIterator[None]:
    """What a test asked to be corrected does not wait for an answer on the pages of other tests."""
    yield
    asked = (await got(plant, "pages-worker", "membership/own-corrections")).json()
    for each in asked["items"]:
        if each["state"] in {"open", "with-hr"}:
            body = {"correction": each["correction"]}
            await plant.say("pages-worker", "membership/withdraw-correction", body)


async def asked_of(plant: Plant, **fields: str) -> str:
    body = {"about": "work", "wrong": WRONG} | fields
    return await plant.say("pages-worker", "membership/ask-correction", body)


def test_whatever_is_put_on_record_has_words() -> None:
    recorded = {
        f"{kind.owner()}.{kind.slug()}"
        for kind in messages_in(democracy, membership, training, welfare)
        if issubclass(kind, Query) and kind.recorded
    }
    there_are = recorded | {"views.person", "views.visits", "gateway.own-data"}
    assert len(set(holdings.READ) & there_are) > 15
    with speaking(CHINESE):
        assert holdings.read_word("membership.newer") == "关于您的其他信息"
    assert set(LISTS) < there_are
    assert set(own_words.CORRECTION_ABOUT) == set(get_args(CorrectionAbout))
    assert set(own_words.CORRECTION_OUTCOMES) == set(get_args(CorrectionOutcome))
    assert {kind.about for kind in holdings.KINDS} <= set(get_args(CorrectionAbout))
    assert {kind.service for kind in holdings.KINDS} == set(holdings.SERVICES)


# -------------------------------------------------------------------------------- the pages


async def test_a_person_sees_what_is_held_why_and_who_read_it(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    await got(plant, "pages-officer", "membership/member-record", employee=WORKER)
    page = await worker.get("/me/data")
    assert page.status_code == 200
    for said in ("我的信息", "来自人事", "您的会员档案", "李干事", "来自您本人"):
        assert said in page.text, said
    whole = await worker.get("/me/readings")
    assert "您的会员档案" in whole.text
    _, first, *_ = rows_of(await worker.get("/me/readings.xlsx"))
    assert (first[1], first[4]) == ("您的会员档案", "李干事")
    lists = await worker.get("/me/readings?lists=true")
    assert lists.status_code == 200
    assert 'href="/me/data"' in (await worker.get("/account")).text


async def test_a_person_asks_and_an_officer_answers(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    sent = await fill(
        worker, "/me/corrections/new?about=work", "/me/corrections/new", about="work", wrong=WRONG
    )
    assert sent.status_code == 303, sent.text
    where = sent.headers["location"]
    page = await worker.get(where)
    assert WRONG in page.text
    assert "已提出。" in page.text
    assert f'href="{where}"' in (await worker.get("/me/data")).text
    assert f'href="{where}"' in (await worker.get("/work")).text

    assert 'href="/corrections"' in (await officer.get("/work")).text
    assert f'href="{where}"' in (await officer.get("/corrections")).text
    assert WRONG not in (await officer.get("/corrections")).text
    opened = await officer.get(where)
    assert WRONG in opened.text
    assert f'href="{where}/to-hr"' in opened.text
    moved = await fill(officer, f"{where}/to-hr", note="已函告人事")
    assert moved.status_code == 303, moved.text
    nothing = await fill(officer, f"{where}/answer", outcome="corrected", reason="")
    assert nothing.status_code == 422
    answered = await fill(officer, f"{where}/answer", outcome="in-part", reason="补了半年")
    assert answered.status_code == 303, answered.text
    for said in ("部分更正", "补了半年", "已函告人事", "李干事", "人民法院"):
        assert said in (await worker.get(where)).text, said
    assert f'href="{where}"' in (await worker.get("/work")).text, "an answer is news"
    assert f'href="{where}"' in (await officer.get("/corrections?state=settled")).text
    again = await fill(officer, f"{where}/answer", outcome="corrected", reason="再答")
    assert again.status_code == 409
    assert "再答" in again.text
    read = await worker.get("/me/readings")
    assert "您提出的更正要求" in read.text, "that the officer read it is told"


async def test_a_person_takes_it_back(worker: httpx.AsyncClient, plant: Plant) -> None:
    id = await asked_of(plant)
    assert f'href="/corrections/{id}/withdraw"' in (await worker.get(f"/corrections/{id}")).text
    back = await fill(worker, f"/corrections/{id}/withdraw")
    assert back.status_code == 303, back.text
    assert "已撤回" in (await worker.get(f"/corrections/{id}")).text
    assert f'href="/corrections/{id}/withdraw"' not in (await worker.get(f"/corrections/{id}")).text


async def test_others_are_shown_nothing_of_it(
    plant: Plant, manager: httpx.AsyncClient, leader: httpx.AsyncClient
) -> None:
    id = await asked_of(plant)
    for browser in (manager, leader):
        for path in ("", "/answer", "/to-hr", "/withdraw"):
            assert (await browser.get(f"/corrections/{id}{path}")).status_code == 403
        assert (await browser.get("/corrections")).status_code == 403
    async with browser_of(plant, "pages-hr") as hr:
        assert (await hr.get(f"/corrections/{id}")).status_code == 200
        union = await asked_of(plant, about="dues")
        assert (await hr.get(f"/corrections/{union}")).status_code == 403


async def test_what_was_typed_comes_back_with_what_is_wrong(worker: httpx.AsyncClient) -> None:
    sent = await fill(worker, "/me/corrections/new", about="no-such", wrong=WRONG)
    assert sent.status_code == 422
    assert WRONG in sent.text
    assert 'href="#about"' in sent.text


@pytest.mark.parametrize("id", ["x", "01a2082a-5b86-745c-97fe-000000000009"])
async def test_what_is_no_request_is_not_there(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, id: str
) -> None:
    assert (await head_officer.get(f"/corrections/{id}")).status_code == 404
    assert (await officer.get(f"/corrections/{id}")).status_code in (403, 404)


async def test_the_sheet_has_what_the_page_has_and_no_words_of_it(
    plant: Plant, officer: httpx.AsyncClient
) -> None:
    await asked_of(plant)
    head, *rows = rows_of(await officer.get("/corrections.xlsx?state=waiting"))
    assert head[0] == "工号"
    assert WORKER in {row[0] for row in rows}
    assert not any(WRONG in str(cell) for row in rows for cell in row)


# ------------------------------------------------------------------------------ taken along


def unpacked(answer: httpx.Response) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """The data and the readings for machines, and what people read."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert sorted(file.namelist()) == ["data.html", "data.json", "readings.json"]
        told, read = (json.loads(file.read(name)) for name in ("data.json", "readings.json"))
        return told, read, file.read("data.html").decode()


async def test_all_that_is_held_is_taken_along_and_nothing_of_others(
    worker: httpx.AsyncClient, plant: Plant, site: Home
) -> None:
    await asked_of(plant, wrong=WRONG)
    hidden = await plant.propose("导出 hidden", hidden=True)
    visit = await plant.say(
        "pages-officer",
        "welfare/log-visit",
        {
            "employee": WORKER,
            "occasion": "hospital",
            "on": "2024-05-01",
            "visitors": [OFFICER],
            "note": "note-5521",
        },
    )
    await got(plant, "pages-officer", "membership/member-record", employee=WORKER)
    told, read, page = unpacked(await worker.get("/me/data.zip"))
    services = told["services"]
    assert set(services) == {"membership", "welfare", "training", "democracy", "gateway"}
    assert WRONG in {row["wrong"] for row in services["membership"]["correction"]}
    assert hidden in {row["proposal"] for row in services["democracy"]["proposal"]}
    notes = {row["visit"]: row["note"] for row in services["welfare"]["visit"]}
    assert notes[visit] == "note-5521"
    assert read[0]["subject"] == "membership.member-record"
    for said in (WRONG, "导出 hidden", "note-5521", "王&lt;小&gt;明", "李干事"):
        assert said in page, said
    whole = json.dumps(told, ensure_ascii=False) + page
    for other in (OFFICER, HEAD_OFFICER, "pages-officer", await id_of(site, OFFICER)):
        assert other not in whole, other


async def test_what_an_officer_read_of_others_is_not_in_what_they_take_along(
    officer: httpx.AsyncClient, plant: Plant
) -> None:
    await got(plant, "pages-officer", "membership/member-record", employee=WORKER)
    told, _, page = unpacked(await officer.get("/me/data.zip"))
    assert WORKER not in json.dumps(told) + page
    assert "membership.member-record" in page, "that one read something is one's own"


async def test_taking_along_is_on_record_and_leaves_no_copy(
    worker: httpx.AsyncClient, site: Home
) -> None:
    count = "SELECT count(*) FROM audit WHERE subject LIKE '%.own-data' AND about = :employee"
    before = await said_to_record(site, count, employee=WORKER)
    files = set(site.path.rglob("*.zip"))
    assert (await worker.get("/me/data.zip")).status_code == 200
    assert await said_to_record(site, count, employee=WORKER) == before + 5
    assert set(site.path.rglob("*.zip")) == files
    whole = await worker.get("/me/data/all")
    assert "全部信息" in whole.text
    assert 'href="/me/data.zip"' in (await worker.get("/me/data")).text


async def test_an_account_that_is_nobodys_has_nothing_to_take_along(plant: Plant) -> None:
    async with browser_of(plant, "pages-it") as it:
        for path in ("/me/data.zip", "/me/data/all", "/me/data", "/me/readings"):
            assert (await it.get(path)).status_code == 403


MOST = {
    "/me/data": 2,
    "/me/readings": 1,
    "/me/readings.xlsx": 1,
    "/me/readings?lists=true": 2,
    "/me/data/all": 3,
    "/me/data.zip": 4,
    "/me/corrections/new": 0,
    "/corrections": 1,
    "/corrections.xlsx": 0,
    "/corrections/{id}": 0,
    "/corrections/{id}/answer": 0,
    "/corrections/{id}/to-hr": 0,
    "/corrections/{id}/withdraw": 0,
}


@pytest.mark.parametrize("path", MOST)
async def test_a_page_asks_the_views_little(
    plant: Plant, settings: Callable[[str], Settings], path: str
) -> None:
    id = await asked_of(plant) if "{id}" in path else ""
    await got(plant, "pages-head", "membership/roll", unit=TEAM)
    async with (
        counted(plant, settings("gateway"), "pages-officer") as (browser, site),
        asking(site),
        read_statements(site.readers) as said,
    ):
        answer = await browser.get(path.format(id=id))
    assert answer.status_code == 200, answer.text
    assert len(said) == MOST[path], said
