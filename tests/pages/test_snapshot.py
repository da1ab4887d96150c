"""HR's list comes in as a sheet: compared with the roll of its day, then taken into it."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from random import Random

import httpx
import pytest

from deploy.local.home import Home
from shared.messages import uuid7
from shared.settings import Settings
from tests import hr_feed
from tests.journeys.conftest import event
from tests.pages.conftest import Plant, browser_of, heard, said_to_record
from tests.pages.counting import asking, counted
from tests.pages.test_posts_sheet import bring, rows_of, step, tried
from tests.sheets_in.made import book
from tests.snapshot import lists as real
from tests.statements import read_statements

PATH = "/hr/snapshot"
OURS = "sn-"
HEADER = ("工号", "姓名", "单位代码", "岗位", "到岗日期")


@pytest.fixture
async def hr(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(plant, "pages-hr") as browser:
        yield browser


async def units(site: Home, *told: tuple[str, str, str]) -> None:
    """Code, kind, parent of each."""
    events = [
        event("unit-created", unit=code, name=code, kind=kind, parent=parent)
        for code, kind, parent in told
    ]
    await heard(site, *events)


async def heads(plant: Plant, on: str, before: str) -> dict[str, int]:
    headers = {"Authorization": f"Bearer {plant.tokens['pages-hr']}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=headers) as client:
        answer = await client.get("/api/v1/membership/heads", params={"on": on})
    by_unit: dict[str, int] = answer.json()["by_unit"]
    return {code: count for code, count in by_unit.items() if code.startswith(before)}


async def bring_and_do(
    hr: httpx.AsyncClient, content: bytes, name: str = "a.xlsx", *, ends: bool = False, **asked: str
) -> str:
    page = await tried(hr, content, PATH, name, **asked)
    missing = [row for row in await rows_of(hr, page) if row[2] == "花名册有，名单没有"]
    said = {"ends": "true", "count": str(len(missing))} if ends and missing else {}
    answer = await step(hr, page, "do", **said)
    assert (answer.status_code, answer.headers.get("location")) == (303, page), answer.text
    for _ in range(20):
        if "逐行结果" in (await hr.get(page)).text:
            return page
    raise AssertionError((await hr.get(page)).text)


async def test_the_real_feed_as_lists_gives_the_heads_of_the_feed(
    plant: Plant, site: Home, hr: httpx.AsyncClient
) -> None:
    """As of two earlier days and the last one, shuffled, and each of them twice."""
    said, days = hr_feed.events(), ("1990-01-01", "1995-01-01", "2002-08-01")
    tree = [each["data"] for each in said if each["type"] == "hr.unit-created"]
    below = {"plant": "workshop", "workshop": "team"}
    await units(
        site,
        (OURS + "company", "plant", "company"),
        *((OURS + each["unit"], below[each["kind"]], OURS + each["parent"]) for each in tree),
    )
    random = Random(1990)
    for day in days:
        for time in range(2):
            lines = real.rows(real.as_of(said, day), before=OURS)
            random.shuffle(lines)
            if time:
                text = io.StringIO()
                csv.writer(text).writerows([real.HEADER, *lines])
                content, name = text.getvalue().encode("gb18030"), "a.csv"
            else:
                content, name = book(real.HEADER, *lines), "a.xlsx"
            page = await bring_and_do(
                hr, content, name, ends=True, on=day, unit=OURS + "company", complete="true"
            )
            became = {row[2] for row in await rows_of(hr, page)}
            assert "被拒绝" not in became
            assert (
                became == {"与花名册一致"}
                if time
                else "新入册" in became or "调到别的单位" in became
            )
    for day in days:
        counted = zip(hr_feed.UNITS, hr_feed.HEADS[day], strict=True)
        wanted = {OURS + unit: count for unit, count in counted}
        assert await heads(plant, day, OURS) == wanted, day


@pytest.fixture
async def shop(site: Home) -> str:
    """A unit with a team, of which HR has told nobody yet; its code."""
    code = f"sp-{uuid7().hex[-12:]}"
    await units(site, (code, "workshop", "company"), (f"{code}-t", "team", code))
    return code


def people(shop: str, count: int, *, unit: str | None = None) -> list[list[str | None]]:
    return [[f"{shop}{n}", f"人{n}", unit or shop, "钳工", "2020-01-01"] for n in range(count)]


async def test_trying_changes_nothing_and_a_row_that_cannot_be_is_named(
    plant: Plant, hr: httpx.AsyncClient, shop: str
) -> None:
    rows: list[list[str | None]] = [
        *people(shop, 2),
        [f"{shop}0", "人0", shop, "钳工", "2020-01-01"],
        [f"{shop}8", "人8", "no-such", None, None],
        [f"{shop}9", "人9", shop, None, "2030-01-01"],
    ]
    page = await tried(hr, book(HEADER, *rows), PATH, on="2024-05-01", unit=shop)
    assert [(row[0], row[2], row[3]) for row in await rows_of(hr, page)] == [
        (2, "新入册", None),
        (3, "新入册", None),
        (4, "被拒绝", "表中重复，以第一行为准。"),
        (5, "被拒绝", "没有这个代码的单位。"),
        (6, "被拒绝", "到岗日期：这一天晚于名单的日期。"),
    ]
    assert await heads(plant, "2024-05-01", shop) == {}
    await bring_and_do(hr, book(HEADER, *rows), on="2024-05-01", unit=shop)
    assert await heads(plant, "2024-05-01", shop) == {shop: 2}
    assert await heads(plant, "2019-12-31", shop) == {}


async def test_a_list_that_was_cut_off_ends_nobodys_days_by_itself(
    plant: Plant, hr: httpx.AsyncClient, shop: str
) -> None:
    later = {"on": "2024-06-01", "unit": shop, "complete": "true"}
    await bring_and_do(
        hr, book(HEADER, *people(shop, 30)), on="2024-05-01", unit=shop, complete="true"
    )
    short = book(HEADER, *people(shop, 10))
    page = await tried(hr, short, PATH, **later)
    seen = await hr.get(page)
    assert "30 人中有 20 人不在这份名单上" in seen.text
    assert "文件是不是不完整" in seen.text
    # Ticked without the number, or with another: nothing is done.
    for count in ("", "19"):
        answer = await step(hr, page, "do", ends="true", count=count)
        assert answer.status_code == 422
        assert "请填写将被结束的人数" in answer.text
    # Not ticked: they stay.
    assert (await step(hr, page, "do")).status_code == 303
    assert await heads(plant, "2024-06-01", shop) == {shop: 30}
    page = await bring_and_do(hr, short, ends=True, on="2024-06-01", unit=shop, complete="true")
    assert await heads(plant, "2024-06-01", shop) == {shop: 10}
    assert await heads(plant, "2024-05-31", shop) == {shop: 30}
    assert {row[2] for row in await rows_of(hr, page) if row[0] is None} == {"不再属于任何单位"}


async def test_people_are_moved_given_another_job_and_let_go(
    plant: Plant, hr: httpx.AsyncClient, shop: str
) -> None:
    await bring_and_do(hr, book(HEADER, *people(shop, 3)), on="2024-05-01", unit=shop)
    header = (*HEADER, "离职日期")
    rows = [
        [f"{shop}0", "人0", f"{shop}-t", "班长", "2024-05-20", None],
        [f"{shop}1", "人1", shop, "班长", None, None],
        [f"{shop}2", "人2", shop, "钳工", None, "2024-05-15"],
    ]
    page = await bring_and_do(hr, book(header, *rows), on="2024-06-01", unit=shop)
    assert [row[2] for row in await rows_of(hr, page)] == ["调到别的单位", "岗位变动", "已离职"]
    assert await heads(plant, "2024-05-19", shop) == {shop: 2}
    assert await heads(plant, "2024-05-20", shop) == {shop: 1, f"{shop}-t": 1}
    other = [[f"{shop}1", "另一个人", shop, "班长", None]]
    page = await tried(hr, book(HEADER, *other), PATH, on="2024-06-01", unit=shop)
    assert [(row[2], row[3]) for row in await rows_of(hr, page)] == [
        ("被拒绝", "花名册上这个工号是另一个姓名。是谁，只能由人来认定。")
    ]


async def test_what_a_list_and_the_roll_differ_in_is_metered_tried_or_taken(
    plant: Plant, hr: httpx.AsyncClient, shop: str
) -> None:
    headers = {"Authorization": f"Bearer {plant.tokens['pages-hr']}"}

    async def differ() -> list[tuple[str, str]]:
        async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=headers) as client:
            answer = await client.get("/api/v1/membership/drift", params={"unit": shop})
        assert answer.status_code == 200, answer.text
        return [(each["kind"], each["employee"]) for each in answer.json()["items"]]

    asked = {"on": "2024-05-01", "unit": shop}
    page = await tried(hr, book(HEADER, *people(shop, 2)), PATH, **asked)
    assert await differ() == [("unknown-to-us", f"{shop}{n}") for n in range(2)]
    assert (await step(hr, page, "do")).status_code == 303
    assert await differ() == []


async def test_a_day_to_come_and_a_unit_that_is_not_there_are_said(
    hr: httpx.AsyncClient, shop: str
) -> None:
    sheet = book(HEADER, *people(shop, 1))
    for asked, word in (({"on": "2190-01-01"}, "还没有到"), ({"on": "x"}, "日期无效")):
        answer = await bring(hr, sheet, path=PATH, **asked)
        assert answer.status_code == 422
        assert word in answer.text
    answer = await bring(hr, sheet, path=PATH, on="2024-05-01", unit="no-such", complete="true")
    page = answer.headers["location"].removesuffix("/columns")
    assert (await step(hr, page, "columns")).status_code == 303
    assert "没有这个代码的单位" in (await hr.get(page)).text


async def test_who_reads_the_roll_by_it_is_on_record(
    hr: httpx.AsyncClient, site: Home, shop: str
) -> None:
    count = (
        "SELECT count(*) FROM audit WHERE what = 'read' AND subject = 'membership.placed-on' "
        "AND account = 'pages-hr' AND about = :about"
    )
    await tried(hr, book(HEADER, *people(shop, 1)), PATH, on="2024-05-01", unit=shop)
    assert await said_to_record(site, count, about=shop) == 1


async def test_its_pages_ask_the_views_nothing(
    plant: Plant, settings: Callable[[str], Settings], hr: httpx.AsyncClient, shop: str
) -> None:
    page = await tried(hr, book(HEADER, *people(shop, 1)), PATH, on="2024-05-01", unit=shop)
    async with counted(plant, settings("gateway"), "pages-hr") as (browser, site), asking(site):
        await browser.get(page)
        for path in (PATH, page, f"{page}/columns", f"{page}/rows.xlsx"):
            async with read_statements(site.readers) as said:
                assert (await browser.get(path)).status_code == 200, path
            assert not said


async def test_away_is_said_and_it_goes_on_from_there(
    plant: Plant, settings: Callable[[str], Settings], shop: str
) -> None:
    # The gateway of this test has no line to membership.
    async with counted(plant, settings("gateway"), "pages-hr") as (browser, _):
        sheet = book(HEADER, *people(shop, 1))
        page = await tried(browser, sheet, PATH, on="2024-05-01", unit=shop)
        seen = await browser.get(page)
        assert "办理这件事的部分暂时不可用，什么也没有做。" in seen.text, seen.text
        assert f'href="{page}/columns"' in seen.text


async def test_who_retired_by_the_list_is_kept_and_who_resigned_is_not(
    plant: Plant, site: Home, hr: httpx.AsyncClient
) -> None:
    code, header = f"{OURS}retire", (*HEADER, "离职日期", "离职原因")
    await units(site, (code, "plant", "company"))
    there = [[f"{code}{n}", f"人{n}", code, None, "2020-01-01", None, None] for n in (1, 2)]
    await bring_and_do(hr, book(header, *there), on="2024-01-01", unit=code)
    for n in (1, 2):
        admitted = {"employee": f"{code}{n}", "on": "2021-01-01", "reference": "申请书"}
        await plant.say("pages-head", "membership/admit-member", admitted)
    gone = [
        [f"{code}1", "人1", None, None, None, "2024-03-01", "退休"],
        [f"{code}2", "人2", None, None, None, "2024-03-01", "辞职"],
    ]
    await bring_and_do(hr, book(header, *gone), on="2024-05-01", unit=code)
    headers = {"Authorization": f"Bearer {plant.tokens['pages-head']}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=headers) as client:
        asked = {"unit": code, "on": "2024-05-01", "state": "left"}
        told = await client.get("/api/v1/membership/roll", params=asked)
    assert {each["employee"]: each["kept_since"] for each in told.json()["items"]} == {
        f"{code}1": "2024-03-01",
        f"{code}2": None,
    }
