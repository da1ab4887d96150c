"""The roll on its page and as a sheet."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.pages import members
from shared.calendar import today
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
    heard,
    said_to_record,
    sign_in,
    told,
)
from tests.pages.counting import asking, counted
from tests.pages.test_away import gateway
from tests.pages.test_places import rows_of
from tests.statements import read_statements

OURS = re.compile(r'href="/people/(PG\d+)"')


def shown(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return OURS.findall(page.text)


async def test_an_officer_sees_who_is_where_with_names_and_leads_on_to_each(
    officer: httpx.AsyncClient,
) -> None:
    page = await officer.get("/members")
    assert {WORKER, OFFICER, MANAGER, LEADER} <= set(shown(page))
    for said in (
        "王&lt;小&gt;明",
        "李干事",
        "页面班",
        "在职，未入会",
        f'href="/members?unit={TEAM}"',
    ):
        assert said in page.text, said
    assert 'href="/members" aria-current="page"' in page.text
    of_team = shown(await officer.get("/members", params={"unit": TEAM}))
    assert WORKER in of_team
    assert LEADER not in of_team


async def test_the_day_decides(officer: httpx.AsyncClient) -> None:
    before = await officer.get("/members", params={"on": "2021-02-28"})
    assert shown(before) == []
    assert "没有符合条件的人" in before.text
    assert 'value="2021-02-28"' in before.text
    assert WORKER in shown(await officer.get("/members", params={"on": "2021-03-01"}))


async def test_it_is_shown_as_it_was_known_and_says_so(officer: httpx.AsyncClient) -> None:
    """Of a time before this house heard of anybody, nobody is on the roll of any day."""
    asked = {"on": "2022-01-01", "known": "2020-05-01"}
    page = await officer.get("/members", params=asked)
    assert shown(page) == []
    assert "以下是2020年5月1日 23:59:59时所知的情况" in page.text
    assert 'id="known" name="known" type="date"' in page.text
    assert 'value="2020-05-01"' in page.text
    assert "/members.xlsx?on=2022-01-01&amp;known=2020-05-01" in page.text
    now = await officer.get("/members", params={"on": "2022-01-01"})
    assert WORKER in shown(now)
    assert "所知的情况" not in now.text
    since = await officer.get("/members", params=asked | {"known": today().isoformat()})
    assert WORKER in shown(since)
    sheet = await officer.get("/members.xlsx", params=asked | {"known": today().isoformat()})
    assert f"known-{today()}" in sheet.headers["Content-Disposition"]
    head, *rows = rows_of(sheet)
    assert head[10] == "所知截至"
    assert {row[10] for row in rows} == {f"{today()} 23:59"}


async def test_a_moment_that_none_can_mean_is_an_error_of_who_asks(
    officer: httpx.AsyncClient,
) -> None:
    page = await officer.get("/members", params={"known": "0001-01-01T00:00:00+14:00"})
    assert page.status_code == 422, page.text


async def test_who_retired_as_a_member_is_shown_as_kept_and_in_the_sheet(
    officer: httpx.AsyncClient, plant: Plant, site: Home
) -> None:
    number = "PGkept1"
    began = {"employee": number, "on": "2022-03-01"}
    await heard(
        site,
        told(901, "employee-hired", name="退休 留籍", **began),
        told(902, "employee-assigned", unit=TEAM, **began),
    )
    admitted = {"employee": number, "on": "2022-04-01", "reference": "申请书 9 号"}
    await plant.say("pages-officer", "membership/admit-member", admitted)
    retired = told(903, "employee-left", employee=number, on="2023-05-01", reason="retired")
    await heard(site, retired)
    asked = {"state": "kept", "words": "PGkept"}
    page = await officer.get("/members", params=asked | {"on": "2023-06-01"})
    assert f'href="/people/{number}"' in page.text
    assert "会籍保留自" in page.text
    assert 'value="kept" selected' in page.text
    before = await officer.get("/members", params=asked | {"on": "2023-04-01"})
    assert "没有符合条件的人" in before.text
    head, row = rows_of(await officer.get("/members.xlsx", params=asked | {"on": "2023-06-01"}))
    assert dict(zip(head, row, strict=True))["状态"] == "保留会籍"
    kept = dict(zip(head, row, strict=True))["会籍保留自"]
    assert str(kept)[:10] == "2023-05-01"


async def test_filters_hold_together_and_stay_with_the_sheet(officer: httpx.AsyncClient) -> None:
    asked = {"unit": PLANT, "words": "PG00", "state": "not-member", "sort": "unit"}
    page = await officer.get("/members", params=asked | {"on": ""})
    assert WORKER in shown(page)
    assert "/members.xlsx?unit=pages-plant&amp;words=PG00" in page.text
    assert shown(await officer.get("/members", params={"words": "李"})) == [OFFICER]
    assert shown(await officer.get("/members", params={"state": "left", "words": "PG001"})) == []


async def test_piece_by_piece_everybody_is_shown_once(officer: httpx.AsyncClient) -> None:
    whole = shown(await officer.get("/members", params={"unit": PLANT}))
    path, found = f"/members?unit={PLANT}&limit=2", list[str]()
    while path:
        page = await officer.get(path)
        found += shown(page)
        following = re.search(r'href="([^"]*)" rel="next"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert found == whole
    assert len(found) == len(set(found)) > 4


@pytest.mark.parametrize("at_once", [1000, 2])
async def test_the_sheet_is_whole_with_names_and_the_day(
    officer: httpx.AsyncClient,
    plant: Plant,
    settings: Callable[[str], Settings],
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    """However many are asked for at a time."""
    monkeypatch.setattr(members, "AT_ONCE", at_once)
    async with (
        counted(plant, settings("gateway"), "pages-officer") as (browser, site),
        asking(site),
    ):
        sheet = await browser.get("/members.xlsx", params={"on": "2022-01-01"})
    head, *rows = rows_of(sheet)
    assert head[:3] == ("工号", "姓名", "单位")
    mine = {row[0]: row for row in rows if row[0].startswith("PG")}
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    assert mine[WORKER][1:4] == ("王<小>明", "页面班", TEAM)
    assert mine[WORKER][5] == "在职，未入会"
    assert str(mine[WORKER][9].date()) == "2022-01-01"


async def test_it_is_for_officers_within_their_reach(
    worker: httpx.AsyncClient, manager: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    for path in ("/members", "/members.xlsx"):
        assert (await worker.get(path)).status_code == 403
        assert (await manager.get(path)).status_code == 403
        assert (await stranger.get(path)).status_code == 303
    assert 'href="/members"' not in (await manager.get("/")).text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"on": "yesterday"}, 422),
        ({"on": "2500-01-01"}, 422),
        ({"state": "gone"}, 422),
        ({"sort": "salary"}, 422),
        ({"limit": "1001"}, 422),
        ({"cursor": "!"}, 422),
        ({"words": "x" * 65}, 422),
        ({"nonsense": "1"}, 422),
        ({"unit": "pages-none"}, 404),
    ],
)
async def test_what_cannot_be_asked_is_said_on_a_page(
    officer: httpx.AsyncClient, asked: dict[str, str], status: int
) -> None:
    for path in ("/members", "/members.xlsx"):
        answer = await officer.get(path, params=asked)
        assert answer.status_code == status, asked
        assert '<html lang="zh-CN">' in answer.text


async def test_a_cursor_that_is_none_is_said_so(officer: httpx.AsyncClient) -> None:
    assert (await officer.get("/members", params={"cursor": "bm8"})).status_code == 404


async def test_who_reads_the_roll_is_on_record(officer: httpx.AsyncClient, site: Home) -> None:
    last = "SELECT account || ' ' || what || ' ' || subject || ' ' || about FROM audit"
    await officer.get("/members", params={"unit": TEAM})
    noted = await said_to_record(site, f"{last} ORDER BY id DESC LIMIT 1")
    assert noted == f"pages-officer read membership.roll {TEAM}"


async def test_without_the_roll_there_is_no_half_of_it(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    async with gateway(settings("gateway"), plant.url) as browser:
        await sign_in(browser, "pages-officer")
        for path in ("/members", "/members.xlsx"):
            answer = await browser.get(path)
            assert answer.status_code == 503
            assert "暂时不可用" in answer.text


async def test_the_page_asks_the_views_once(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    async with (
        counted(plant, settings("gateway"), "pages-officer") as (browser, site),
        asking(site),
    ):
        await browser.get("/members")
        async with read_statements(site.readers) as said:
            assert (await browser.get("/members")).status_code == 200
    assert len(said) == 1, said


async def test_who_joins_is_a_member_from_that_day_on(
    officer: httpx.AsyncClient, plant: Plant
) -> None:
    await plant.say("pages-leader", "membership/join-union", {"consent": True})
    asked = {"unit": PLANT, "state": "member"}

    async def is_member() -> bool:
        return LEADER in shown(await officer.get("/members", params=asked))

    await eventually(is_member, seconds=5)
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert LEADER not in shown(await officer.get("/members", params=asked | {"on": yesterday}))
    await plant.say("pages-leader", "membership/leave-union", {})
