"""Files in a real browser: brought with scripts and without, seen, refused, printed, taken off."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, FilePayload, expect

from deploy.local.home import Home
from services.gateway.files.kinds import LARGEST
from tests.browser.looking import Looking, Seen
from tests.browser.people import DESK, PHONE, Screen
from tests.browser.tasks import Hand
from tests.browser.test_wrong import good
from tests.files import made

NEW = "/proposals/new"


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


async def fill(hand: Hand, title: str, files: Sequence[FilePayload] | Sequence[Path]) -> None:
    await hand.page.goto(NEW)
    await hand.field("In one line").fill(title)
    await hand.field("What it is about").fill("看照片。")
    await hand.field("Safety").check()
    await hand.field("Pictures or PDF").set_input_files(files)


@pytest.mark.parametrize(
    "screen",
    [Screen("en", DESK, scripts=False), Screen("zh-CN", PHONE, scheme="dark")],
    ids=["plain", "scripts"],
)
async def test_what_is_brought_is_seen_printed_and_taken_off(
    browser: Browser, company: Home, screen: Screen
) -> None:
    seen, context = Seen(), await screen.open(browser, company.url)
    seen.listen(context)
    hand = Hand(await context.new_page(), screen)
    page = hand.page
    await hand.sign_in("worker")
    title = f"照片 {uuid4().hex[:6]}"
    photo = payload("现场.jpg", made.photograph())
    await fill(hand, title, [photo, payload("图纸.pdf", made.document())])
    await hand.field("What the pictures show").fill("松动的护栏")
    await hand.press("Send")
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    picture = page.get_by_role("img", name="松动的护栏")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("image => image.naturalWidth") == 40
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="图纸.pdf").click()
    download = await saved.value
    assert download.suggested_filename == "图纸.pdf"
    assert Path(await download.path()).read_bytes().startswith(b"%PDF-")
    seen.console.clear()  # chromium calls what becomes a download a failed request
    path = page.url
    shown = await page.goto(path + "/files")
    assert shown
    if screen.scripts:  # axe is one
        await good(seen, page, "files", await shown.text())
    await page.goto(path)
    await page.emulate_media(media="print")
    await expect(page.get_by_text("现场.jpg")).to_be_visible()
    await expect(picture).to_be_hidden()
    await page.emulate_media(media="screen")
    await hand.link("Pictures and PDF").click()
    first = page.get_by_role("listitem").filter(has_text="现场.jpg")
    await first.get_by_text(screen.says("Take it off")).first.click()
    await first.get_by_role("button", name=screen.says("Take it off")).click()
    await hand.is_told("The file was taken off.")
    await expect(page.get_by_text(screen.says("A file was taken off")).first).to_be_visible()
    await expect(page.get_by_text("现场.jpg")).to_have_count(0)
    await context.close()


async def test_a_file_that_is_too_large_comes_back_with_the_form_and_a_reason(
    looking: Looking, tmp_path: Path
) -> None:
    """A browser shows an answer once it has sent all, so all of it must have been taken off the
    line."""
    screen = Screen("en", PHONE)
    context = await looking.window("worker", screen)
    page = await context.new_page()
    hand = Hand(page, screen)
    large = made.of_size(LARGEST + 1)
    files = {"good.png": made.picture(), "large-0.png": large, "large-1.png": large}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    await fill(hand, "太大 large", [tmp_path / name for name in files])
    async with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        await hand.press("Send")
    answer = await answered.value
    assert answer.status == 422
    wrong = page.locator("#files-wrong")
    await expect(wrong.first).to_contain_text("large-0.png is larger than 20 MB")
    await expect(hand.field("In one line")).to_have_value("太大 large")
    await expect(page.get_by_text("kept with this form")).to_be_visible()
    await good(Seen(), page, NEW, await page.content())
    await hand.press("Send")
    await expect(page.get_by_role("link", name="good.png")).to_be_visible()
    await context.close()


async def test_a_picture_opens_by_itself(looking: Looking) -> None:
    screen = Screen("en", PHONE)
    context = await looking.window("worker", screen)
    hand = Hand(await context.new_page(), screen)
    await fill(hand, "打开 open", [payload("a.png", made.picture())])
    await hand.press("Send")
    await hand.page.get_by_role("link", name="a.png").click()
    alone = hand.page.locator("img")
    await expect(alone).to_be_visible()
    assert await alone.evaluate("image => image.naturalWidth") == 60
    await context.close()
