"""Who pays no dues and takes no part, on the pages: the list, the talk, the decision and its
undoing; and what the member reads of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import httpx
import openpyxl
import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import keep_account
from shared.calendar import today
from shared.messages import uuid7
from tests.journeys.conftest import event
from tests.pages.conftest import PASSWORD, Plant, browser_of, fill, heard


@pytest.fixture
async def owing(plant: Plant, site: Home) -> tuple[str, str]:
    """A plant of its own, and a member there without dues for six months, with an account."""
    mark = uuid7().hex[-10:]
    unit, employee = f"lp-{mark}", f"LP{mark}"
    hired = {"employee": employee, "on": "2022-03-01"}
    await heard(
        site,
        event("unit-created", unit=unit, name="欠费厂", kind="plant", parent="company"),
        event("employee-hired", name="欠<b>费", **hired),
        event("employee-assigned", unit=unit, **hired),
    )
    await plant.say("pages-head", "membership/admit-member", hired | {"reference": "r"})
    month = today().replace(day=1)
    for _ in range(6):
        month = (month - timedelta(1)).replace(day=1)
        await booked(plant, unit, f"{month:%Y-%m}")
    async with gateway_session(site) as session:
        await keep_account(session, f"lp-{mark}", employee=employee, roles=[], password=PASSWORD)
        await session.commit()
    return unit, employee


async def booked(plant: Plant, unit: str, month: str) -> None:
    """With nobody of the roll in it."""
    opened = {"unit": unit, "month": month, "rows": 1, "wages": 1000, "dues": 0}
    payroll = await plant.say("pages-head", "membership/open-payroll", opened)
    row = {"line": 2, "employee": "LP-nobody", "wages": "10", "dues": ""}
    await plant.say("pages-head", "membership/add-payroll", {"payroll": payroll, "rows": [row]})
    await plant.say("pages-head", "membership/book-payroll", {"payroll": payroll})


@pytest.fixture
async def member(plant: Plant, owing: tuple[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(plant, owing[0]) as browser:
        yield browser


async def term_is_over(site: Home, employee: str) -> None:
    """As if the admonition had been entered a term ago."""
    admin = await postgres.connect(site)
    await admin.execute(
        """
        UPDATE membership.admonition SET due_on = $2
        WHERE person = (SELECT id FROM membership.person WHERE employee = $1)
        """,
        employee,
        today() - timedelta(1),
    )
    await admin.close()


async def entered(browser: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    """The page that comes after the form."""
    answer = await fill(browser, path, **typed)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def test_from_the_list_to_the_decision_and_back_without_a_gap(
    site: Home,
    owing: tuple[str, str],
    head_officer: httpx.AsyncClient,
    member: httpx.AsyncClient,
) -> None:
    unit, employee = owing
    here = f"/people/{employee}/lapse"
    listed = await head_officer.get("/lapses", params={"unit": unit})
    assert "可以教育提醒" in listed.text
    assert "欠&lt;b&gt;费" in listed.text
    assert f'href="{here}"' in listed.text
    assert "可以教育提醒" in (await head_officer.get("/work")).text

    page = await entered(
        head_officer,
        here,
        deed="admonish",
        on=today().isoformat(),
        way="in-person",
        reason="六个月没有会费，请补交",
    )
    assert "本人会收到通知" in page.text
    assert "改正期内" in page.text
    home = await member.get("/")
    assert "工会有话对您说" in home.text
    assert f'href="{here}"' in (await member.get("/membership")).text
    own = await member.get(here)
    assert "六个月没有会费，请补交" in own.text
    assert "怎样改正" in own.text
    assert f'action="{here}"' not in own.text

    early = await fill(
        head_officer, here, deed="declare", on=today().isoformat(), reference="纪要 4 号"
    )
    assert early.status_code == 409
    assert "改正期还没有满" in early.text
    await term_is_over(site, employee)
    page = await entered(
        head_officer, here, deed="declare", on=today().isoformat(), reference="纪要 4 号"
    )
    assert "决定已登记" in page.text
    record = (await head_officer.get(f"/people/{employee}/record")).text
    assert "视为自动退会" in record
    own = await member.get(here)
    assert "纪要 4 号" in own.text
    assert "撤销后会籍不中断" in own.text
    assert "工会有话对您说" in (await member.get("/")).text

    page = await entered(head_officer, here, deed="reverse", reason="本人已补交，漏登")
    assert "会籍不中断" in page.text
    assert "本人已补交，漏登" in (await member.get(here)).text
    assert "2022年3月1日" in (await member.get("/membership")).text


async def test_who_mends_reads_that_nothing_is_left_to_do(
    plant: Plant,
    owing: tuple[str, str],
    head_officer: httpx.AsyncClient,
    member: httpx.AsyncClient,
) -> None:
    unit, employee = owing
    here = f"/people/{employee}/lapse"
    talk = {"deed": "admonish", "on": today().isoformat(), "way": "by-phone", "reason": "r"}
    await entered(head_officer, here, **talk)
    said = {"title": "t", "body": "b", "category": "other"}
    answer = await fill(member, "/proposals/new", **said)
    assert answer.status_code == 303, answer.text
    await until_closed(member)
    own = (await member.get(here)).text
    assert "会籍没有问题" in own
    assert "已改正" in own
    assert employee not in (await head_officer.get("/lapses", params={"unit": unit})).text


async def until_closed(browser: httpx.AsyncClient) -> None:
    """What the services tell one another takes a moment."""
    async with asyncio.timeout(60):
        while "这件事您不用再做什么了" not in (await browser.get("/")).text:
            pass


async def test_what_is_filled_in_wrongly_is_said_at_its_field_and_kept(
    owing: tuple[str, str], head_officer: httpx.AsyncClient
) -> None:
    here = f"/people/{owing[1]}/lapse"
    answer = await fill(head_officer, here, deed="admonish", on="2199-01-01", reason="当面说过")
    assert answer.status_code == 422
    assert 'href="#way"' in answer.text
    answer = await fill(
        head_officer, here, deed="admonish", on="2199-01-01", way="in-person", reason="当面说过"
    )
    assert answer.status_code == 409
    assert 'href="#on"' in answer.text
    assert "当面说过" in answer.text


async def test_the_list_goes_out_as_a_sheet_with_the_same_filters(
    owing: tuple[str, str], head_officer: httpx.AsyncClient
) -> None:
    answer = await head_officer.get("/lapses.xlsx", params={"unit": owing[0]})
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)  # type: ignore[union-attr]
    assert [row[0] for row in rows[1:]] == [owing[1]]
    assert rows[1][3] == "可以教育提醒"
    none = await head_officer.get("/lapses.xlsx", params={"unit": owing[0], "state": "over"})
    assert len(list(openpyxl.load_workbook(BytesIO(none.content)).active.values)) == 1  # type: ignore[union-attr]


async def test_managers_and_officers_of_elsewhere_see_nothing_of_it(
    owing: tuple[str, str],
    manager: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    worker: httpx.AsyncClient,
) -> None:
    here = f"/people/{owing[1]}/lapse"
    assert (await manager.get("/lapses")).status_code == 403
    for browser in (manager, officer, worker):
        assert (await browser.get(here)).status_code == 403
    assert owing[1] not in (await officer.get("/lapses")).text
