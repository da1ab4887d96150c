"""Applications on paper that come in by the sheet: row by row, each a consent with its day."""

from collections.abc import Callable

import httpx
import pytest

from deploy.local.home import Home
from shared.messages import uuid7
from shared.settings import Settings
from tests.journeys.conftest import event
from tests.pages.conftest import PLANT, Plant, heard
from tests.pages.counting import asking, counted
from tests.pages.test_places import rows_of as sheet_of
from tests.pages.test_posts_sheet import rows_of, step, tried
from tests.sheets_in.made import book
from tests.statements import read_statements

PATH = "/members/sheet"
HEADER = ("工号", "申请日期", "申请书编号")


@pytest.fixture
async def shop(site: Home) -> str:
    """A team of the plant with three people who have not joined; what stands before their
    numbers."""
    code = f"ms-{uuid7().hex[-10:]}"
    people = [f"{code}{n}" for n in (1, 2, 3)]
    await heard(
        site,
        event("unit-created", unit=code, name=code, kind="team", parent=PLANT),
        *(event("employee-hired", employee=p, name=f"人{p}", on="2021-01-01") for p in people),
        *(event("employee-assigned", employee=p, unit=code, on="2021-01-01") for p in people),
    )
    return code


async def members(officer: httpx.AsyncClient, shop: str) -> list[tuple[str, str]]:
    asked = {"unit": shop, "state": "member", "on": "2024-06-01"}
    _, *rows = sheet_of(await officer.get("/members.xlsx", params=asked))
    return [(row[0], str(row[6])[:10]) for row in rows]


async def test_each_row_is_admitted_or_refused_with_its_reason_and_nothing_twice(
    officer: httpx.AsyncClient, shop: str
) -> None:
    content = book(
        HEADER,
        [f"{shop}1", "2024-05-06", "2024-档-1"],
        [f"{shop}2", "2024/5/7", "2024-档-2"],
        [f"{shop}2", "2024-05-08", "2024-档-2"],
        [f"{shop}3", "2020-12-31", "2024-档-3"],
        [f"{shop}3", "2024-05-08", None],
        [f"{shop}3", None, "2024-档-3"],
        [f"{shop}3", "2190-01-01", "2024-档-3"],
        ["no-such", "2024-05-08", "2024-档-4"],
    )
    page = await tried(officer, content, PATH)
    assert [(row[0], row[2], row[3]) for row in await rows_of(officer, page)] == [
        (2, "将成为会员", None),
        (3, "将成为会员", None),
        (4, "被拒绝", "表中重复，以第一行为准。"),
        (5, "被拒绝", "此人当时不在职。"),
        (6, "被拒绝", "申请书存放处：没有填。"),
        (7, "被拒绝", "签字日期：没有填。"),
        (8, "被拒绝", "表中重复，以第一行为准。"),
        (9, "被拒绝", "您的职务不允许在这里这样做。"),
    ]
    assert await members(officer, shop) == [], "trying changes nothing"
    answer = await step(officer, page, "do")
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert "逐行结果" in (await officer.get(page)).text
    joined = [(f"{shop}1", "2024-05-06"), (f"{shop}2", "2024-05-07")]
    assert await members(officer, shop) == joined
    again = await tried(officer, content, PATH)
    first = (await rows_of(officer, again))[0]
    assert first[2:4] == ("被拒绝", "那一天已经是会员。")
    record = await officer.get(f"/people/{shop}1/record")
    assert "2024-档-1" in record.text
    page = await tried(officer, book(HEADER, [f"{shop}3", "2190-01-01", "x"]), PATH)
    assert "不能提前" in str((await rows_of(officer, page))[0][3])


async def test_it_is_for_officers_and_chairs_and_the_roll_leads_there(
    officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    assert (await manager.get(PATH)).status_code == 403
    assert f'href="{PATH}"' in (await officer.get("/members")).text


async def test_its_pages_ask_the_views_nothing(
    plant: Plant, settings: Callable[[str], Settings], officer: httpx.AsyncClient, shop: str
) -> None:
    page = await tried(officer, book(HEADER, [f"{shop}1", "2024-05-06", "x"]), PATH)
    async with (
        counted(plant, settings("gateway"), "pages-officer") as (browser, site),
        asking(site),
    ):
        await browser.get(page)
        for path in (PATH, page, f"{page}/columns", f"{page}/rows.xlsx"):
            async with read_statements(site.readers) as said:
                assert (await browser.get(path)).status_code == 200, path
            assert not said
