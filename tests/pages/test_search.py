"""What is searched for is found, wherever it stands, and what fits best comes first."""

import html
import re
from uuid import uuid4

import httpx
import pytest

from tests.pages.conftest import Plant
from tests.pages.test_courses import opened

SEARCH = "/proposals"


def titles(page: httpx.Response) -> list[str]:
    """In their order, as they are read."""
    assert page.status_code == 200, page.text
    found = re.findall(r'<h2 class="as-h3"><a [^>]*>(.*?)</a>', page.text)
    return [html.unescape(re.sub("<.*?>", "", title)) for title in found]


@pytest.fixture
def mark() -> str:
    """A word that no other test says."""
    return "".join(chr(ord("g") + int(digit, 16)) for digit in uuid4().hex[:12])


async def found(browser: httpx.AsyncClient, q: str, **more: str) -> list[str]:
    return titles(await browser.get(SEARCH, params={"q": q} | more))


@pytest.mark.parametrize(
    "typed",
    [
        "洗眼器",
        "眼器",
        "冰",
        "器",
        "结冰 洗眼器",
        "洗眼器结冰",
        "洗眼器的结冰",
        "洗眼器 heating 3#",
        "３号锅炉",
        "3",
        "HEAT",
        "ｈｅａｔｉｎｇ",
        "結冰",
        "鍋爐",
        "35kV",
        "café",
        "cafe",
    ],
)
async def test_words_inside_title_and_body_are_found_in_any_order_and_writing(
    worker: httpx.AsyncClient, plant: Plant, mark: str, typed: str
) -> None:
    title = f"3号锅炉洗眼器加装Heating {mark}"
    await plant.propose(title, body="冬天要用时没有水，都结冰了。35ＫＶ，Café。")
    assert await found(worker, f"{typed} {mark}") == [title]


@pytest.mark.parametrize("typed", ["洗手液", "13号", "eating", "炉锅", "35kW", "5"])
async def test_what_is_not_said_is_not_found(
    worker: httpx.AsyncClient, plant: Plant, mark: str, typed: str
) -> None:
    await plant.propose(f"3号锅炉洗眼器Heating {mark}", body="35kV 结冰")
    assert await found(worker, f"{typed} {mark}") == []


async def test_a_title_fits_better_than_a_body_and_that_better_than_reasons(
    worker: httpx.AsyncClient, plant: Plant, mark: str
) -> None:
    word = "除尘风机"
    in_title = await plant.propose(f"{word}太吵 {mark}")
    in_reasons = await plant.propose(f"答复里才有 {mark}")
    await plant.propose(f"正文里有 {mark}", body=f"车间的{word}常停。{word}要检修。")
    await plant.propose(f"隔着说 {mark}", body="除尘的时候，风一大，机器就停。")
    answer = {"proposal": in_reasons, "decision": "declined", "reasons": f"{word}今年不换。"}
    await plant.say("pages-manager", "democracy/answer-proposal", answer)
    assert await found(worker, f"{word} {mark}") == [
        f"{word}太吵 {mark}",
        f"正文里有 {mark}",
        f"答复里才有 {mark}",
    ]
    assert (await found(worker, f"{word} {mark}", sort="newest"))[0] == f"正文里有 {mark}"
    assert in_title


async def test_what_fits_alike_comes_newest_first_page_by_page_each_once(
    worker: httpx.AsyncClient, plant: Plant, mark: str
) -> None:
    for number in range(5):
        await plant.propose(f"一样 {mark} 第{number}件", body="无" if number != 2 else f"{mark}")
    path, seen = f"/proposals?q={mark}&limit=2", []
    while path:
        page = await worker.get(path)
        seen += titles(page)
        older = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = html.unescape(older[1]) if older else ""
        if len(seen) == 2:
            await plant.propose(f"后来的 {mark}")
    best, *others = [int(re.findall(r"第(\d)件", title)[0]) for title in seen]
    assert best == 2, "it says it twice"
    assert others == [4, 3, 1, 0], "and what came meanwhile is on a page that was seen"


@pytest.mark.parametrize(
    "query", ["sort=best&q=灯", "sort=newest&q=灯", "sort=due&q=灯"], ids=["best", "newest", "due"]
)
async def test_a_cursor_of_another_order_is_not_there(
    worker: httpx.AsyncClient, plant: Plant, query: str
) -> None:
    for _ in range(2):
        await plant.propose("灯 cursor-of-another-order")
    mine = "best" if "best" not in query else "newest"
    page = await worker.get(f"/proposals?q=cursor-of-another-order&limit=1&sort={mine}")
    cursor = re.search(r"cursor=([\w-]+)\" rel=\"next\"", page.text)
    assert cursor, page.text
    answer = await worker.get(f"/proposals?{query}&cursor={cursor[1]}")
    alike = {query.split("&")[0], f"sort={mine}"} == {"sort=due", "sort=newest"}
    assert answer.status_code == (200 if alike else 404)


@pytest.mark.parametrize("typed", ["！！！", "%_'\"\\", "  &|!():* ", "<>"])
async def test_without_a_word_in_it_a_search_says_so(worker: httpx.AsyncClient, typed: str) -> None:
    for path in ("/proposals", "/courses"):
        page = await worker.get(path, params={"q": typed})
        assert page.status_code == 200
        if typed.strip():
            assert "没有可搜索的内容" in page.text
    assert (await worker.get("/proposals.xlsx", params={"q": typed})).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        "灯' | 'x",
        "灯:*",
        "!灯 & (",
        "\\' || pg_sleep(9) --",
        pytest.param("灯" * 100, id="long"),
        pytest.param("abc1" * 25, id="long-mixed"),
        pytest.param("\ufdfa" * 100, id="longer-when-folded"),
        "的了 着过地得和与及在是有",
        pytest.param("é" * 50 + "\u0301" * 50, id="accents"),
        "𠀀𠀁a𐐀1",
    ],
)
async def test_whatever_is_typed_is_searched_for_and_nothing_else(
    worker: httpx.AsyncClient, typed: str
) -> None:
    for sort in ("best", "newest"):
        page = await worker.get("/proposals", params={"q": typed, "sort": sort})
        assert page.status_code == 200, page.text


async def test_what_was_found_is_marked_and_the_body_shown_where_it_stands(
    worker: httpx.AsyncClient, plant: Plant, mark: str
) -> None:
    body = "前面说了很多别的。" * 30 + "<b>ＨＥＡＴＩＮＧ</b>要加装，免得結冰。" + "后面还有。" * 60
    id = await plant.propose(f"<i>{mark}</i>洗眼器", body=body)
    answer = {"proposal": id, "decision": "adopted", "reasons": "洗眼器已列入检修。"}
    await plant.say("pages-manager", "democracy/answer-proposal", answer)
    page = (await worker.get("/proposals", params={"q": f"{mark} 结冰 heat 洗眼器"})).text
    assert f"&lt;i&gt;<mark>{mark}</mark>&lt;/i&gt;<mark>洗眼器</mark></a>" in page
    assert "&lt;b&gt;<mark>ＨＥＡＴＩＮＧ</mark>&lt;/b&gt;要加装，免得<mark>結冰</mark>" in page
    assert "<mark>洗眼器</mark>已列入检修" in page
    [shown] = re.findall(r'<p class="text brief">(…[^p]*?…)</p>', page)
    assert len(html.unescape(re.sub("</?mark>", "", shown))) < 210
    assert "<mark>" not in (await worker.get("/proposals")).text


async def test_courses_are_found_by_their_title_and_put_in_an_order(
    officer: httpx.AsyncClient, worker: httpx.AsyncClient, plant: Plant, mark: str
) -> None:
    days = {"行车": 3, "安全": -9, "电工": 30, "班组": -1}
    for name, ahead in days.items():
        await opened(plant, f"{name}培训 {mark}", days=ahead)

    async def names(**asked: str) -> list[str]:
        path, seen = httpx.URL("/courses", params={"q": mark, "limit": "3"} | asked), []
        while True:
            page = (await worker.get(path)).text
            shown = re.findall(r'href="/courses/[0-9a-f-]{36}">(.*?)</a>', page)
            seen += [re.sub("<.*?>", "", each)[:2] for each in shown]
            older = re.search(r'href="([^"]+)" rel="next"', page)
            if older is None:
                return seen
            path = httpx.URL(html.unescape(older[1]))

    assert await names() == ["班组", "电工", "安全", "行车"]
    assert await names(sort="newest") == ["班组", "电工", "安全", "行车"]
    assert await names(sort="soonest") == ["行车", "电工", "班组", "安全"]
    assert await names(sort="title") == ["安全", "班组", "电工", "行车"], "as in pinyin"
    assert await names(q=f"電工 {mark}") == ["电工"]
    assert (await worker.get("/courses", params={"sort": "best", "q": mark})).status_code == 200
    assert (await worker.get("/courses", params={"sort": "worst"})).status_code == 422
