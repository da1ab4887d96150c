"""The places: home, what waits, and each list for Excel."""

import io
import re
from typing import Any

import httpx
from openpyxl import load_workbook

from shared.calendar import today
from shared.testing import eventually
from tests.pages.conftest import LEADER, PLANT, TEAM, WORKER, Plant, told
from tests.pages.test_courses import opened


async def test_home_shows_what_becomes_of_ones_own(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("我的事 mine-at-home")
    course = await opened(plant, "可以学 to-learn", days=7)
    page = (await worker.get("/")).text
    assert f'href="/proposals/{id}"' in page
    assert "还有" in page
    assert f'href="/courses/{course}"' in page
    assert "待我办理" not in page, "a worker has no post"
    theirs = (await officer.get("/")).text
    assert "本厂待答复的提案" in theirs
    assert "待我办理" in theirs


async def test_what_waits_is_there_by_its_day_for_whom_it_waits(
    worker: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    leader: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    plant: Plant,
) -> None:
    id = await plant.propose("等答复 waits")
    course = await opened(plant, "等结果 waits-too", days=-3)
    await plant.say("pages-officer", "training/enrol", {"course": course, "employee": WORKER})
    answers, results = (await manager.get("/work")).text, (await leader.get("/work")).text
    assert f'href="/proposals/{id}"' in answers
    assert course not in answers
    assert f'href="/courses/{course}"' in results
    assert id not in results
    assert "还有 1 人没有结果" in results
    nothing = await worker.get("/work")
    assert nothing.status_code == 200
    assert "没有待办事项" in nothing.text
    leave = told(95, "leave-started", employee=LEADER, kind="sick", on=today().isoformat())
    kind = {"Content-Type": "application/cloudevents+json"}
    bearer = {"Authorization": f"Bearer {plant.tokens['pages-hr']}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as hr:
        answer = await hr.post("/hooks/hr", json=leave, headers=kind | bearer)
        assert answer.status_code < 300, answer.text

    async def is_due() -> bool:
        return f"/visits/new?employee={LEADER}" in (await officer.get("/work")).text

    await eventually(is_due, seconds=10)
    listed = (await officer.get("/visits")).text
    row = next(each for each in listed.split("<tr") if LEADER in each)
    [visit] = set(re.findall(r'href="(/visits/[0-9a-f-]{36})"', row))
    page = (await officer.get(visit)).text
    assert "3 个工作日内。 依据本单位规定： 本单位慰问制度" in page, "the clock says by which rule"


def rows_of(sheet: httpx.Response) -> list[tuple[Any, ...]]:
    assert sheet.status_code == 200
    assert "spreadsheetml" in sheet.headers["content-type"]
    assert "attachment" in sheet.headers["content-disposition"]
    assert sheet.headers["cache-control"] == "no-store"
    book = load_workbook(io.BytesIO(sheet.content))
    return [tuple(cell.value for cell in row) for row in book.active.iter_rows()]  # type: ignore[union-attr]


async def test_a_list_comes_as_a_sheet_with_its_filters_and_in_its_language(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    for number in range(3):
        await plant.propose(f"=1+1 sheet-{number}", hidden=number == 0)
    asked = {"q": "sheet-", "category": "safety"}
    head, *rows = rows_of(await worker.get("/proposals.xlsx", params=asked))
    assert head[:4] == ("提出", "单位", "提出人", "类别")
    assert [row[6] for row in rows] == ["=1+1 sheet-2", "=1+1 sheet-1", "=1+1 sheet-0"]
    assert [row[2] for row in rows] == [WORKER, WORKER, "匿名"]
    assert rows[0][0].date() == today()
    sheet = await worker.get("/proposals.xlsx", params=asked, headers={"Accept-Language": "en"})
    assert rows_of(sheet)[0][0] == "Submitted"
    cells = load_workbook(io.BytesIO(sheet.content)).active
    assert cells["G2"].data_type == "s", "what a person wrote is no formula"  # type: ignore[index]


async def test_sheets_are_for_those_who_may_see_the_page(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, stranger: httpx.AsyncClient, plant: Plant
) -> None:
    for path in ("/visits.xlsx", f"/plants/{PLANT}/heads.xlsx"):
        assert (await worker.get(path)).status_code == 403
        assert rows_of(await officer.get(path))
    course = await opened(plant, "名单 people")
    await plant.say("pages-officer", "training/enrol", {"course": course, "employee": WORKER})
    assert (await worker.get(f"/courses/{course}/people.xlsx")).status_code == 403
    people = rows_of(await officer.get(f"/courses/{course}/people.xlsx"))
    assert people == [("工号", "结果", "日期"), (WORKER, None, None)]
    for path in ("/courses.xlsx", "/work.xlsx", "/proposals.xlsx"):
        assert rows_of(await worker.get(path))
        assert (await stranger.get(path)).status_code == 303
    heads = rows_of(await officer.get(f"/plants/{PLANT}/heads.xlsx", params={"on": "2022-01-01"}))
    assert (TEAM, 3) in [row[1:] for row in heads]


async def test_plants_leads_to_the_only_one(
    worker: httpx.AsyncClient, manager: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    assert (await manager.get("/plants")).headers["location"] == f"/plants/{PLANT}"
    assert f'href="/plants/{PLANT}"' in (await head_officer.get("/plants")).text
    assert (await worker.get("/plants")).status_code == 403
