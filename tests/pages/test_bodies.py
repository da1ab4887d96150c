"""Union bodies on the pages: founding, elections, seats, and what the rules say."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import pytest

from deploy.local.home import Home
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
    browser_of,
    fill,
    heard,
    hidden_in,
    told,
)
from tests.pages.counting import asking, counted
from tests.pages.test_away import gateway
from tests.pages.test_places import rows_of
from tests.statements import read_statements

NEW = "/bodies/new"
BEGUN = "2022-01-01"


@pytest.fixture
async def it(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(plant, "pages-it") as browser:
        yield browser


@pytest.fixture
async def body(it: httpx.AsyncClient) -> AsyncIterator[str]:
    """The page of a committee of the plant, for the time of a test."""
    made = await fill(it, NEW, kind="committee", unit=PLANT, name="页面厂<工会>", on=BEGUN)
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    yield path
    for term in re.findall(r'/withdraw\?term=([0-9a-f-]+)"', (await it.get(path)).text):
        await fill(it, f"{path}/withdraw", term=term, reason="r")
    await fill(it, f"{path}/dissolve", on=BEGUN)


async def elect(it: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    given = {
        "years": "3",
        "since": "2023-03-01",
        "chair": LEADER,
        "member": f"{WORKER}\n{OFFICER}，{MANAGER}",
        "members": "60",
        "vouched": "true",
        "gives_posts": "true",
    }
    return await fill(it, f"{path}/elect", **(given | typed))


async def test_a_body_is_founded_and_elected_and_both_show_with_the_rule(
    it: httpx.AsyncClient, body: str
) -> None:
    page = (await it.get(body)).text
    assert "尚未选举" in page
    assert "页面厂&lt;工会&gt;" in page
    done = await elect(it, body)
    assert (done.status_code, done.headers["location"]) == (303, body)
    page = (await it.get(body)).text
    for said in (
        *("选举已登记", "孙班长", "王&lt;小&gt;明", "会籍据纪要", "符合规定", "换届超期"),
        *(
            "《工会法》（2021年修正）第十六条",
            "会员60人：名额3至7人。",
            "第十一条",
            "不超过3个工作日",
        ),
    ):
        assert said in page, said
    row = re.search(
        r"页面厂&lt;工会&gt;.*?</tr>", (await it.get(f"/bodies?unit={PLANT}")).text, re.S
    )
    assert row
    for said in ("孙班长", "4人；规定为3至7人", "第1届", "换届超期", "2026年2月28日"):
        assert said in row[0], said
    english = await it.get(body, headers={"Accept-Language": "en"})
    for said in ("With 60 members: 3 to 7 seats.", "Election overdue", "Chair"):
        assert said in english.text, said
    before = await it.get(body, params={"on": "2022-12-31"})
    assert "这一天无人任职" in before.text


async def test_each_wrong_number_is_named_at_its_post_and_nothing_typed_is_lost(
    it: httpx.AsyncClient, body: str
) -> None:
    answer = await elect(it, body, member=f"{WORKER} PG999 {WORKER}", minutes="纪要 7")
    assert answer.status_code == 409
    assert 'id="member-wrong"' in answer.text
    assert 'id="chair-wrong"' not in answer.text
    assert "PG999: 没有这个工号" in answer.text
    assert f"{WORKER}: 已在这个职务上" in answer.text
    assert 'value="纪要 7"' in answer.text
    assert "尚未选举" in (await it.get(body)).text
    empty = await elect(it, body, chair="", member="", since="")
    assert empty.status_code == 422
    for field in ("chair", "since"):
        assert f'id="{field}-wrong"' in empty.text
    unvouched = await elect(it, body, vouched="")
    assert unvouched.status_code == 409
    assert f"{LEADER}: 花名册上这一天不是会员" in unvouched.text


async def test_a_chair_resigns_and_another_acts(it: httpx.AsyncClient, body: str) -> None:
    await elect(it, body)
    page = (await it.get(body)).text
    found = re.search(
        rf'href="({body}/end\?seat=([0-9a-f-]+))" aria-label="结束：主席，{LEADER}"', page
    )
    assert found
    form = await it.get(found[1])
    assert re.search(rf'value="{found[2]}" selected', form.text)
    few = await fill(
        it,
        f"{body}/end",
        seat=found[2],
        why="recalled",
        on="2024-01-01",
        votes="30",
        electors="60",
    )
    assert few.status_code == 409
    assert 'id="votes-wrong"' in few.text
    assert (
        await fill(it, f"{body}/end", seat=found[2], why="resigned", on="2024-01-01")
    ).status_code == 303
    acts = {"employee": WORKER, "post": "chair", "how": "vacant", "on": "2024-01-01"}
    acting = await fill(it, f"{body}/seat", **acts, vouched="true", gives_posts="true")
    assert acting.status_code == 303, acting.text
    page = (await it.get(body)).text
    assert "代理（职位空缺）" in page
    assert "附带职务：工会主席" in page
    assert "辞职" in page
    listed = (await it.get(f"/posts?unit={PLANT}&role=chair")).text
    assert WORKER in listed
    assert f'<a class="button" href="{body}"' in listed, "it ends with the seat"
    seat = re.search(rf'seat=([0-9a-f-]+)" aria-label="结束：主席，{WORKER}"', page)
    assert seat
    ending = (await it.get(f"/posts/{seat[1]}/end")).text  # under one id
    assert f'href="{body}"' in ending
    assert 'method="post" action="/posts/' not in ending
    _, *rows = rows_of(await it.get(f"{body}/seats.xlsx"))
    assert {(row[2], row[7]) for row in rows if row[1] == "主席"} == {
        (LEADER, "辞职"),
        (WORKER, None),
    }


async def test_it_is_shown_as_it_was_known_and_nothing_is_changed_there(
    it: httpx.AsyncClient, body: str
) -> None:
    await elect(it, body)
    known = datetime.now(UTC).isoformat()
    page = (await it.get(body)).text
    seat = re.search(rf'seat=([0-9a-f-]+)" aria-label="结束：主席，{LEADER}"', page)
    assert seat
    await fill(it, f"{body}/end", seat=seat[1], why="resigned", on="2024-01-01")
    day = {"on": "2024-06-01"}
    said = f"以下是{today().year}年"
    for asked, sits in ((day, False), (day | {"known": known}, True)):
        page = (await it.get(body, params=asked)).text
        assert (f'<td>孙班长 <span class="code">{LEADER}' in page) == sits
        assert (said in page) == sits
        assert (f"{body}/withdraw" in page) != sits, "what was known is not changed"
        place = {"unit": PLANT} | asked
        listed = (await it.get("/bodies", params=place)).text
        row = re.search(r"页面厂&lt;工会&gt;.*?</tr>", listed, re.S)
        assert row
        assert ("孙班长" in row[0]) == sits
        assert (said in listed) == sits
        opens = f'href="{body}?on=2024-06-01' + ("&amp;known=" if sits else '"')
        assert opens in listed, "as it was known, too"
        link = re.search(rf'href="({body}/seats.xlsx[^"]*)"', page)
        assert link
        for path in (link[1].replace("&amp;", "&"), f"/bodies.xlsx?{urlencode(place)}"):
            sheet = await it.get(path)
            head, *rows = rows_of(sheet)
            assert ("所知截至" in head) == sits
            assert ("-known-" in sheet.headers["Content-Disposition"]) == sits
            assert any("孙班长" in row for row in rows) == (sits or "seats" in path)
            assert any("辞职" in row for row in rows) == (not sits and "seats" in path)
    early = {"known": "2020-05-01"}
    unknown = await it.get(body, params=early)
    assert unknown.status_code == 404
    assert "当时尚不知道有这个工会组织" in unknown.text
    listed = (await it.get("/bodies", params={"unit": PLANT} | early)).text
    assert 'value="2020-05-01"' in listed
    assert "页面厂&lt;工会&gt;" not in listed
    assert NEW not in listed
    assert (await it.get(body, params={"known": "yesterday"})).status_code == 422


async def test_an_overdue_election_waits_for_the_officer_of_the_place_until_it_is_held(
    it: httpx.AsyncClient, body: str, officer: httpx.AsyncClient
) -> None:
    await elect(it, body)
    link = f'<a href="{body}">工会委员会</a>'

    async def waits() -> bool:
        return link in (await officer.get("/work")).text

    await eventually(waits, seconds=15)
    assert "筹备换届" in (await officer.get("/work")).text
    assert ("筹备换届", "工会委员会") in [
        row[:2] for row in rows_of(await officer.get("/work.xlsx"))
    ]
    await elect(it, body, since="2025-03-01", elected_on="2025-02-20")
    assert not await waits()


async def test_a_plant_of_25_members_without_a_committee_is_named_and_waits(
    it: httpx.AsyncClient, head_officer: httpx.AsyncClient, plant: Plant, site: Home
) -> None:
    here = "pages-lacks"
    events = [told(700, "unit-created", unit=here, name="缺会厂", kind="plant", parent="company")]
    people = [f"PL{number:03}" for number in range(25)]
    for place, employee in enumerate(people):
        began = {"employee": employee, "on": "2021-03-01"}
        events += [
            told(710 + place, "employee-hired", name="某", **began),
            told(740 + place, "employee-assigned", unit=here, **began),
        ]
    await heard(site, *events)
    for employee in people:
        signed = {"employee": employee, "on": "2022-01-01", "reference": "申请书"}
        await plant.say("pages-head", "membership/admit-member", signed)
    page = await head_officer.get("/bodies")
    assert "应建未建的工会委员会" in page.text
    assert "缺会厂" in page.text.split("</section>")[0]
    assert "第十一条" in page.text
    assert f"/bodies/new?unit={here}" in (await it.get(f"/bodies?unit={here}")).text
    assert "应建未建工会委员会" in (await head_officer.get("/work")).text
    before = await head_officer.get("/bodies", params={"unit": here, "on": "2021-12-31"})
    assert "应建未建的工会委员会" not in before.text
    founded = {"unit": here, "kind": "committee", "name": "缺会厂工会", "on": "2022-02-01"}
    await plant.say("pages-it", "membership/found-body", founded)
    after = await head_officer.get("/bodies", params={"unit": here})
    assert "应建未建的工会委员会" not in after.text


async def test_they_are_read_by_officers_and_kept_by_chair_and_it(
    it: httpx.AsyncClient,
    body: str,
    officer: httpx.AsyncClient,
    worker: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
) -> None:
    page = await officer.get(body)
    assert page.status_code == 200
    assert f"{body}/elect" not in page.text
    assert (await officer.get("/bodies")).status_code == 200
    for path in (NEW, f"{body}/elect", f"{body}/seat", f"{body}/end", f"{body}/dissolve"):
        assert (await officer.get(path)).status_code == 403, path
    for path in ("/bodies", body, NEW):
        assert (await worker.get(path)).status_code == 403
        assert (await stranger.get(path)).status_code == 303
    for unknown in ("0", "01a2082a-5b86-745c-97fe-000000000009"):
        assert (await it.get(f"/bodies/{unknown}")).status_code == 404
    assert (await it.get("/bodies?state=asleep")).status_code == 422


async def test_while_membership_is_away_an_election_that_was_typed_is_kept(
    it: httpx.AsyncClient, body: str, plant: Plant, settings: Callable[[str], Settings]
) -> None:
    form = hidden_in(await it.get(f"{body}/elect"), f"{body}/elect")
    async with gateway(settings("gateway"), plant.url) as browser:
        browser.cookies.set("session", it.cookies["session"])
        assert (await browser.get("/bodies")).status_code == 503
        typed = form | {"chair": LEADER, "member": WORKER, "since": "2023-03-01", "years": "3"}
        answer = await browser.post(f"{body}/elect", data=typed)
    assert answer.status_code == 503
    assert f'value="{LEADER}"' in answer.text


async def test_a_unit_has_one_committee(it: httpx.AsyncClient, body: str) -> None:
    second = await fill(it, NEW, kind="committee", unit=PLANT, name="又一个", on="2023-01-01")
    assert second.status_code == 409
    assert 'id="kind-wrong"' in second.text
    assert 'value="又一个"' in second.text
    group = await fill(it, NEW, kind="group", unit=TEAM, name="一组", on=BEGUN)
    assert group.status_code == 303
    gone = await fill(it, f"{group.headers['location']}/dissolve", on=BEGUN)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/bodies?unit={TEAM}")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        *(("/bodies", 1), ("/bodies.xlsx", 0), (NEW, 1), ("{body}", 0), ("{body}/elect", 0)),
        *(("{body}/seat", 0), ("{body}/end", 0), ("{body}/withdraw", 0), ("{body}/dissolve", 0)),
        ("{body}/seats.xlsx", 0),
    ],
)
async def test_a_page_asks_the_views_little(
    body: str, plant: Plant, settings: Callable[[str], Settings], path: str, most: int
) -> None:
    path = path.format(body=body)
    async with counted(plant, settings("gateway"), "pages-it") as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            assert (await browser.get(path)).status_code == 200
    assert len(said) == most, said
