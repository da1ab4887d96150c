"""Lists in the order that somebody asks for, page by page and in the sheet."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import pytest

from deploy.local import postgres
from deploy.local.home import Home
from tests.pages.conftest import LEADER, MANAGER, OFFICER, WORKER, Plant
from tests.pages.test_courses import opened
from tests.pages.test_places import rows_of

DAYS = {WORKER: 5, LEADER: 1, MANAGER: None, OFFICER: 1}
"""The day in March 2031 on which a visit to them is due; nothing called for the third one."""
VISIT = """
    INSERT INTO views.visit (id, person, state, since, due_on, overdue, visited_on)
    SELECT uuidv7(), id, $2, $3, $3, false, $4 FROM views.person WHERE employee = $1 RETURNING id
"""


@dataclass(frozen=True)
class Planted:
    """Visits in a state, in the views alone: id → whose."""

    state: str
    whose: dict[str, str]


@pytest.fixture(params=["due", "made"])
async def planted(
    site: Home, plant: Plant, request: pytest.FixtureRequest
) -> AsyncIterator[Planted]:
    """Gone after the test."""
    admin = await postgres.connect(site)
    made = date(2031, 2, 3) if request.param == "made" else None
    whose = {
        await admin.fetchval(
            VISIT, employee, request.param, day and date(2031, 3, day), made
        ): employee
        for employee, day in DAYS.items()
        if day or made
    }
    yield Planted(request.param, {str(id): employee for id, employee in whose.items()})
    await admin.execute("DELETE FROM views.visit WHERE id = ANY($1)", list(whose))
    await admin.close()


async def people(browser: httpx.AsyncClient, path: str, planted: Planted) -> list[str]:
    """Whose visits are listed, page after page; those that were planted."""
    seen: list[str] = []
    while path:
        page = (await browser.get(path)).text
        seen += re.findall(r'href="/visits/([0-9a-f-]{36})"', page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(older[1]) if older else ""
    return [planted.whose[id] for id in seen if id in planted.whose]


async def test_visits_come_due_first_or_newest_first(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, planted: Planted
) -> None:
    """Both who walks what the whole company has and who goes unit by unit."""
    never = [MANAGER] if planted.state == "made" else []
    for browser in (officer, head_officer):
        asked = f"/visits?state={planted.state}&limit=1"
        due = await people(browser, f"{asked}&sort=due", planted)
        assert due == [LEADER, OFFICER, WORKER, *never], "without a day: last"
        newest = await people(browser, f"{asked}&sort=newest", planted)
        assert newest == [OFFICER, *never, LEADER, WORKER]
        assert await people(browser, asked, planted) == due, "who looks has somewhere to go"
        _, *rows = rows_of(await browser.get(f"/visits.xlsx?state={planted.state}&sort=newest"))
        days = [row[4].date() for row in rows if row[4] and row[4].year == 2031]
        assert days == [date(2031, 3, DAYS[each] or 0) for each in newest if DAYS[each]]
        assert (
            '<th scope="col" aria-sort="ascending">慰问期限</th>' in (await browser.get(asked)).text
        )
        assert "aria-sort" not in (await browser.get(f"{asked}&sort=newest")).text


async def test_the_api_gives_visits_in_either_order_and_newest_first_by_itself(
    plant: Plant, planted: Planted
) -> None:
    bearer = {"Authorization": f"Bearer {plant.tokens['pages-officer']}"}
    async with httpx.AsyncClient(base_url=plant.url, headers=bearer, timeout=30) as client:

        async def items(**asked: str) -> list[dict[str, Any]]:
            answer = await client.get(
                "/api/v1/views/visits", params={"state": planted.state} | asked
            )
            assert answer.status_code == 200, answer.text
            found: list[dict[str, Any]] = answer.json()["items"]
            return found

        assert await items() == await items(sort="newest")
        due = [each["employee"] for each in await items(sort="due") if each["id"] in planted.whose]
        assert due[:2] == [LEADER, OFFICER]
        page = await client.get(
            "/api/v1/views/visits", params={"state": planted.state, "limit": "1"}
        )
        other = {"sort": "due", "state": planted.state, "cursor": page.json()["cursor"]}
        refused = await client.get("/api/v1/views/visits", params=other)
        assert (refused.status_code, refused.json()["field"]) == (404, "cursor")


async def test_what_waits_comes_by_its_day_or_kind_by_kind(
    officer: httpx.AsyncClient, plant: Plant, planted: Planted
) -> None:
    course = await opened(plant, "等结果 by-kind", days=-3)
    await plant.say("pages-officer", "training/enrol", {"course": course, "employee": WORKER})

    async def kinds(path: str) -> list[str]:
        page = (await officer.get(path)).text
        return re.findall(r'<span class="grow"><span class="tag">(.*?)</span>', page)

    by_day, by_kind = await kinds("/work"), await kinds("/work?sort=kind")
    assert sorted(by_day) == sorted(by_kind)
    assert by_day[-1] == by_kind[0] == "登记结果"
    assert by_kind == sorted(by_kind, key=["登记结果", "慰问职工"].index)
    _, *rows = rows_of(await officer.get("/work.xlsx?sort=kind"))
    assert [row[0] for row in rows] == by_kind
    assert 'href="/work.xlsx?sort=kind"' in (await officer.get("/work?sort=kind")).text
    assert (await officer.get("/work?sort=size")).status_code == 422
