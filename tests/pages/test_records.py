"""A member's record on the pages: reading it, and what officers enter about a membership."""

from datetime import date

import httpx
import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.messages import uuid7
from tests.journeys.conftest import event
from tests.pages.conftest import PASSWORD, PLANT, TEAM, Plant, browser_of, fill, heard

RECORD = "/people/{}/record"


@pytest.fixture
async def hired(plant: Plant, site: Home) -> str:
    """Somebody of the team, employed since 2022 and no member yet."""
    employee = f"Q{uuid7().hex[-12:]}"
    await heard(
        site,
        event("employee-hired", employee=employee, name="周<b>新</b>", on="2022-03-01"),
        event("employee-assigned", employee=employee, unit=TEAM, on="2022-03-01"),
    )
    return employee


async def entered(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """The page that comes after the form."""
    answer = await fill(browser, path, **fields)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def test_an_application_on_paper_makes_a_member_and_stands_in_the_record(
    officer: httpx.AsyncClient, hired: str
) -> None:
    before = (await officer.get(RECORD.format(hired))).text
    assert "还不是会员" in before
    assert "2022年3月1日 入职时已发出入会邀请" in before
    page = await entered(
        officer, f"/people/{hired}/admit", on="2024-02-01", reference="档-2024-017"
    )
    assert "入会申请已登记" in page.text
    assert "纸质签字" in page.text
    assert "档-2024-017" in page.text
    person = (await officer.get(f"/people/{hired}")).text
    assert "2024年2月1日" in person
    again = await fill(officer, f"/people/{hired}/admit", on="2024-02-01", reference="x")
    assert again.status_code == 409
    assert "那一天已经是会员" in again.text
    assert 'value="x"' in again.text


async def test_a_membership_is_kept_taken_back_and_ended(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, hired: str, site: Home
) -> None:
    await entered(officer, f"/people/{hired}/admit", on="2024-02-01", reference="1")
    await entered(officer, f"/people/{hired}/keep", on="2024-02-01")
    await heard(site, event("employee-left", employee=hired, on="2024-06-01"))
    page = await officer.get(RECORD.format(hired))
    assert "保留会籍，无表决权" in page.text
    assert "保留会籍，无表决权" in (await head_officer.get(f"/people/{hired}")).text
    back = await entered_on(officer, page, f"/people/{hired}/keep", on="2024-02-01", kept="no")
    assert "保留会籍，无表决权" not in back.text
    await entered(officer, f"/people/{hired}/keep", on="2024-06-01")
    page = await entered(
        officer,
        f"/people/{hired}/end-membership",
        because="died",
        on="2025-01-01",
        reference="2",
    )
    assert "去世" in page.text


async def entered_on(
    browser: httpx.AsyncClient, page: httpx.Response, action: str, **fields: str
) -> httpx.Response:
    """Sends a form that stands on the page already."""
    answer = await fill(browser, str(page.url.path), action, **fields)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def test_days_in_another_union_are_no_membership_here(
    officer: httpx.AsyncClient, hired: str
) -> None:
    await entered(officer, f"/people/{hired}/admit", on="2024-02-01", reference="1")
    path = f"/people/{hired}/other-union"
    page = await entered(officer, path, union="派遣公司工会", since="2024-03-01")
    assert "派遣公司工会" in page.text
    assert "还不是会员" not in page.text
    refused = await fill(officer, path, union="别处", since="2024-05-01", until="2024-04-01")
    assert refused.status_code == 409
    assert 'aria-invalid="true"' in refused.text


async def test_an_honour_is_entered_and_taken_out_with_a_reason(
    officer: httpx.AsyncClient, hired: str
) -> None:
    page = await entered(
        officer, f"/people/{hired}/honours", title="优秀班组长", level="plant", on="2024-05-01"
    )
    assert "优秀班组长" in page.text
    way = page.text.partition('href="/honours/')[2].partition('"')[0].replace("&amp;", "&")
    form = await officer.get(f"/honours/{way}")
    assert "优秀班组长" in form.text
    action = f"/honours/{way.partition('?')[0]}"
    answer = await fill(officer, f"/honours/{way}", action, reason="登记有误")
    assert answer.headers["location"] == RECORD.format(hired)
    assert "优秀班组长" not in (await officer.get(RECORD.format(hired))).text


async def test_a_record_is_for_oneself_and_for_officers_of_the_place(
    plant: Plant, site: Home, hired: str, officer: httpx.AsyncClient
) -> None:
    async with browser_of(plant, "pages-manager") as manager:
        assert (await manager.get(RECORD.format(hired))).status_code == 403
        assert (await manager.get(f"/people/{hired}/admit")).status_code == 403
    async with gateway_session(site) as session:
        await keep_account(session, "pages-hired", employee=hired, roles=[], password=PASSWORD)
        plant.tokens["pages-hired"], _ = await begin_session(session, "pages-hired")
        await session.commit()
    async with browser_of(plant, "pages-hired") as browser:
        own = await browser.get(RECORD.format(hired))
        assert own.status_code == 200
        assert "/admit" not in own.text
    assert (await officer.get(RECORD.format("Q-none"))).status_code == 403


async def test_who_is_moved_to_another_plant_is_told_that_the_membership_went_along(
    plant: Plant, site: Home, hired: str, officer: httpx.AsyncClient
) -> None:
    await entered(officer, f"/people/{hired}/admit", on="2024-02-01", reference="1")
    south = f"south-{hired.lower()}"
    async with gateway_session(site) as session:
        await keep_account(session, "pages-moved", employee=hired, roles=[], password=PASSWORD)
        plant.tokens["pages-moved"], _ = await begin_session(session, "pages-moved")
        await session.commit()
    moved = {"employee": hired, "from_unit": TEAM, "unit": south, "on": str(date(2024, 9, 1))}
    await heard(
        site,
        event("unit-created", unit=south, name="南厂", kind="plant", parent="company"),
        event("employee-transferred", **moved),
    )
    async with browser_of(plant, "pages-moved") as browser:
        home = (await browser.get("/")).text
        assert "会籍已随工作转到这里" in home
        assert "南厂" in home
        record = (await browser.get(RECORD.format(hired))).text
    assert f"{PLANT} → {south}" in record
    assert record.count("纸质签字") == 1
