"""A sheet comes in by a browser, step by step, and each of its pages is as good as the others."""

from collections.abc import Mapping

import pytest
from playwright.async_api import Browser, FilePayload, Page

from deploy.local.home import Home
from tests.browser.looking import LOOKS, Looking, Seen
from tests.browser.people import PHONE, Screen
from tests.browser.validity import wrongs
from tests.sheets_in.made import book

POSTS = book(
    ("工号", "职务", "单位代码", "任职日期", "届满日期"),
    ["D0052", "班组长", "demo-qinghe-dianjie-1", "2195-01-01", "2195-06-01"],
    ["D0048", "皇帝", "demo-qinghe-dianjie-1", "2195-01-01", ""],
)
LIST = book(
    ("工号", "姓名", "单位代码", "到岗日期"),
    ["D9001", "新来的", "demo-qinghe-dianjie-1", "2024-01-01"],
    ["D9002", "", "demo-qinghe-dianjie-1", ""],
)
KINDS = (
    ("chair", "/posts/sheet", POSTS, "Appoint them"),
    ("hr", "/hr/snapshot", LIST, "Take it into the roll"),
)


def file(content: bytes, name: str = "名单.xlsx") -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


async def good(seen: Seen, page: Page, where: str) -> None:
    """As `test_wrong.good`, of a page that can be opened again."""
    answer = await page.goto(page.url)
    assert answer
    await seen.look(page, where)
    await page.emulate_media(color_scheme="dark")
    await seen.look(page, where, LOOKS)
    await page.emulate_media(color_scheme="light")
    assert seen == Seen()
    assert wrongs({where: await answer.text()}) == []


@pytest.mark.parametrize(("who", "path", "content", "deed"), KINDS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_each_step_is_a_good_page_and_leads_to_the_next(
    browser: Browser,
    company: Home,
    cookies: Mapping[str, dict[str, str]],
    who: str,
    path: str,
    content: bytes,
    deed: str,
    scripts: bool,
) -> None:
    looking = Looking(browser, company.url, dict(cookies), {})
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
    await context.close()
