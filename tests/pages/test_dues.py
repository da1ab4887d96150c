"""Dues on the pages: a payroll of 2,000 rows by the sheet, its month, its faults, one's own."""

import io
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from openpyxl import load_workbook

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from services.gateway.pages.words import DUES_FAULTS
from shared.settings import Settings
from tests.membership.planted import MONTH, Sheet, planted, yuan
from tests.pages.conftest import HTML, Plant, browser_of, fill, hidden_in, said_to_record
from tests.pages.counting import asking, counted
from tests.pages.payroll_made import PLANT, as_book, peopled
from tests.pages.test_places import rows_of as rows_of_sheet
from tests.pages.test_posts_sheet import bring, rows_of, step, tried
from tests.statements import read_statements

PATH, HERE = "/dues/sheet", f"/dues/{PLANT}/{MONTH}"
EARLIER = "2026-01"
BOOKED = f"/dues/{PLANT}/{EARLIER}"
KINDS = {
    "missing": "未缴",
    "twice": "重复",
    "wrong-amount": "金额不符",
    "unknown-person": "查无此工号",
    "not-a-member": "未入会",
    "malformed": "无法识别",
}


@pytest.fixture(scope="module")
async def sheet(plant: Plant, site: Home) -> Sheet:
    made = planted(7, prefix="ZD", ruled=False)
    await peopled(site, made)
    async with gateway_session(site) as session:
        await keep_account(session, "pages-auditor", employee=None, roles=["auditor"])
        await keep_account(session, "pages-payer", employee=payer(made), roles=[])
        for name in ("pages-auditor", "pages-payer"):
            plant.tokens[name], _ = await begin_session(session, name)
        await session.commit()
    return made


@pytest.fixture(scope="module")
async def booked(plant: Plant, sheet: Sheet) -> None:
    """The payroll is in the books of another month already."""
    async with browser_of(plant, "pages-head") as head:
        path = await tried(head, as_book(sheet), PATH, **totals(sheet, month=EARLIER))
        assert (await step(head, path, "do")).status_code == 303


def payer(sheet: Sheet) -> str:
    """Whose dues are one fen off."""
    return next(number for kind, number in sheet.planted if kind == "wrong-amount")


@pytest.fixture
async def head(plant: Plant) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(plant, "pages-head") as browser:
        yield browser


def seen_as(plant: Plant, who: str) -> httpx.AsyncClient:
    cookies = {"session": plant.tokens[who]}
    return httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML, cookies=cookies)


def totals(sheet: Sheet, **more: str) -> dict[str, str]:
    sums = {"wages": yuan(sheet.wages), "dues": yuan(sheet.dues)}
    return {"unit": PLANT, "month": MONTH} | sums | more


def found_in(page: httpx.Response) -> dict[str, int]:
    """The figures of a page, by what they are called."""
    assert page.status_code == 200, page.text
    figures = re.findall(r"<li[^>]*>([^<]+) <strong>([\d,]+)</strong>", page.text)
    return {name.strip(): int(number.replace(",", "")) for name, number in figures}


async def test_a_payroll_of_2000_rows_with_60_faults_from_the_sheet_to_the_books(
    head: httpx.AsyncClient, plant: Plant, sheet: Sheet, site: Home
) -> None:
    readings = (
        "SELECT count(*) FROM audit WHERE subject LIKE '%dues-faults%' AND account = 'pages-head'"
    )
    before = await said_to_record(site, readings)
    content = as_book(sheet)
    off = await tried(head, content, PATH, "3月.xlsx", **totals(sheet, dues=yuan(sheet.dues + 1)))
    page = await head.get(off)
    assert "明细合计与总额不符，不能入账" in page.text
    assert "-0.01" in page.text
    refused = await step(head, off, "do")
    assert refused.status_code == 422
    assert "明细合计与总额不符，没有入账" in refused.text

    path = await tried(head, content, PATH, "3月.xlsx", **totals(sheet))
    page = await head.get(path)
    assert "明细合计与总额一致" in page.text
    expected = Counter(
        {(KINDS[kind], about): count for (kind, about), count in sheet.planted.items()}
    )
    dry = told_in(await rows_of(head, path))
    assert dry == expected
    assert (await step(head, path, "do")).status_code == 303
    assert told_in(await rows_of(head, path)) == expected

    month = await head.get(HERE)
    figures = found_in(month)
    assert {figures[KINDS[kind]] for kind in DUES_FAULTS} == {10}
    assert f"{sheet.dues / 100:,.2f}" in month.text
    out = await head.get(f"{HERE}/faults.xlsx")
    book = load_workbook(io.BytesIO(out.content))
    assert book.active
    listed = [tuple(row) for row in book.active.iter_rows(min_row=2, values_only=True)]
    assert len(listed) == 60
    assert Counter(row[0] for row in listed) == dict.fromkeys(KINDS.values(), 10)
    months = await head.get("/dues", params={"until": MONTH, "months": "1"})
    assert HERE in months.text
    assert "已入账" in months.text
    assert await said_to_record(site, readings) > before


def told_in(rows: list[tuple[object, ...]]) -> Counter[tuple[str, str]]:
    """Faults by number; of `twice`, which stands at each of its rows, one."""
    found: Counter[tuple[str, str]] = Counter()
    for row, about, becomes, _ in rows:
        if becomes != "无差错":
            number = str(about or "").split(" ")[0] or f"row {row}"
            found[str(becomes), number] += 1
    return Counter({each: 1 if each[0] == "重复" else count for each, count in found.items()})


async def test_a_fault_is_settled_and_opened_again(head: httpx.AsyncClient, booked: None) -> None:
    path = f"{BOOKED}/faults?kind=not-a-member&settled=false"
    opened = await head.get(path)
    before = opened.text.count('name="fault"')
    form = hidden_in(opened, f"{BOOKED}/faults/settle")
    wrong = await head.post(f"{BOOKED}/faults/settle", data=form | {"how": "excused"})
    assert wrong.status_code == 409
    assert "这类差错不能这样处理" in wrong.text
    form |= {"key": "settle-once"}
    done = await head.post(f"{BOOKED}/faults/settle", data=form | {"how": "given-back"})
    assert (done.status_code, done.headers["location"]) == (303, f"{BOOKED}/faults")
    assert (await head.get(path)).text.count('name="fault"') == before - 1
    assert form["fault"] in (await head.get(f"{BOOKED}/faults?settled=true")).text
    again = await head.post(f"{BOOKED}/faults/settle", data=form | {"key": "open-again"})
    assert again.status_code == 303
    assert (await head.get(path)).text.count('name="fault"') == before


async def test_money_of_the_firm_is_entered_and_taken_back(
    head: httpx.AsyncClient, sheet: Sheet
) -> None:
    path = f"{HERE}/receipts"
    wrong = await fill(head, path, amount="12.345", on="2026-04-10", reference="回单 7")
    assert wrong.status_code == 422
    assert 'value="12.345"' in wrong.text
    done = await fill(head, path, amount="1,234.50", on="2026-04-10", reference="回单 7")
    assert (done.status_code, done.headers["location"]) == (303, HERE)
    month = await head.get(HERE)
    assert "回单 7" in month.text
    assert "1,234.50" in month.text
    back = re.search(rf'href="({HERE}/receipts/[^"]+/take-back)"', month.text)
    assert back
    assert (await fill(head, back[1], reason="记错了")).status_code == 303
    assert "已撤回" in (await head.get(HERE)).text
    _, *rows = rows_of_sheet(await head.get(f"{HERE}/receipts.xlsx"))
    assert [(row[1], row[2], row[4]) for row in rows] == [(1234.5, "回单 7", "记错了")]


async def test_the_sheet_of_the_months_has_also_those_of_which_there_is_nothing(
    head: httpx.AsyncClient,
) -> None:
    asked = {"until": "1998-03", "months": "2"}
    _, *rows = rows_of_sheet(await head.get("/dues.xlsx", params=asked))
    assert [row[0] for row in rows if row[2] == PLANT] == ["1998-03", "1998-02"]
    assert {row[3] for row in rows} == {"尚无"}


async def test_a_person_sees_their_own_dues_and_an_auditor_the_books(
    plant: Plant, booked: None
) -> None:
    async with seen_as(plant, "pages-payer") as browser:
        own = await browser.get("/membership/dues")
        assert EARLIER in own.text
        assert "金额不符" in own.text
        assert (await browser.get("/membership/dues.xlsx")).status_code == 200
        assert "/membership/dues" in (await browser.get("/membership")).text
        for path in ("/dues", BOOKED, f"{BOOKED}/faults"):
            assert (await browser.get(path)).status_code == 403
    async with seen_as(plant, "pages-auditor") as browser:
        assert (await browser.get(f"{BOOKED}/faults")).status_code == 200
        assert "/receipts" not in (await browser.get(BOOKED)).text
        assert (await browser.get("/dues/sheet")).status_code == 403
        assert (await browser.get(f"{BOOKED}/reverse")).status_code == 403


async def test_what_was_booked_is_reversed_with_a_reason(
    head: httpx.AsyncClient, sheet: Sheet
) -> None:
    other = {"month": "2026-02"}
    path = await tried(head, as_book(sheet), PATH, **totals(sheet, **other))
    assert (await step(head, path, "do")).status_code == 303
    here = f"/dues/{PLANT}/2026-02"
    without = await fill(head, f"{here}/reverse", reason=" ")
    assert without.status_code == 422
    done = await fill(head, f"{here}/reverse", reason="文件有误")
    assert (done.status_code, done.headers["location"]) == (303, here)
    page = await head.get(here)
    assert "已冲销" in page.text
    assert "文件有误" in page.text
    assert "本月尚无工资表入账" in page.text


async def test_totals_that_are_no_money_stand_at_their_field(
    head: httpx.AsyncClient, sheet: Sheet
) -> None:
    typed = totals(sheet, wages="many", dues="")
    answer = await bring(head, as_book(sheet), path=PATH, **typed)
    assert answer.status_code == 422
    assert 'href="#wages"' in answer.text
    assert 'href="#dues"' in answer.text
    assert f'value="{MONTH}"' in answer.text


async def test_unknown_places_and_months_are_said_to_be(
    head: httpx.AsyncClient, sheet: Sheet
) -> None:
    assert (await head.get(f"/dues/nowhere/{MONTH}")).status_code == 404
    assert (await head.get(f"/dues/{PLANT}/2026-13")).status_code == 422
    assert (await head.get(f"/dues/{PLANT}/1950-01")).status_code == 409
    assert (await head.get(f"{HERE}/receipts/x/take-back")).status_code == 404


MOST = {
    "/dues": 1,
    "/dues.xlsx": 1,
    "/dues/sheet": 1,
    BOOKED: 1,
    f"{BOOKED}/faults": 1,
    f"{BOOKED}/faults.xlsx": 0,
    f"{BOOKED}/receipts": 1,
    f"{BOOKED}/receipts.xlsx": 1,
    f"{BOOKED}/reverse": 1,
    "/membership/dues": 1,
    "/membership/dues.xlsx": 1,
}


@pytest.mark.parametrize(("path", "most"), MOST.items())
async def test_pages_of_dues_ask_the_views_little(
    plant: Plant, booked: None, settings: Callable[[str], Settings], path: str, most: int
) -> None:
    async with counted(plant, settings("gateway"), "pages-head") as (browser, here), asking(here):
        await browser.get(path)
        async with read_statements(here.readers) as said:
            answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    assert len(said) == most, said


async def test_a_month_that_is_not_booked_is_overdue_on_the_page_and_waits_at_work(
    head: httpx.AsyncClient, plant: Plant, booked: None
) -> None:
    """The next after one that is booked; and the two pages count the same."""
    assert EARLIER == "2026-01"
    page = await head.get("/dues", params={"until": "2026-02", "months": "2"})
    row = next(row for row in page.text.split("<tr>") if f'"/dues/{PLANT}/2026-02"' in row)
    assert "未入账，2026年3月16日起逾期" in row
    assert "未入账，2026年3月16日起逾期" in (await head.get(f"/dues/{PLANT}/2026-02")).text
    assert "起逾期</span> 工资表入账之前" not in (await head.get(BOOKED)).text
    rows = rows_of_sheet(await head.get("/dues.xlsx?until=2026-02&months=2"))
    assert ("2026-02", "2026-03-16") in {(row[0], str(row[9])[:10]) for row in rows[1:]}
    year = (await head.get("/dues?months=12")).text
    late = len(re.findall(r'<span class="tag overdue">未入账', year))
    money = len(re.findall(r'<span class="tag overdue">逾期<', year))
    for who in (head, seen_as(plant, "pages-auditor")):
        work = (await who.get("/work")).text
        assert 'href="/dues?months=12"' in work
        assert f"{late}个月的会费尚未入账 · " in work
        assert (f" · {money}个月的工会经费逾期未拨缴" in work) == (money > 0)
        assert re.search(r"\d+项会费差错待处理", work)
    worker = (await seen_as(plant, "pages-payer").get("/work")).text
    assert 'href="/dues?' not in worker
