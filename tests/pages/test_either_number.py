"""Two numbers that are ruled to be one person's: what became under either is theirs, on the pages
and in what is new for them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import drop_account, keep_account
from shared.calendar import today
from shared.testing import eventually
from tests.pages.conftest import OFFICER, PASSWORD, Plant, browser_of, fill, heard, told
from tests.pages.test_news import new_in
from tests.pages.test_places import rows_of

UNIT, OLD, NEW = "en-plant", "PEN01", "PEN02"
ACCOUNTS = {"en-old": OLD, "en-new": NEW}


def story() -> list[dict[str, object]]:
    """OLD left and was hired again as NEW, who is ill."""
    day = today().isoformat()
    return [
        told(1780, "unit-created", unit=UNIT, name="两号厂", kind="plant", parent="company"),
        told(1781, "employee-hired", employee=OLD, name="田一人", on="2022-01-01"),
        told(1782, "employee-assigned", employee=OLD, unit=UNIT, on="2022-01-01"),
        told(1783, "employee-left", employee=OLD, on="2022-03-01"),
        told(1784, "employee-hired", employee=NEW, name="田一人", on="2022-03-01"),
        told(1785, "employee-assigned", employee=NEW, unit=UNIT, on="2022-03-01"),
        told(1786, "leave-started", employee=NEW, kind="sick", on=day),
    ]


@pytest.fixture(scope="module")
async def made(plant: Plant, site: Home) -> AsyncIterator[dict[str, str]]:
    """What the one under NEW did and what was done about them, by what it is; and then they are
    ruled to be the one under OLD, whose id stays."""
    await heard(site, *story())
    tokens = dict(plant.tokens)
    async with gateway_session(site) as session:
        for account, number in ACCOUNTS.items():
            await keep_account(session, account, employee=number, roles=[], password=PASSWORD)
        await session.commit()
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as client:
        for account in ACCOUNTS:
            asked = {"account": account, "password": PASSWORD}
            tokens[account] = (await client.post("/api/v1/session", json=asked)).json()["token"]
    both = Plant(plant.url, tokens)
    made: dict[str, str] = {}
    said = {"body": "正文", "category": "safety"}
    for what, title, hidden in (("own", "两号提的", False), ("hidden", "两号匿名提的", True)):
        matter = said | {"title": title, "hidden": hidden}
        made[what] = await both.say("en-new", "democracy/submit-proposal", matter)
    made["followed"] = await both.propose("别人提的")
    page = f"/proposals/{made['followed']}"
    async with browser_of(both, "en-new") as browser:
        assert (await fill(browser, page, f"{page}/follow")).status_code == 303
    course = {"title": "两号学的", "unit": UNIT, "starts_on": "2022-05-01", "seats": 3}
    made["course"] = await both.say("pages-head", "training/open-course", course)
    asked = {"course": made["course"], "employee": NEW}
    await both.say("pages-head", "training/enrol", asked)
    wrong = {"about": "honour", "wrong": "年份 either-number"}
    made["correction"] = await both.say("en-new", "membership/ask-correction", wrong)
    ruled = {"employee": NEW, "other": OLD, "reason": "同一人"}
    made["ruling"] = await both.say("pages-head", "membership/rule-same-person", ruled)
    for what in ("own", "followed"):
        await both.say("pages-officer", "democracy/support-proposal", {"proposal": made[what]})
    yield made | tokens
    async with gateway_session(site) as session:
        for account in ACCOUNTS:
            await drop_account(session, account)
        await session.commit()


async def got(plant: Plant, token: str, path: str, **asked: Any) -> Any:
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=bearer) as client:
        answer = await client.get(f"/api/v1/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_what_becomes_of_it_is_new_for_them_whichever_number_they_sign_in_with(
    plant: Plant, made: dict[str, str], account: str
) -> None:
    async with browser_of(plant, account) as browser:

        async def told_of_all() -> bool:
            new = new_in(await browser.get("/"))
            return all(made[what] in new for what in ("own", "followed", "course"))

        await eventually(told_of_all, seconds=15)
        page = (await browser.get(f"/proposals/{made['own']}")).text
        assert "/follow" not in page, "it is one's own"
        assert NEW in page
        assert "不再关注" in (await browser.get(f"/proposals/{made['followed']}")).text
        page = (await browser.get(f"/courses/{made['course']}")).text
        assert "我的名额" in page
        assert made["correction"] in (await browser.get("/me/data")).text


async def test_officers_find_it_under_the_number_by_which_the_person_is_called(
    plant: Plant, made: dict[str, str], head_officer: httpx.AsyncClient
) -> None:
    for path in (f"/visits?unit={UNIT}", "/visits?limit=200", f"/people/{OLD}"):
        page = (await head_officer.get(path)).text
        assert NEW in page, path
    due = await got(plant, made["pages-head"], "views/visits", unit=UNIT)
    assert [(each["employee"], each["unit"]) for each in due["items"]] == [(NEW, UNIT)]
    counted = await got(plant, made["pages-head"], "views/plant", unit=UNIT)
    assert counted["visits"]["due"] == 1
    waits = rows_of(await head_officer.get("/work.xlsx"))
    assert any(NEW in row for row in waits)
    assert not any(OLD in row for row in waits)
    done = {"course": made["course"], "employee": OLD, "result": "passed"}
    await plant.say("pages-head", "training/complete-course", done)
    taken = (await got(plant, made["pages-head"], "views/person", employee=OLD))["courses"]
    assert [each["result"] for each in taken] == ["passed"]
    visited = {"employee": OLD, "occasion": "hospital", "on": today().isoformat()}
    visit = await plant.say("pages-head", "welfare/log-visit", visited | {"visitors": [OFFICER]})
    assert visit == due["items"][0]["id"], "what was owed is settled by it"
    note = await got(plant, made["pages-head"], "welfare/visit-note", visit=visit)
    assert note["employee"] == NEW


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_all_that_is_held_under_either_is_told_by_every_service(
    plant: Plant, made: dict[str, str], account: str
) -> None:
    token = made[account]
    for number in ACCOUNTS.values():
        held = {
            service: {
                table["table"]: table["rows"]
                for table in (await got(plant, token, path, employee=number))["tables"]
            }
            for service, path in (
                *((each, f"{each}/own-data") for each in ("democracy", "training", "welfare")),
                ("membership", "membership/own-data"),
                ("gateway", "views/own-data"),
            )
        }
        assert {row["title"] for row in held["democracy"]["proposal"]} == {
            "两号提的",
            "两号匿名提的",
        }
        assert len(held["training"]["enrolment"]) == 1
        assert len(held["welfare"]["visit"]) == 1
        assert len(held["membership"]["correction"]) == 1
        assert len(held["gateway"]["follow"]) == 1
        assert {row["name"] for row in held["gateway"]["account"]} == set(ACCOUNTS)
        for service, tables in held.items():
            numbers = {row["employee"] for row in tables["person"]}
            assert numbers == {OLD, NEW}, service


async def test_nobody_supports_what_they_proposed_under_the_other_number(
    plant: Plant, made: dict[str, str]
) -> None:
    bearer = {"Authorization": f"Bearer {made['en-old']}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=bearer) as client:
        for what in ("own", "hidden"):
            answer = await client.post(
                "/api/v1/democracy/support-proposal", json={"proposal": made[what]}
            )
            assert (answer.status_code, answer.json()["code"]) == (409, "own-proposal")


async def test_following_under_the_other_number_can_be_undone(
    plant: Plant, made: dict[str, str]
) -> None:
    page = f"/proposals/{made['followed']}"
    async with browser_of(plant, "en-old") as browser:
        await fill(browser, page, f"{page}/follow")
        assert "不再关注" not in (await browser.get(page)).text
