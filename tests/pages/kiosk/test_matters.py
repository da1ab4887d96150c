"""What one does at a kiosk: one's own matters, and nothing by a post."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.app import create_door
from services.gateway.site import Site
from shared.settings import Settings
from tests.pages.conftest import HTML, OFFICER, WORKER, Plant, fill, hidden_in, said_to_record
from tests.pages.kiosk.conftest import give_pin, kiosk_of, stand_at
from tests.pages.test_courses import opened
from tests.pages.test_forms import actions_in
from tests.statements import read_statements

SAID = {"title": "加一盏灯 said-at-kiosk", "body": "夜里看不见", "category": "safety"}


async def test_one_says_something_and_sees_what_becomes_of_it(kiosk: httpx.AsyncClient) -> None:
    done = await fill(kiosk, "/kiosk/say", **SAID)
    assert done.status_code == 303
    page = (await kiosk.get(done.headers["location"])).text
    assert "已提交" in page
    assert "7 个工作日内" in page
    for path in ("/kiosk/home", "/kiosk/mine"):
        assert "said-at-kiosk" in (await kiosk.get(path)).text


async def test_one_says_something_under_a_hidden_name(
    kiosk: httpx.AsyncClient, plant: Plant
) -> None:
    typed = SAID | {"title": "说不出口 hidden-at-kiosk", "hidden": "true"}
    done = await fill(kiosk, "/kiosk/say", **typed)
    page = (await kiosk.get(done.headers["location"])).text
    assert "匿名" in page
    assert WORKER not in page
    for path in ("/kiosk/home", "/kiosk/mine"):
        assert "hidden-at-kiosk" not in (await kiosk.get(path)).text


async def test_a_form_that_is_wrong_comes_back_with_what_was_typed(
    kiosk: httpx.AsyncClient,
) -> None:
    back = await fill(kiosk, "/kiosk/say", title="只有一行")
    assert back.status_code == 422
    assert 'value="只有一行"' in back.text
    assert "请填写" in back.text


async def test_more_time_costs_nothing_that_was_typed(kiosk: httpx.AsyncClient) -> None:
    """Without scripts the button for more time sends the form to be shown again."""
    page = await kiosk.get("/kiosk/say")
    assert 'id="here" form="draft" name="look" value="1" formnovalidate' in page.text
    again = await kiosk.post(
        "/kiosk/say", data=hidden_in(page, "/kiosk/say") | {"title": "写到一半", "look": "1"}
    )
    assert again.status_code == 200
    assert 'value="写到一半"' in again.text
    assert "errors" not in again.text


async def test_one_stands_behind_what_is_open_in_ones_plant(plant: Plant, pins: None) -> None:
    id = await plant.propose("护栏松了 supported-at-kiosk")
    async with kiosk_of(plant, OFFICER) as kiosk:
        assert f'href="/kiosk/proposals/{id}"' in (await kiosk.get("/kiosk/proposals")).text
        action = f"/kiosk/proposals/{id}/support"
        done = await fill(kiosk, f"/kiosk/proposals/{id}", action)
        assert (done.status_code, done.headers["location"]) == (303, f"/kiosk/proposals/{id}")
        assert "1 人附议" in (await kiosk.get(done.headers["location"])).text
        twice = await fill(kiosk, f"/kiosk/proposals/{id}", action)
        assert twice.status_code == 409
        assert "已经附议过" in twice.text
        assert (await kiosk.get(action)).headers["location"] == f"/kiosk/proposals/{id}"


async def test_ones_own_proposal_has_no_button_to_support_it(
    kiosk: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("自己的 own-at-kiosk")
    assert "/support" not in (await kiosk.get(f"/kiosk/proposals/{id}")).text


async def test_older_ones_follow_by_the_cursor(kiosk: httpx.AsyncClient, plant: Plant) -> None:
    for number in range(10):
        await plant.propose(f"一页一页 leafed-at-kiosk-{number}")
    for path in ("/kiosk/mine", "/kiosk/proposals"):
        first = (await kiosk.get(path)).text
        assert "leafed-at-kiosk-9" in first
        assert "leafed-at-kiosk-0" not in first
        older = first.split(f'href="{path}?')[1].split('"')[0]
        assert "leafed-at-kiosk-0" in (await kiosk.get(f"{path}?{older}")).text
        assert (await kiosk.get(f"{path}?cursor=broken")).status_code == 422


async def test_ones_courses_and_where_there_are_seats(
    kiosk: httpx.AsyncClient, plant: Plant
) -> None:
    mine = await opened(plant, "有我 seat-at-kiosk", days=9)
    await opened(plant, "还有名额 free-at-kiosk", days=9)
    await plant.say("pages-leader", "training/enrol", {"course": mine, "employee": WORKER})
    page = (await kiosk.get("/kiosk/courses")).text
    before, _, after = page.partition("<h2>")
    assert "seat-at-kiosk" in before
    assert "seat-at-kiosk" not in after
    assert "free-at-kiosk" in after


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/kiosk/proposals/no-id", 404),
        ("/kiosk/proposals/0197f8a0-0000-7000-8000-000000000000", 404),
        ("/kiosk/nowhere", 404),
    ],
)
async def test_a_no_at_a_kiosk_leads_back_to_its_start(
    kiosk: httpx.AsyncClient, path: str, status: int
) -> None:
    page = await kiosk.get(path)
    assert page.status_code == status
    assert 'href="/kiosk/home"' in page.text
    assert 'url=/kiosk/out"' in page.text, "and does not stay there"


async def test_every_form_that_posts_carries_its_token(
    kiosk: httpx.AsyncClient, terminal: httpx.AsyncClient, plant: Plant, site: Home
) -> None:
    others = {"title": "别人的 forms-at-kiosk", "body": "正文", "category": "other"}
    id = await plant.say("pages-officer", "democracy/submit-proposal", others)
    pages = [await terminal.get("/kiosk"), await kiosk.get("/kiosk/say")]
    pages.append(await kiosk.get(f"/kiosk/proposals/{id}"))
    await give_pin(site, "pages-officer", given=True)
    await stand_at(terminal, OFFICER)
    pages.append(await terminal.get("/kiosk/pin"))
    seen: set[str] = set()
    for page in pages:
        for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
            if action := re.search(r'method="post" action="([^"]+)"', form):
                seen.add(re.sub(r"[0-9a-f-]{36}", "0", action[1]))
                assert len(re.findall('name="form-token" value="[0-9a-f]{64}"', form)) == 1
    assert seen == actions_in("kiosk")


# ------------------------------------------------------------------------------------- rights


async def test_the_posts_of_an_officer_do_not_count_at_a_kiosk(
    plant: Plant, site: Home, pins: None
) -> None:
    async with kiosk_of(plant, OFFICER) as kiosk:
        for path in (
            "/",
            "/visits",
            "/work",
            "/account",
            "/account/password",
            "/account/pin",
            f"/people/{WORKER}",
            f"/people/{OFFICER}",
            "/membership",
            "/proposals",
            "/proposals.xlsx",
            "/plants",
        ):
            page = await kiosk.get(path)
            assert page.status_code == 403, path
            assert "自助终端上不能办" in page.text
            assert 'href="/kiosk/home"' in page.text
        token = kiosk.cookies["session"]
        bearer = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        for path in ("/api/v1/views/proposals", "/api/v1/views/visits"):
            answer = await kiosk.get(path, headers=bearer)
            assert (answer.status_code, answer.json()["code"]) == (403, "not-at-a-kiosk")
        assert (await kiosk.delete("/api/v1/sessions", headers=bearer)).status_code == 403
    noted = "SELECT count(*) FROM audit WHERE code = 'not-at-a-kiosk' AND what = 'refused'"
    assert await said_to_record(site, noted) >= 12


@asynccontextmanager
async def gateway_here(
    plant: Plant, settings: Settings
) -> AsyncIterator[tuple[httpx.AsyncClient, Site]]:
    site = Site(settings)
    transport = httpx.ASGITransport(create_door(site))
    async with httpx.AsyncClient(transport=transport, base_url=plant.url, headers=HTML) as browser:
        yield browser, site
    await site.readers.close()
    await site.engine.dispose()


async def test_a_session_at_a_kiosk_grants_nothing(
    plant: Plant, settings: Callable[[str], Settings], pins: None
) -> None:
    """Also in what a service is told of who asks."""
    async with gateway_here(plant, settings("gateway")) as (browser, site):
        await stand_at(browser, OFFICER)
        known = await site.tokens.at_kiosk(browser.cookies["session"])
        assert known.actor.account == "pages-officer"
        assert known.actor.person is not None
        assert known.actor.grants == ()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/kiosk/home", 1),
        ("/kiosk/mine", 1),
        ("/kiosk/proposals", 2),
        ("/kiosk/proposals/{proposal}", 1),
        ("/kiosk/courses", 3),
        ("/kiosk/say", 0),
    ],
)
async def test_a_page_of_a_kiosk_asks_the_views_little(
    plant: Plant, settings: Callable[[str], Settings], pins: None, path: str, most: int
) -> None:
    path = path.format(proposal=await plant.propose("数一数 counted-at-kiosk"))
    async with gateway_here(plant, settings("gateway")) as (browser, site):
        await stand_at(browser)
        await browser.get(path)
        async with read_statements(site.readers) as said:
            assert (await browser.get(path)).status_code == 200
    assert len(said) == most, said
