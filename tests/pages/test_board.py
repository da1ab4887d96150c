"""The board on a wall: paired once by a code, shows one unit, and nothing about a person."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.boards import Code, add_board, boards, remove_board
from services.gateway.live import LOOK_EVERY
from services.gateway.site import Site
from services.gateway.views.board import board as shown_on
from shared.calendar import today
from tests.conftest import settings_of
from tests.pages.conftest import (
    HTML,
    PLANT,
    TEAM,
    WORKER,
    Plant,
    hidden_in,
    said_to_record,
)
from tests.pages.test_live import listening
from tests.statements import read_statements

HERE = f"/board/{PLANT}"


@pytest.fixture
async def wall(site: Home, plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of a display that nobody has paired; its tries are nobody's after it."""
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        yield browser
    await said_to_record(site, "DELETE FROM sign_in_try")
    await said_to_record(site, "DELETE FROM board")


async def code_for(site: Home, unit: str = PLANT) -> Code:
    async with gateway_session(site) as session:
        code = await add_board(unit, session)
        await session.commit()
    assert code
    return code


async def typed(wall: httpx.AsyncClient, code: str) -> httpx.Response:
    """Opens /board and types a code."""
    hidden = hidden_in(await wall.get("/board"), "/board")
    return await wall.post("/board", data=hidden | {"code": code})


async def paired(wall: httpx.AsyncClient, site: Home) -> None:
    assert (await typed(wall, str(await code_for(site)))).status_code == 303


async def test_a_code_pairs_one_display_and_works_once(site: Home, wall: httpx.AsyncClient) -> None:
    code = await code_for(site)
    first = await typed(wall, f" {str(code).lower()} ")
    assert (first.status_code, first.headers["location"]) == (303, HERE)
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=strict" in first.headers["set-cookie"]
    assert (await wall.get(HERE)).status_code == 200
    again = await wall.get("/board")
    assert (again.status_code, again.headers["location"]) == (303, HERE)
    async with httpx.AsyncClient(base_url=wall.base_url, headers=HTML) as other:
        second = await typed(other, str(code))
        assert second.status_code == 422
        assert "board" not in other.cookies
        assert "配对码不对" in second.text


async def test_two_displays_that_type_the_same_code_at_once_are_not_both_paired(
    site: Home, plant: Plant, wall: httpx.AsyncClient
) -> None:
    code = str(await code_for(site))
    browsers = [httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) for _ in range(4)]
    answers = await asyncio.gather(*(typed(browser, code) for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422, 422]
    for browser in browsers:
        await browser.aclose()


async def test_a_code_that_is_too_old_pairs_nothing(site: Home, wall: httpx.AsyncClient) -> None:
    code = await code_for(site)
    await said_to_record(site, "UPDATE board SET code_until = now() - interval '1 second'")
    assert (await typed(wall, str(code))).status_code == 422
    async with gateway_session(site) as session:
        assert await boards(session) == []


@pytest.mark.parametrize("code", ["", "x" * 5000, "<script>", "2222-2222", "配对码"])
async def test_what_is_no_code_comes_back_with_the_reason(
    wall: httpx.AsyncClient, code: str
) -> None:
    page = await typed(wall, code)
    assert page.status_code == 422
    assert "配对码不对" in page.text
    assert "board" not in wall.cookies


async def test_codes_cannot_be_guessed_for_long(site: Home, wall: httpx.AsyncClient) -> None:
    for _ in range(10):
        assert (await typed(wall, "2222-2222")).status_code == 422
    code = str(await code_for(site))
    full = await typed(wall, code)
    assert full.status_code == 429
    assert 0 < int(full.headers["retry-after"]) <= 30
    assert "尝试次数过多" in full.text
    assert "board" not in wall.cookies


async def test_the_form_is_ours_and_of_this_browser(site: Home, wall: httpx.AsyncClient) -> None:
    code = str(await code_for(site))
    assert (await wall.post("/board", data={"code": code})).status_code == 403
    hidden = hidden_in(await wall.get("/board"), "/board")
    elsewhere = {"Origin": "https://elsewhere.example"}
    refused = await wall.post("/board", data=hidden | {"code": code}, headers=elsewhere)
    assert refused.status_code == 403
    assert (await typed(wall, code)).status_code == 303, "none of it has spent the code"


async def test_it_opens_the_board_of_its_unit_and_nothing_else(
    site: Home, wall: httpx.AsyncClient, plant: Plant
) -> None:
    await paired(wall, site)
    proposal = await plant.propose("看板 elsewhere")
    for path in (f"/board/{TEAM}", "/board/company", "/proposals", f"/proposals/{proposal}"):
        answer = await wall.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith(("/?next=", "/board")), path
    answer = await wall.get("/api/v1/views/proposals")
    assert answer.status_code == 401


async def test_a_board_that_was_removed_shows_nothing_any_more(
    site: Home, wall: httpx.AsyncClient
) -> None:
    await paired(wall, site)
    async with listening(wall) as stream:
        async with gateway_session(site) as session:
            [one] = await boards(session)
            assert await remove_board(one.id, session)
            assert not await remove_board(one.id, session)
            await session.commit()
        gone = await wall.get(HERE)
        assert (gone.status_code, gone.headers["location"]) == (303, "/board")
        async with asyncio.timeout(3 * LOOK_EVERY):
            assert await stream.ended()
    form = await wall.get("/board")
    assert form.status_code == 200
    assert "board" not in wall.cookies


async def test_pairing_and_removing_are_on_record(site: Home, wall: httpx.AsyncClient) -> None:
    await said_to_record(site, "SELECT 1")
    before = await said_to_record(site, "SELECT coalesce(max(id), 0) FROM audit")
    await typed(wall, "2222-2222")
    await paired(wall, site)
    async with gateway_session(site) as session:
        [one] = await boards(session)
        await remove_board(one.id, session)
        await session.commit()
        found = await session.execute(
            text("SELECT what, about FROM audit WHERE id > :id AND what LIKE 'board%' ORDER BY id"),
            {"id": before},
        )
        about = str(one.id)
        assert [tuple(row) for row in found] == [
            ("board not paired", None),
            ("board added", about),
            ("board paired", about),
            ("board removed", about),
        ]


async def test_a_display_hears_what_it_shows(
    site: Home, wall: httpx.AsyncClient, plant: Plant
) -> None:
    await paired(wall, site)
    async with listening(wall) as stream:
        await plant.propose("看板 live")
        assert "visits" not in await stream.until("proposals")


async def test_it_says_what_waits_what_was_answered_and_what_can_be_learnt(
    site: Home, wall: httpx.AsyncClient, plant: Plant
) -> None:
    await paired(wall, site)
    proposal = await plant.propose("看板答复过的一件")
    reasons = {"decision": "adopted", "reasons": "本月装好 <b>" + "很" * 500}
    await plant.say("pages-manager", "democracy/answer-proposal", {"proposal": proposal} | reasons)
    course = {"title": "看板上的班", "unit": TEAM, "seats": 3, "open_to": "company"}
    course["starts_on"] = (today() + timedelta(days=1)).isoformat()
    await plant.say("pages-leader", "training/open-course", course)
    page = (await wall.get(HERE)).text
    assert "看板答复过的一件" in page
    assert "本月装好 &lt;b&gt;很" in page
    assert "很" * 200 not in page
    assert "看板上的班" in page
    assert re.search(r'<time datetime="[^"]+">\d\d:\d\d</time>', page)


async def test_nothing_on_it_is_about_a_person(
    site: Home, wall: httpx.AsyncClient, plant: Plant
) -> None:
    """No number, no name, no visit; whose proposal it is, is shown for none."""
    await paired(wall, site)
    await plant.propose("看板 named")
    await plant.propose("看板 hidden", hidden=True)
    visit = {"employee": WORKER, "occasion": "festival", "on": "2024-05-01", "visitors": ["PG002"]}
    await plant.say("pages-head", "welfare/log-visit", visit)
    page = (await wall.get(HERE)).text
    assert not re.search(r"PG\d{3}", page)
    for word in ("王", "慰问", "本人", "匿名", "看望"):
        assert word not in page
    seen = await _shown(site)
    fields = {
        name for part in ("open", "answered", "courses") for one in seen[part] for name in one
    }
    assert not fields & {"author", "employee", "person", "id", "body"}


async def _shown(site: Home) -> dict[str, list[dict[str, object]]]:
    gateway = Site(settings_of(site, "gateway"))
    try:
        async with gateway.readers.one() as reader:
            return (await shown_on(PLANT, reader, actor=None)).model_dump()
    finally:
        await gateway.readers.close()
        await gateway.engine.dispose()


async def test_it_is_read_by_one_statement(site: Home, plant: Plant) -> None:
    gateway = Site(settings_of(site, "gateway"))
    try:
        async with (
            read_statements(gateway.readers) as said,
            gateway.readers.one() as reader,
        ):
            await shown_on(PLANT, reader, actor=None)
        assert len(said) == 1
    finally:
        await gateway.readers.close()
        await gateway.engine.dispose()


async def test_who_may_see_the_figures_may_see_the_board(
    manager: httpx.AsyncClient, worker: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    assert (await manager.get(HERE)).status_code == 200
    assert (await head_officer.get("/board/company")).status_code == 200
    assert (await manager.get("/board/company")).status_code == 403
    assert (await worker.get(HERE)).status_code == 403
    assert (await head_officer.get("/board/nowhere")).status_code == 404


async def test_a_display_without_scripts_asks_anew_each_minute(
    site: Home, wall: httpx.AsyncClient
) -> None:
    await paired(wall, site)
    page = (await wall.get(HERE)).text
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page
