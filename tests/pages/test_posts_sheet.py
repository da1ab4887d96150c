"""Posts that come in by the sheet: step by step, row by row."""

import io
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from deploy.local.home import Home
from shared.settings import Settings
from shared.testing import eventually
from tests.pages.conftest import (
    LEADER,
    MANAGER,
    OFFICER,
    PLANT,
    TEAM,
    WORKER,
    Plant,
    browser_of,
    hidden_in,
    said_to_record,
)
from tests.pages.counting import asking, counted
from tests.sheets_in.made import book
from tests.statements import read_statements

PATH = "/posts/sheet"
HEADER = ("职工编号", "职务", "单位代码", "任职日期", "届满日期")


@pytest.fixture
async def it(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(plant, "pages-it") as browser:
        yield browser


async def bring(
    browser: httpx.AsyncClient,
    content: bytes,
    name: str = "posts.xlsx",
    path: str = PATH,
    **typed: str,
) -> httpx.Response:
    form = hidden_in(await browser.get(path), path) | typed
    return await browser.post(path, data=form, files={"files": (name, content)})


async def step(browser: httpx.AsyncClient, page: str, step: str, **typed: str) -> httpx.Response:
    """Opens the page of the sheet, or of its columns, and sends the form of that step."""
    opened = await browser.get(page if step != "columns" else f"{page}/columns")
    return await browser.post(
        f"{page}/{step}", data=hidden_in(opened, f"{page}/{step}") | chosen_in(opened) | typed
    )


def chosen_in(page: httpx.Response) -> dict[str, str]:
    """What its lists stand at."""
    lists = re.findall(r'<select id="([^"]+)".*?</select>', page.text, re.DOTALL)
    bodies = re.findall(r"<select .*?</select>", page.text, re.DOTALL)
    found = {}
    for name, body in zip(lists, bodies, strict=True):
        if chosen := re.search(r'<option value="([^"]*)" selected', body):
            found[name] = chosen[1]
    return found


async def tried(
    browser: httpx.AsyncClient, content: bytes, path: str = PATH, name: str = "a.xlsx", **typed: str
) -> str:
    """Brings a sheet and tries it with the columns as they are guessed; the path of its page."""
    answer = await bring(browser, content, name, path, **typed)
    assert answer.status_code == 303, answer.text
    page = answer.headers["location"].removesuffix("/columns")
    answer = await step(browser, page, "columns")
    assert (answer.status_code, answer.headers.get("location")) == (303, page), answer.text
    return page


async def rows_of(browser: httpx.AsyncClient, page: str, query: str = "") -> list[tuple[Any, ...]]:
    """The account as a sheet, without its head."""
    answer = await browser.get(f"{page}/rows.xlsx{query}")
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.content))
    assert book.active
    return [tuple(row) for row in book.active.iter_rows(min_row=2, values_only=True)]


async def test_each_row_is_appointed_or_refused_with_its_reason_and_nothing_twice(
    it: httpx.AsyncClient, site: Home
) -> None:
    content = book(
        ["任职名单"],
        HEADER,
        [WORKER, "班组长", TEAM, "2180-01-01", "2180-02-01"],
        [LEADER, "工会干事", TEAM, "2180/1/1", None],
        ["PG999", "chair", TEAM, "2180-01-01", None],
        [MANAGER, "皇帝", TEAM, "2180-01-01", None],
        [MANAGER, "chair", "no-such", "2180-01-01", None],
        [MANAGER, "chair", TEAM, "2180-13-01", None],
        [MANAGER, "chair", TEAM, "2180-02-01", "2180-01-01"],
        [WORKER, "leader", TEAM, "2180-01-15", None],
        [None, "leader", TEAM, "2180-01-15", None],
    )
    page = await tried(it, content)
    seen = await it.get(page)
    assert "目前没有改动任何数据" in seen.text
    refused = [(row[0], row[1], row[3]) for row in await rows_of(it, page) if row[2] == "被拒绝"]
    assert [row[:2] for row in refused] == [
        (5, "PG999"),
        (6, MANAGER),
        (7, MANAGER),
        (8, MANAGER),
        (9, MANAGER),
        (10, WORKER),
        (11, None),
    ], refused
    assert [row[2] for row in refused][:6] == [
        "没有这个工号。",
        "没有这个职务。",
        "没有这个代码的单位。",
        "日期无效，请写成 2026-09-01 这样。",
        "结束日期要在开始日期之后。",
        "表中重复，以第一行为准。",
    ], refused
    assert not await posts_in_2180(it), "trying changes nothing"
    again = await rows_of(it, page, "?only=refused")
    assert again[0][:5] == ("PG999", "chair", TEAM, "2180-01-01", None)
    assert again[0][5] == "没有这个工号。"

    answer = await step(it, page, "do")
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert "逐行结果" in (await it.get(page)).text
    assert await posts_in_2180(it) == {WORKER, LEADER}
    done = [row[1] for row in await rows_of(it, page) if row[2] == "已任命"]
    assert done == [WORKER, LEADER]
    # A second press, and the same sheet again, appoint nobody twice.
    form = {"form-token": hidden_in(await it.get("/posts/new"), "/posts/new")["form-token"]}
    assert (await it.post(f"{page}/do", data=form)).status_code == 303
    page = await tried(it, content)
    assert {row[2] for row in await rows_of(it, page)} == {"被拒绝"}
    for employee in (WORKER, LEADER):
        await end(it, employee)


async def posts_in_2180(it: httpx.AsyncClient) -> set[str]:
    page = await it.get("/posts", params={"unit": PLANT, "limit": "1000"})
    rows = re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL)
    return {found[0] for row in rows if "2180" in row and (found := re.findall(r"PG\d+", row))}


async def end(it: httpx.AsyncClient, employee: str) -> None:
    page = await it.get("/posts", params={"unit": PLANT, "limit": "1000"})
    rows = re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL)
    row = next(row for row in rows if "2180" in row and employee in row)
    path = re.findall(r'href="(/posts/[^"]+/end)"', row)[0]
    opened = await it.get(path)
    ended = await it.post(path, data=hidden_in(opened, path) | {"on": "2180-01-01"})
    assert ended.status_code == 303, ended.text


async def test_rights_are_looked_at_row_by_row(plant: Plant, it: httpx.AsyncClient) -> None:
    chair = {"employee": OFFICER, "role": "chair", "unit": TEAM, "on": "2023-01-01"}
    post = await plant.say("pages-it", "membership/appoint-post", chair)
    try:
        async with browser_of(plant, "pages-officer") as browser:

            async def is_chair() -> bool:
                return (await browser.get(PATH)).status_code == 200

            await eventually(is_chair)
            rows = [[WORKER, "班组长", unit, "2181-01-01", None] for unit in (TEAM, PLANT)]
            page = await tried(browser, book(HEADER, *rows))
            assert [row[2:] for row in await rows_of(browser, page)] == [
                ("将任命", None),
                ("被拒绝", "您的职务不允许在这里这样做。"),
            ]
            other = await it.get(page)
            assert other.headers["location"] == PATH, "another's sheet is not there"
    finally:
        await plant.say("pages-it", "membership/end-post", {"post": post, "on": "2023-01-01"})


async def test_columns_are_put_right_and_remembered(it: httpx.AsyncClient) -> None:
    header, row = ("甲", "乙", "丙丁"), [WORKER, "leader", TEAM]
    answer = await bring(it, book(header, row))
    page = answer.headers["location"]
    assert not chosen_in(await it.get(page)), "nothing could be guessed"
    wrong = await step(it, page.removesuffix("/columns"), "columns", **{"column-employee": "0"})
    assert wrong.status_code == 422
    assert "请填写。" in wrong.text
    columns = {"column-employee": "0", "column-role": "1", "column-unit": "1"}
    twice = await step(it, page.removesuffix("/columns"), "columns", **columns)
    assert twice.status_code == 422
    assert "这一列已经用作别的项目" in twice.text
    columns["column-unit"] = "2"
    good = await step(it, page.removesuffix("/columns"), "columns", **columns)
    assert good.status_code == 303
    again = await bring(it, book(header, row))
    assert chosen_in(await it.get(again.headers["location"])) == columns


async def test_a_file_that_is_no_sheet_is_named_and_nothing_is_kept(it: httpx.AsyncClient) -> None:
    answer = await bring(it, b"%PDF-1.7\n\0", "名单.pdf")
    assert answer.status_code == 422
    assert "名单.pdf不是 Excel 表格" in answer.text
    form = hidden_in(await it.get(PATH), PATH)
    nothing = await it.post(PATH, data=form, files={"files": ("", b"")})
    assert nothing.status_code == 422
    many = b"a,b\n" + b"1,2\n" * 2001
    assert "最多 2000 行" in (await bring(it, many, "a.csv")).text


async def test_a_sheet_that_is_deleted_is_gone(it: httpx.AsyncClient, site: Home) -> None:
    page = await tried(it, book(HEADER, [WORKER, "leader", TEAM]))
    assert (await step(it, page, "drop")).headers["location"] == "/posts"
    assert (await it.get(page)).headers["location"] == PATH
    left = "SELECT count(*) FROM sheet_in WHERE id = CAST(:id AS uuid)"
    assert await said_to_record(site, left, id=page.rpartition("/")[2]) == 0


async def test_its_pages_ask_the_views_nothing(
    plant: Plant, settings: Callable[[str], Settings], it: httpx.AsyncClient
) -> None:
    page = await tried(it, book(HEADER, [WORKER, "leader", TEAM]))
    async with counted(plant, settings("gateway"), "pages-it") as (browser, site), asking(site):
        await browser.get(page)
        for path in (PATH, page, f"{page}/columns", f"{page}/rows.xlsx"):
            async with read_statements(site.readers) as said:
                assert (await browser.get(path)).status_code == 200, path
            assert not said
