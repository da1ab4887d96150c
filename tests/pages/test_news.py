"""New for me: each step of what I asked, in the place, until I have read it; nobody else's."""

import re
from collections.abc import Callable

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.app import create_door
from services.gateway.site import Site
from shared.settings import Settings
from tests.pages.conftest import HTML, WORKER, Plant, fill, hidden_in, said_to_record
from tests.pages.test_courses import opened
from tests.statements import read_statements

READ = "/news/read"


def new_in(page: httpx.Response) -> str:
    """The section of what is new; empty when there is none."""
    assert page.status_code == 200
    found = re.search(r'<section aria-labelledby="news">.*?</section>', page.text, re.DOTALL)
    return found.group(0) if found else ""


async def read_all(browser: httpx.AsyncClient) -> None:
    if new_in(await browser.get("/")):
        assert (await fill(browser, "/", READ)).status_code == 303
    assert not new_in(await browser.get("/"))


@pytest.fixture
async def reader(worker: httpx.AsyncClient) -> httpx.AsyncClient:
    """The worker, who has read all that there was."""
    await read_all(worker)
    return worker


async def answer(plant: Plant, id: str, decision: str = "adopted") -> None:
    given = {"proposal": id, "decision": decision, "reasons": "行"}
    await plant.say("pages-manager", "democracy/answer-proposal", given)


async def test_each_step_of_what_i_asked_is_told_at_home_until_i_have_read_it(
    reader: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("我提的 news-own")
    assert not new_in(await reader.get("/")), "what I do myself is no news to me"
    await plant.say("pages-officer", "democracy/support-proposal", {"proposal": id})
    new = new_in(await reader.get("/"))
    assert f'href="/proposals/{id}"' in new
    assert "1 人附议" in new
    assert id in new_in(await reader.get("/")), "looking alone moves nothing"
    await read_all(reader)
    await answer(plant, id)
    new = new_in(await reader.get("/"))
    assert "已答复：采纳" in new
    assert "附议" not in new, "what came before the answer is over"
    await read_all(reader)


async def test_what_came_after_the_page_was_made_stays_new(
    reader: httpx.AsyncClient, plant: Plant
) -> None:
    first, second = await plant.propose("先 news-first"), await plant.propose("后 news-second")
    await answer(plant, first)
    opened_before = await reader.get("/")
    await answer(plant, second, "declined")
    await reader.post(READ, data=hidden_in(opened_before, READ))
    new = new_in(await reader.get("/"))
    assert second in new
    assert first not in new
    again = await reader.post(READ, data=hidden_in(opened_before, READ))
    assert again.status_code == 303
    assert second in new_in(await reader.get("/")), "the mark never goes back, nor too far"


async def test_courses_of_mine_and_of_my_unit_are_told(
    reader: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    await read_all(manager)
    coming = await opened(plant, "班组的课 news-course", days=3)
    assert "本单位新开" in new_in(await reader.get("/"))
    assert coming not in new_in(await manager.get("/")), "who works elsewhere is not told"
    begun = await opened(plant, "补登的课 news-past", days=-3)
    assert begun not in new_in(await reader.get("/")), "paper entered later is no news"
    for course in (coming, begun):
        await plant.say("pages-officer", "training/enrol", {"course": course, "employee": WORKER})
    new = new_in(await reader.get("/"))
    assert new.count("已有名额") == 2
    assert "本单位新开" not in new
    result = {"course": begun, "employee": WORKER, "result": "passed"}
    await plant.say("pages-officer", "training/complete-course", result)
    new = new_in(await reader.get("/"))
    assert "考核合格" in new
    assert new.count("已有名额") == 1


async def test_a_hidden_proposal_leads_to_nobody(reader: httpx.AsyncClient, plant: Plant) -> None:
    id = await plant.propose("匿名 news-hidden", hidden=True)
    await answer(plant, id)
    assert id not in (await reader.get("/")).text.split("本厂待答复")[0]


async def test_who_wants_to_hear_about_a_proposal_is_told_and_nobody_sees_who_that_is(
    site: Home, officer: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    await read_all(officer)
    id = await plant.propose("别人的 news-followed")
    await plant.say("pages-leader", "democracy/support-proposal", {"proposal": id})
    page, action = f"/proposals/{id}", f"/proposals/{id}/follow"
    before = (await manager.get(page)).text
    done = await fill(officer, page, action)
    assert (done.status_code, done.headers["location"]) == (303, page)
    assert "不再关注" in (await officer.get(page)).text
    assert not new_in(await officer.get("/")), "what it had come to was there to read"

    def shown(text: str) -> str:
        return re.sub(r'type="hidden"[^>]*', "", text)

    assert shown((await manager.get(page)).text) == shown(before)
    kept = await said_to_record(site, "SELECT string_agg(follow::text, ' ') FROM follow")
    person = await said_to_record(
        site, "SELECT id::text FROM person JOIN account USING (employee) WHERE name = :n",
        n="pages-officer",
    )  # fmt: skip
    assert id in kept
    for name in ("pages-officer", person, person.replace("-", "")):
        assert name not in kept
    await answer(plant, id)
    new = new_in(await officer.get("/"))
    assert id in new
    assert "您关注的" in new
    assert id not in new_in(await manager.get("/"))
    await fill(officer, page, action)
    assert id not in new_in(await officer.get("/")), "and it can be undone"


async def test_following_what_is_not_there_or_at_no_moment_is_said_so(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("自己的 news-mine")
    assert "/follow" not in (await worker.get(f"/proposals/{id}")).text, "one is told anyway"
    await plant.say("pages-officer", "democracy/support-proposal", {"proposal": id})
    form = hidden_in(await worker.get("/"), READ)
    for wrong in ("", "yesterday", "0001-01-01T00:00:00+14:00", "9" * 40):
        assert (await worker.post(READ, data=form | {"until": wrong})).status_code == 422
    far = await worker.post(READ, data=form | {"until": "9999-12-31T00:00:00+00:00"})
    assert far.status_code == 303
    nobody = "/proposals/019ac000-0000-7000-8000-000000000000/follow"
    assert (await worker.post(nobody, data=form)).status_code == 404
    assert (await worker.post("/proposals/x/follow", data=form)).status_code == 404
    await answer(plant, id)
    assert id in new_in(await worker.get("/")), "nobody reads what is still to come"


async def test_a_leaver_of_the_page_finds_it_after_signing_in(
    stranger: httpx.AsyncClient, plant: Plant
) -> None:
    assert (await stranger.post(READ)).status_code == 401
    for path in (READ, "/proposals/019ac000-0000-7000-8000-000000000000/follow"):
        assert (await stranger.get(path)).status_code == 303


@pytest.mark.parametrize("many", [1, 60])
async def test_what_is_new_is_one_statement_however_much_there_is(
    plant: Plant, site: Home, settings: Callable[[str], Settings], many: int
) -> None:
    for number in range(many):
        id = await plant.propose(f"许多 news-many-{number}")
        await plant.say("pages-manager", "democracy/support-proposal", {"proposal": id})
    gateway = Site(settings("gateway"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_door(gateway)),
        base_url=plant.url,
        headers=HTML,
        cookies={"session": plant.tokens["pages-worker"]},
    ) as browser:
        await browser.get("/")
        async with read_statements(gateway.readers) as said:
            new = new_in(await browser.get("/"))
    assert sum("news_seen" in statement for statement in said) == 1
    assert new.count("<li>") <= 50
    assert ("还有" in new) == (many > 5)
    await gateway.readers.close()
    await gateway.engine.dispose()
