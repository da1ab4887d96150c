"""Posts on the pages: who holds them, appointing and ending."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today
from shared.settings import Settings
from tests.pages.conftest import (
    HEAD_OFFICER,
    MANAGER,
    PASSWORD,
    PLANT,
    TEAM,
    WORKER,
    Plant,
    browser_of,
    fill,
    hidden_in,
)
from tests.pages.counting import asking, counted
from tests.pages.test_away import gateway
from tests.pages.test_places import rows_of
from tests.statements import read_statements

NEW = "/posts/new"
LIST = f"/posts?unit={PLANT}"


@pytest.fixture
async def chair(plant: Plant, site: Home) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as the chair of the plant, for the time of a test."""
    async with gateway_session(site) as session:
        await keep_account(
            session, "pages-chair", employee=HEAD_OFFICER, roles=[], password=PASSWORD
        )
        plant.tokens["pages-chair"], _ = await begin_session(session, "pages-chair")
        await session.commit()
    chairs = {"employee": HEAD_OFFICER, "role": "chair", "unit": PLANT, "on": "2023-01-01"}
    post = await plant.say("pages-it", "membership/appoint-post", chairs)
    async with browser_of(plant, "pages-chair") as browser:
        yield browser
    await plant.say("pages-it", "membership/end-post", {"post": post, "on": "2023-01-01"})


def ends(page: httpx.Response, employee: str, role: str) -> str:
    """The way to the form that ends that post."""
    assert page.status_code == 200, page.text
    label = f'aria-label="结束：{role}，{employee}"'
    found = re.search(rf'href="(/posts/[^/"]+/end)" {label}', page.text)
    assert found, page.text
    return found[1]


async def test_posts_are_shown_as_of_a_day_and_as_known_and_are_not_ended_there(
    chair: httpx.AsyncClient,
) -> None:
    """The chair of this test was appointed a moment ago, from 2023 on."""
    asked = {"unit": PLANT, "role": "chair"}
    now = await chair.get("/posts", params=asked)
    assert f"工会主席，{HEAD_OFFICER}" in now.text
    day = await chair.get("/posts", params=asked | {"on": "2023-01-01"})
    assert HEAD_OFFICER in day.text
    assert "2023年1月1日在任" in day.text
    assert f"工会主席，{HEAD_OFFICER}" not in day.text
    assert HEAD_OFFICER not in (await chair.get("/posts", params=asked | {"on": "2022-12-31"})).text
    _, *rows = rows_of(await chair.get("/posts.xlsx", params=asked | {"on": "2023-01-01"}))
    assert [row[4] for row in rows] == [HEAD_OFFICER]
    early = await chair.get("/posts", params=asked | {"on": "2023-01-01", "known": "2022-06-01"})
    assert early.status_code == 200
    assert HEAD_OFFICER not in early.text
    assert "所知的情况" in early.text


async def test_a_chair_appoints_and_ends_and_both_show_at_once(
    chair: httpx.AsyncClient,
) -> None:
    assert (
        "没有人担任" in (await chair.get("/posts", params={"unit": TEAM, "role": "officer"})).text
    )
    typed = {"employee": WORKER, "role": "officer", "unit": TEAM}
    given = await fill(chair, NEW, **typed, on="2024-03-01", until="")
    assert (given.status_code, given.headers["location"]) == (303, f"/posts?unit={TEAM}")
    page = await chair.get(given.headers["location"])
    for said in ("任命成功", "王&lt;小&gt;明", "在任", "2024年3月1日"):
        assert said in page.text, said
    end = ends(page, WORKER, "工会干事")
    form = await chair.get(end)
    assert "页面班" in form.text
    assert "王&lt;小&gt;明" in form.text
    assert f'value="{today()}"' in form.text
    ended = await fill(chair, end, on=today().isoformat())
    assert (ended.status_code, ended.headers["location"]) == (303, f"/posts?unit={TEAM}")
    assert WORKER not in (await chair.get(ended.headers["location"])).text


async def test_what_begins_later_is_shown_as_such_and_can_be_taken_back(
    chair: httpx.AsyncClient,
) -> None:
    later = today() + timedelta(days=30)
    typed = {"employee": WORKER, "role": "leader", "unit": TEAM}
    assert (await fill(chair, NEW, **typed, on=later.isoformat())).status_code == 303
    page = await chair.get(LIST)
    assert "尚未上任" in page.text
    end = ends(page, WORKER, "班组长")
    assert f'value="{later}"' in (await chair.get(end)).text
    assert (await fill(chair, end, on=later.isoformat())).status_code == 303
    assert WORKER not in (await chair.get(LIST)).text
    assert (await chair.get(end)).status_code == 404, "it was never held"


async def test_what_a_rule_refuses_comes_back_with_what_was_typed(
    chair: httpx.AsyncClient,
) -> None:
    nobody = await fill(chair, NEW, employee="PG999", role="leader", unit=TEAM, on="2024-03-01")
    assert nobody.status_code == 409
    assert 'id="employee-wrong"' in nobody.text
    assert 'value="PG999"' in nobody.text
    assert 'value="2024-03-01"' in nobody.text
    early = await fill(
        chair, NEW, employee=WORKER, role="leader", unit=TEAM, on="2024-03-01", until="2024-03-01"
    )
    assert early.status_code == 409
    assert 'id="until-wrong"' in early.text
    empty = await fill(chair, NEW)
    assert empty.status_code == 422
    for field in ("employee", "role", "unit"):
        assert f'id="{field}-wrong"' in empty.text
    far = await fill(chair, NEW, employee=WORKER, role="leader", unit="company", on="2024-03-01")
    assert far.status_code == 403
    assert f'value="{WORKER}"' in far.text


async def test_an_end_that_cannot_be_is_said_at_the_day(
    chair: httpx.AsyncClient, plant: Plant
) -> None:
    end = ends(await chair.get(LIST), MANAGER, "厂长")
    for on, status in (("2022-12-31", 409), ("someday", 422)):
        answer = await fill(chair, end, on=on)
        assert answer.status_code == status
        assert 'id="on-wrong"' in answer.text
    assert MANAGER in (await chair.get(LIST)).text


async def test_sent_twice_it_is_one_post(chair: httpx.AsyncClient) -> None:
    typed = {"employee": WORKER, "role": "manager", "unit": TEAM, "on": "2024-03-01"}
    form = hidden_in(await chair.get(NEW), NEW) | typed
    for _ in range(2):
        assert (await chair.post(NEW, data=form)).status_code == 303
    page = await chair.get("/posts", params={"unit": TEAM, "role": "manager"})
    assert page.text.count("</tr>") == 2
    await fill(chair, ends(page, WORKER, "厂长"), on="2024-03-01")


async def test_who_ends_their_own_post_is_led_where_they_may_be(
    chair: httpx.AsyncClient, plant: Plant
) -> None:
    typed = {"employee": HEAD_OFFICER, "role": "leader", "unit": TEAM, "on": "2024-03-01"}
    await fill(chair, NEW, **typed)
    own = ends(await chair.get(LIST), HEAD_OFFICER, "班组长")
    ended = await fill(chair, own, on="2024-03-02")
    assert (ended.status_code, ended.headers["location"]) == (303, "/")


async def test_posts_are_for_the_chair_of_the_place_and_for_it(
    chair: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    worker: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    plant: Plant,
) -> None:
    end = ends(await chair.get(LIST), MANAGER, "厂长")
    for browser in (officer, worker):
        for path in ("/posts", LIST, NEW, end):
            assert (await browser.get(path)).status_code == 403
    assert (await chair.get("/posts?unit=company")).status_code == 403
    assert (await stranger.get("/posts")).status_code == 303
    async with browser_of(plant, "pages-it") as it:
        page = await it.get("/posts")
        assert page.status_code == 200
        assert 'option value="company" selected' in page.text
        assert (await it.get(end)).status_code == 200
        for unknown in ("0", "01a2082a-5b86-745c-97fe-000000000009"):
            assert (await it.get(f"/posts/{unknown}/end")).status_code == 404
    assert f'href="/posts?unit={PLANT}"' in (await chair.get(f"/plants/{PLANT}")).text
    assert "/posts?unit=" not in (await officer.get(f"/plants/{PLANT}")).text


@pytest.mark.parametrize("asked", [{"role": "king"}, {"limit": "0"}, {"cursor": "!"}, {"x": "y"}])
async def test_what_cannot_be_asked_is_said_on_a_page(
    chair: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    answer = await chair.get("/posts", params=asked)
    assert answer.status_code == 422
    assert '<html lang="zh-CN">' in answer.text


async def test_without_a_session_what_was_typed_is_kept(
    chair: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    form = hidden_in(await chair.get(NEW), NEW) | {"employee": WORKER, "role": "leader"}
    lost = await stranger.post(NEW, data=form)
    assert lost.status_code == 401
    assert f'name="kept.employee" value="{WORKER}"' in lost.text


async def test_while_membership_is_away_nothing_typed_is_lost(
    chair: httpx.AsyncClient, plant: Plant, settings: Callable[[str], Settings]
) -> None:
    end = ends(await chair.get(LIST), MANAGER, "厂长")
    async with gateway(settings("gateway"), plant.url) as browser:
        browser.cookies.set("session", plant.tokens["pages-chair"])
        assert (await browser.get("/posts")).status_code == 503
        answer = await fill(browser, NEW, employee=WORKER, role="leader", unit=TEAM)
        form = await browser.get(end)
    assert form.status_code == 200
    assert MANAGER in form.text, "by the number alone"
    assert answer.status_code == 503
    assert f'value="{WORKER}"' in answer.text


@pytest.mark.parametrize(("path", "most"), [("/posts", 1), ("/posts.xlsx", 0), (NEW, 1)])
async def test_a_page_asks_the_views_once(
    chair: httpx.AsyncClient,
    plant: Plant,
    settings: Callable[[str], Settings],
    path: str,
    most: int,
) -> None:
    async with counted(plant, settings("gateway"), "pages-chair") as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            assert (await browser.get(path)).status_code == 200
    assert len(said) == most, said
