"""Posters: what stands on the paper, where the code on it leads, and who may have it.

That a phone can read the code from the printed sheet is shown in `tests/browser`.
"""

import re
from collections.abc import Callable

import httpx
import pytest

from services.gateway.app import create_door
from services.gateway.pages.posters import brief, width
from services.gateway.site import Site
from shared.settings import Settings
from tests.pages.conftest import Plant, sign_in
from tests.pages.test_courses import opened
from tests.statements import read_statements


def is_qr(answer: httpx.Response) -> bool:
    safe = "default-src 'none'" in answer.headers["content-security-policy"]
    kind = answer.headers["content-type"] == "image/svg+xml"
    return answer.status_code == 200 and safe and kind and answer.text.count("<svg") == 1


async def test_a_proposal_has_a_poster_in_both_languages(
    worker: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("通道<b>堆料</b> aisle", body="一行\n又一行 " * 40)
    assert f'href="/proposals/{id}/poster"' in (await worker.get(f"/proposals/{id}")).text
    for language in ("zh-CN", "en"):
        page = await worker.get(f"/proposals/{id}/poster", headers={"Accept-Language": language})
        assert page.status_code == 200
        for said in ("提案", "Proposal", "厂方答复期限", "The plant answers by", "页面班"):
            assert said in page.text, said
        assert f"{plant.url}/proposals/{id}<" in page.text, "the address is there to be typed"
        assert f'src="/proposals/{id}/qr.svg"' in page.text
        assert "通道&lt;b&gt;" in page.text
        assert "<svg" not in page.text
        about = re.search(r'class="what">([^<]*)<', page.text)
        assert about
        assert about[1].endswith("…")
    assert is_qr(await worker.get(f"/proposals/{id}/qr.svg"))
    answer = {"proposal": id, "decision": "adopted", "reasons": "好"}
    await plant.say("pages-manager", "democracy/answer-proposal", answer)
    assert "The plant answered on" in (await manager.get(f"/proposals/{id}/poster")).text


async def test_a_course_has_a_poster_in_both_languages(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    id = await opened(plant, "海报 poster", days=7)
    assert f'href="/courses/{id}/poster"' in (await worker.get(f"/courses/{id}")).text
    page = (await worker.get(f"/courses/{id}/poster")).text
    for said in ("培训", "Course", "开班", "Begins on", f"{plant.url}/courses/{id}<"):
        assert said in page, said
    assert is_qr(await worker.get(f"/courses/{id}/qr.svg"))


@pytest.mark.parametrize("what", ["poster", "qr.svg"])
@pytest.mark.parametrize("matters", ["proposals", "courses"])
async def test_of_what_there_is_not_there_is_no_poster(
    worker: httpx.AsyncClient, stranger: httpx.AsyncClient, matters: str, what: str
) -> None:
    for id in ("no-id", "00000000-0000-7000-8000-000000000000"):
        assert (await worker.get(f"/{matters}/{id}/{what}")).status_code == 404
        assert (await stranger.get(f"/{matters}/{id}/{what}")).status_code == 303


async def test_whoever_scans_it_signed_out_signs_in_and_is_there(
    stranger: httpx.AsyncClient, plant: Plant
) -> None:
    scanned = f"/proposals/{await plant.propose('扫码 scanned')}"
    asked = await stranger.get(scanned)
    assert asked.status_code == 303
    door = await stranger.get(asked.headers["location"])
    assert f'name="next" value="{scanned}"' in door.text
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', door.text))
    typed = {"account": "pages-worker", "password": "a long enough word 同心"}
    back = await stranger.post("/sign-in", data=form | typed)
    assert (back.status_code, back.headers["location"]) == (303, scanned)
    assert (await stranger.get(scanned)).status_code == 200


def test_what_it_is_about_stands_in_two_lines() -> None:
    assert brief("  一 二\n\n三 ") == "一 二 三"
    assert brief("字" * 70) == "字" * 70
    assert brief("字" * 71) == "字" * 70 + "…"
    assert width(brief("word " * 100)) <= 71


async def test_a_poster_is_read_in_one_statement(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    site = Site(settings("gateway"))
    id, course = await plant.propose("一条 one"), await opened(plant, "一条 one")
    transport = httpx.ASGITransport(app=create_door(site))
    async with httpx.AsyncClient(transport=transport, base_url=plant.url) as browser:
        await sign_in(browser, "pages-worker")
        for path in (f"/proposals/{id}", f"/courses/{course}"):
            for what in ("poster", "qr.svg"):
                await browser.get(f"{path}/{what}")  # a new connection first learns of types
                async with read_statements(site.readers) as said:
                    assert (await browser.get(f"{path}/{what}")).status_code == 200
                assert len(said) == 1, said
    await site.readers.close()
    await site.engine.dispose()
