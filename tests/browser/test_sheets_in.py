"""A sheet comes in by a browser, step by step, and each of its pages is as good as the others."""

import pytest
from playwright.async_api import FilePayload, Page

from tests.browser import test_wrong
from tests.browser.looking import Looking, Seen
from tests.browser.people import PHONE, Screen
from tests.sheets_in.made import book

POSTS = book(
    ("工号", "职务", "单位代码", "任职日期", "届满日期"),
    ["D0052", "班组长", "demo-qinghe-dianjie-1", "2195-01-01", "2195-06-01"],
    ["D0048", "皇帝", "demo-qinghe-dianjie-1", "2195-01-01", ""],
)
LIST = book(
    ("工号", "姓名", "单位代码", "到岗日期"),
    ["D9101", "新来的", "demo-qinghe-dianjie-1", "2024-01-01"],
    ["D9102", "", "demo-qinghe-dianjie-1", ""],
)
KINDS = (
    ("chair", "/posts/sheet", POSTS, "Appoint them", "Appointed"),
    ("hr", "/hr/snapshot", LIST, "Take it into the roll", "New on the roll"),
)


def file(content: bytes, name: str = "名单.xlsx") -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


async def good(seen: Seen, page: Page, where: str) -> None:
    """As `test_wrong.good`, of a page that can be opened again."""
    answer = await page.goto(page.url)
    assert answer
    await test_wrong.good(seen, page, where, await answer.text())


@pytest.mark.parametrize(("who", "path", "content", "deed", "became"), KINDS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_each_step_is_a_good_page_and_leads_to_the_next(
    looking: Looking,
    who: str,
    path: str,
    content: bytes,
    deed: str,
    became: str,
    scripts: bool,
) -> None:
    context = await looking.window(who, Screen("en", PHONE, scripts=scripts))
    page, seen = await context.new_page(), Seen()
    if scripts:
        seen.listen(context)
    await page.goto(path)
    await page.set_input_files("#files", file(b"%PDF-1.7\n\0", "a.pdf"))
    await page.get_by_role("button", name="Read it").click()
    assert "a.pdf is no Excel sheet" in await page.inner_text("main")
    if scripts:
        await good(seen, page, path)
    if await page.locator("#complete").count():
        await page.locator("#complete").check()
    await page.set_input_files("#files", file(content))
    await page.get_by_role("button", name="Read it").click()
    if scripts:
        await good(seen, page, f"{path} columns")
    await page.get_by_role("button", name="Try it, without changing anything").click()
    assert "Nothing has been changed yet" in await page.inner_text("main")
    if scripts:
        await good(seen, page, f"{path} tried")
        await page.get_by_role("button", name="Delete this sheet").click()
        assert "Nothing was changed by it" in await page.inner_text("main")
    else:
        await page.get_by_role("button", name=deed).click()
        assert "What became of each row" in await page.inner_text("main")
        assert became in await page.inner_text("main")
    await context.close()
