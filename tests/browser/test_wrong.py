"""What goes wrong has pages too: refusals, things that are not there, forms that come back. They
are as good as the others."""

import pytest
from playwright.async_api import Page

from deploy.local.demo import PASSWORD
from tests.browser.crawl import Walk
from tests.browser.looking import LOOKS, Looking, Seen
from tests.browser.people import PHONE, Screen
from tests.browser.tasks import Hand
from tests.browser.validity import wrongs

TROUBLES = (
    ("worker", "/visits", 403),
    ("worker", "/plants/company", 403),
    ("worker", "/members", 403),
    ("auditor", "/audit/seals?since=2026-01-01&until=2026-03-01", 422),
    ("worker", "/nowhere", 404),
    ("stranger", "/nowhere", 404),
    ("worker", "/proposals/no-id", 404),
    ("worker", "/proposals?state=lost", 422),
)
CHECKED_BY_THE_BROWSER_TOO = "() => [...document.forms].forEach(form => form.noValidate = true)"
"""An old browser does not look whether a form is filled in; then ours must say so."""


async def good(seen: Seen, page: Page, where: str, html: str) -> None:
    """Nothing is wrong with the page as it stands, in light and dark."""
    await seen.look(page, where)
    await page.emulate_media(color_scheme="dark")
    await seen.look(page, where, LOOKS)
    await page.emulate_media(color_scheme="light")
    assert seen == Seen()
    assert wrongs({where: html}) == []


@pytest.mark.parametrize(("who", "path", "status"), TROUBLES)
async def test_a_page_that_says_no_is_a_good_page(
    looking: Looking, who: str, path: str, status: int
) -> None:
    seen, context = Seen(), await looking.window(who, Screen("en"))
    seen.listen(context)
    page = await context.new_page()
    answer = await page.goto(path)
    assert answer
    assert answer.status == status
    await good(seen, page, path, await answer.text())
    await context.close()


def form_of(name: str, walk: Walk, coming: str) -> str:
    """The path of the page with that form."""
    if name == "enrol":
        return f"/courses/{coming}"
    return next(path for path in walk.pages if path.partition("?")[0].endswith(name))


FORMS: tuple[tuple[str, str, str, dict[str, str], int], ...] = (
    ("worker", "/proposals/new", "Send", {"In one line": "x"}, 422),
    (
        "worker",
        "/account/password",
        "Change",
        {"New password": "a", "New password again": "b"},
        422,
    ),
    ("leader", "/courses/new", "Open the course", {"Seats": "0"}, 422),
    ("leader", "enrol", "Give a seat", {"Employee number": "D0292"}, 403),
    ("leader", "enrol", "Give a seat", {"Employee number": "D0044"}, 409),
    ("officer", "/visits/new", "Enter", {"Who was visited": "nobody", "Who went": "D0003"}, 422),
    ("officer", "/complete", "Enter", {"Score": "1000"}, 422),
    ("manager", "/answer", "Answer", {}, 422),
    ("chair", "/posts/new", "Appoint", {"Employee number": "D0047", "From": "2199-01-01"}, 422),
    ("stranger", "/", "Sign in", {"Account": "worker", "Password": "guessed"}, 401),
)


@pytest.mark.parametrize(
    ("who", "form", "button", "typed", "status"),
    FORMS,
    ids=[f"{each[0]}-{each[2]}-{each[4]}" for each in FORMS],
)
async def test_a_form_that_comes_back_is_a_good_page(
    looking: Looking,
    coming: str,
    who: str,
    form: str,
    button: str,
    typed: dict[str, str],
    status: int,
) -> None:
    screen = Screen("en", PHONE)
    seen, context = Seen(), await looking.window(who, screen)
    seen.listen(context)
    page = await context.new_page()
    await page.goto(form_of(form, looking.walks[who], coming))
    await page.evaluate(CHECKED_BY_THE_BROWSER_TOO)
    hand = Hand(page, screen)
    for field, text in typed.items():
        await hand.field(field).fill(text)
    async with page.expect_navigation() as leaving:
        await hand.press(button)
    answer = await leaving.value
    assert answer
    assert answer.status == status
    await good(seen, page, f"{who} {form}", await answer.text())
    await context.close()


async def test_what_was_typed_is_kept_over_a_lost_session_on_good_pages(looking: Looking) -> None:
    screen = Screen("zh-CN", PHONE)
    seen, context = Seen(), await looking.window("worker", screen)
    seen.listen(context)
    page = await context.new_page()
    hand = Hand(page, screen)
    await page.goto("/proposals/new")
    await hand.field("In one line").fill("给更衣室加暖风")
    await hand.field("What it is about").fill("冬天太冷。")
    await hand.field("Welfare").check()
    await context.clear_cookies(name="session")
    steps: tuple[tuple[str, dict[str, str]], ...] = (
        ("Send", {}),
        ("Sign in", {"Account": "worker", "Password": PASSWORD}),
        ("Back to what I typed", {}),
        ("Send", {}),
    )
    for button, typed in steps:
        for field, text in typed.items():
            await hand.field(field).fill(text)
        async with page.expect_navigation() as leaving:
            await hand.press(button)
        answer = await leaving.value
        assert answer
        await good(seen, page, f"after {button}", await answer.text())
    await hand.is_told("It was submitted. You will see here what becomes of it.")
    await context.close()


PLANTED = """<!DOCTYPE html><html lang="en"><head><title>t</title>
</head><body><main><h1>t</h1><font color="#ddd">pale</font><table width="900"><tr><td>wide</table>
<button>low</button><img src="/static/icon.svg">
</main></body></html>"""


async def test_what_is_wrong_is_found(looking: Looking) -> None:
    seen, context = Seen(), await looking.window("stranger", Screen())
    seen.listen(context)
    page = await context.new_page()
    await page.goto("/")
    async with page.expect_console_message():
        await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>')")
    assert "Content Security Policy" in "".join(seen.console)
    await page.set_content(PLANTED)
    await seen.look(page, "planted")
    assert "color-contrast" in "".join(seen.inaccessible)
    assert "image-alt" in "".join(seen.inaccessible)
    assert "wide" in "".join(seen.sideways)
    assert "low" in "".join(seen.low)
    await context.close()
