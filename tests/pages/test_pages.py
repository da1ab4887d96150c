"""What each page shows, to whom, and how it says no."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from shared.calendar import today
from shared.testing import eventually
from tests.pages.conftest import HTML, OFFICER, PLANT, TEAM, WORKER, Plant, told

CLOUD_EVENT = {"Content-Type": "application/cloudevents+json"}


def read(page: httpx.Response) -> str:
    """Without the marks at what was searched for."""
    return re.sub("</?mark>", "", page.text)


async def test_home_leads_on(worker: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    page = (await worker.get("/")).text
    assert 'href="/proposals"' in page
    assert f'href="/people/{WORKER}"' in page
    assert 'href="/plants"' not in page, "a worker may not see that page"
    assert 'href="/plants"' in (await officer.get("/")).text


async def test_a_proposal_is_shown_with_its_author_unless_hidden(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    await plant.propose("灯坏了 open-name")
    await plant.propose("阀门漏 hidden-name", hidden=True)
    page = (await worker.get("/proposals", params={"q": "open-name"})).text
    assert "灯坏了" in page
    assert WORKER in page
    assert "页面班" in page
    page = (await worker.get("/proposals", params={"q": "hidden-name"})).text
    assert "匿名" in page
    assert WORKER not in page


async def test_a_title_that_is_markup_stays_text(worker: httpx.AsyncClient, plant: Plant) -> None:
    await plant.propose("<script>alert(1)</script>", body="<img src=x onerror=alert(2)>")
    page = read(await worker.get("/proposals", params={"q": "alert(1)"}))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "<img src=x" not in page


async def test_filters_are_kept_in_the_form_and_empty_fields_ask_for_nothing(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    await plant.propose("筛选 filtered")
    form = {"q": "filtered", "unit": PLANT, "state": "open", "category": "", "overdue": ""}
    page = await worker.get("/proposals", params=form)
    assert page.status_code == 200
    assert "筛选 filtered" in read(page)
    assert '<option value="open" selected>' in page.text
    none = (await worker.get("/proposals", params=form | {"state": "declined"})).text
    assert "没有符合条件的提案" in none


async def test_older_proposals_follow_by_the_cursor(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    for number in range(3):
        await plant.propose(f"翻页 turned-{number}")
    path, seen = "/proposals?q=turned-&limit=2", []
    for _ in range(2):
        page = read(await worker.get(path))
        seen += re.findall(r"turned-\d", re.sub(r"<form.*?</form>", "", page, flags=re.S))
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == ["turned-2", "turned-1", "turned-0"]
    assert not path, "no link where nothing follows"


async def test_proposals_in_the_order_of_their_days_follow_by_the_cursor(
    worker: httpx.AsyncClient, plant: Plant
) -> None:
    for number, category in enumerate(["other", "safety", "other", "safety"]):
        asked = {"title": f"先后 ordered-{number}", "body": "正文", "category": category}
        await plant.say("pages-worker", "democracy/submit-proposal", asked)
    path, seen = "/proposals?q=ordered-&sort=due&limit=1", []
    while path:
        page = read(await worker.get(path))
        seen += re.findall(r"先后 ordered-(\d)", page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == ["1", "3", "0", "2"], "safety is answered sooner"


async def test_a_person_sees_the_own_page_by_name(worker: httpx.AsyncClient) -> None:
    page = await worker.get(f"/people/{WORKER}")
    assert page.status_code == 200
    assert "王&lt;小&gt;明" in page.text
    assert TEAM in page.text


async def test_an_officer_finds_a_person_by_number(officer: httpx.AsyncClient) -> None:
    found = await officer.get("/people", params={"employee": f" {WORKER} "}, follow_redirects=True)
    assert found.url.path == f"/people/{WORKER}"
    assert "王&lt;小&gt;明" in found.text


async def test_a_plant_shows_its_heads_on_a_day(officer: httpx.AsyncClient) -> None:
    page = (await officer.get(f"/plants/{PLANT}", params={"on": "2022-01-01"})).text
    assert "页面班" in page
    assert '<td class="number">3</td>' in page
    assert 'value="2022-01-01"' in page
    before = await officer.get(f"/plants/{PLANT}", params={"on": "2020-01-01"})
    assert "各单位人数" not in before.text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        (f"/people/{OFFICER}", 403, "无权查看"),
        (f"/plants/{PLANT}", 403, "无权查看"),
        ("/no-such-page", 404, "没有这一页"),
        ("/proposals?state=lost", 422, "填写有误"),
        ("/proposals?cursor=broken", 422, "填写有误"),
        ("/proposals?limit=0", 422, "填写有误"),
        ("/people/a%20b", 422, "填写有误"),
    ],
)
async def test_a_no_is_a_page_in_a_browser(
    worker: httpx.AsyncClient, path: str, status: int, says: str
) -> None:
    page = await worker.get(path)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert says in page.text


@pytest.mark.parametrize("path", ["/people/PG999", "/plants/pages-nowhere"])
async def test_only_who_sees_the_whole_is_told_what_is_not_there(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, path: str
) -> None:
    assert (await officer.get(path)).status_code == 403
    missing = await head_officer.get(path)
    assert missing.status_code == 404
    assert "没有这一页" in missing.text


@pytest.mark.parametrize("path", ["/proposals", "/people/PG001", "/no-such-page"])
async def test_programs_get_problem_json(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path, headers={"Accept": "application/json"})
    assert answer.status_code in {401, 404}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_api_never_answers_with_a_page(worker: httpx.AsyncClient) -> None:
    answer = await worker.get("/api/v1/views/proposals")
    assert answer.status_code == 401, "a cookie is no token"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/", "/proposals", f"/people/{WORKER}", "/account", "/account/password", "/no-such-page"],
)
async def test_pages_are_kept_by_nobody_and_run_nothing_foreign(
    worker: httpx.AsyncClient, path: str
) -> None:
    headers = (await worker.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_the_stylesheet_is_kept(stranger: httpx.AsyncClient) -> None:
    link = re.search(r'href="(/static/base\.css[^"]*)"', (await stranger.get("/")).text)
    assert link
    sheet = await stranger.get(link[1])
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    again = await stranger.get(link[1], headers={"If-None-Match": sheet.headers["etag"]})
    assert again.status_code == 304


async def test_pages_are_not_in_openapi(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]
    assert not {"/", "/proposals", "/sign-in", "/people/{employee}"} & paths.keys()


class Shape(HTMLParser):
    """Checks that tags nest, that nothing is inline, and that every field has its label."""

    VOID = frozenset({"meta", "link", "input", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.labels: set[str | None] = set()
        self.fields: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        if tag == "label":
            self.labels.add(given["for"])
        hidden = given.get("type") == "hidden" or "hidden" in given
        if tag in {"input", "select", "textarea"} and not hidden:
            self.fields.add(given["id"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_an_officer_sees_whom_the_union_owes_a_visit(
    officer: httpx.AsyncClient, worker: httpx.AsyncClient, plant: Plant
) -> None:
    day = today().isoformat()
    leave = told(90, "leave-started", employee=WORKER, kind="sick", on=day)
    async with httpx.AsyncClient(base_url=plant.url, timeout=60) as client:
        bearer = {"Authorization": f"Bearer {plant.tokens['pages-hr']}"}
        await client.post("/hooks/hr", json=leave, headers=bearer | CLOUD_EVENT)

    async def is_due() -> bool:
        return WORKER in (await officer.get("/visits", params={"unit": PLANT})).text

    await eventually(is_due, seconds=10)
    logged = {"employee": WORKER, "occasion": "hospital", "on": day, "note": "看望过"}
    await plant.say("pages-officer", "welfare/log-visit", logged | {"visitors": [OFFICER]})
    assert WORKER not in (await officer.get("/visits", params={"unit": PLANT})).text
    made = await officer.get("/visits", params={"unit": PLANT, "state": "made"})
    assert WORKER in made.text
    assert "看望过" not in made.text
    assert (await worker.get("/visits")).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/proposals",
        "/visits",
        "/visits/new",
        "/courses",
        "/courses/new",
        "/work",
        "/proposals/new",
        "/membership",
        f"/people/{WORKER}",
        f"/plants/{PLANT}",
        "/account",
        "/account/password",
        "/no-such-page",
    ],
)
async def test_pages_are_well_formed_and_labelled(officer: httpx.AsyncClient, path: str) -> None:
    shape = Shape()
    shape.feed((await officer.get(path)).text)
    shape.close()
    assert not shape.open
    assert shape.fields <= shape.labels


async def test_the_form_to_sign_in_is_well_formed(stranger: httpx.AsyncClient) -> None:
    page = (await stranger.get("/", headers=HTML)).text
    assert page.lstrip().startswith("<!DOCTYPE html>")
    shape = Shape()
    shape.feed(page)
    assert not shape.open
    assert shape.fields == shape.labels == {"account", "password"}
