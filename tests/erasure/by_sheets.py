"""Sheets in which the person stands: HR's list, posts, applications on paper, a payroll. Some are
taken in, and one only waits."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.erasure.planted import (
    FORMER,
    MONTHS_AGO,
    NAME,
    NUMBER,
    PLANT,
    TEAM,
    YESTERDAY,
    Planted,
)
from tests.pages.conftest import fill, hidden_in
from tests.pages.test_posts_sheet import rows_of, step, tried
from tests.sheets_in.made import book

LIST = ("工号", "姓名", "单位代码", "岗位", "到岗日期")
PAYROLL_MONTH = "2021-04"


async def by_sheets(planted: Planted) -> None:
    await _lists_of_hr(planted)
    await _list_by_hand(planted)
    await _posts_and_applications(planted)
    await _a_months_payroll(planted)


async def _lists_of_hr(planted: Planted) -> None:
    asked = {"on": str(YESTERDAY), "unit": TEAM}
    async with planted.browser("hr") as hr:
        taken = book(LIST, [NUMBER, NAME, TEAM, "钳工师傅", str(MONTHS_AGO)])
        page = await tried(hr, taken, "/hr/snapshot", **asked)
        assert (await step(hr, page, "do")).status_code == 303
        # The roll knows another name, so this one is in what becomes of the row as well.
        waits = book(LIST, [NUMBER, FORMER, TEAM, "焊工", str(MONTHS_AGO)])
        await tried(hr, waits, "/hr/snapshot", **asked)


async def _list_by_hand(planted: Planted) -> None:
    with TemporaryDirectory() as place:
        file = Path(place) / f"{NUMBER}.csv"
        file.write_text(f"工号,姓名,单位,岗位\n{NUMBER},{NAME},{TEAM},班副\n", encoding="gb18030")
        on = str(YESTERDAY - timedelta(days=30))
        words = ("hr", "snapshot", str(file), "--on", on, "--unit", TEAM)
        code, out, errors = await planted.operated.run(*words)
    assert code == 0, out + errors


async def _posts_and_applications(planted: Planted) -> None:
    posts = ("职工编号", "职务", "单位代码", "任职日期", "届满日期")
    post = [NUMBER, "工会干事", TEAM, str(MONTHS_AGO), str(YESTERDAY)]
    papers = ("工号", "申请日期", "申请书编号")
    paper = [NUMBER, str(MONTHS_AGO), f"{NAME}的申请书"]
    for who, path, rows in (
        ("it", "/posts/sheet", (posts, post)),
        ("officer", "/members/sheet", (papers, paper)),
    ):
        async with planted.browser(who) as browser:
            page = await tried(browser, book(*rows), path)
            assert (await step(browser, page, "do")).status_code == 303
            [row] = await rows_of(browser, page)
            assert row[2] in ("已任命", "已成为会员"), row


async def _a_months_payroll(planted: Planted) -> None:
    """Of a month in which nobody under that number was a member; the fault is left open."""
    here = f"/dues/{PLANT}/{PAYROLL_MONTH}"
    rows = book(("工号", "姓名", "应发工资", "代扣会费"), [NUMBER, NAME, 5000, 25])
    sums = {"unit": PLANT, "month": PAYROLL_MONTH, "wages": "5000.00", "dues": "25.00"}
    async with planted.browser("officer") as officer:
        page = await tried(officer, rows, "/dues/sheet", **sums)
        assert (await step(officer, page, "do")).status_code == 303
        faults = await officer.get(f"{here}/faults")
        assert NUMBER in faults.text
        settle = f"{here}/faults/settle"
        settled = hidden_in(faults, settle) | {"how": "put-right"}
        assert (await officer.post(settle, data=settled)).status_code == 303
        receipt = {"amount": "100.20", "on": str(YESTERDAY), "reference": "0415-7"}
        assert (await fill(officer, f"{here}/receipts", **receipt)).status_code == 303
        month = {"reason": "整月重报"}
        assert (await fill(officer, f"{here}/reverse", **month)).status_code in (303, 422)
