"""What changes without the page being loaded anew; and all of it without scripts too."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from deploy.local.demo import PASSWORD
from deploy.local.home import Home
from tests.browser.looking import Looking, Seen
from tests.browser.people import DESK, PATIENCE, Screen
from tests.browser.tasks import Hand
from tests.running import client_of, tokens

LEAVE_A_MARK = "window.mark = 'the same page'"
MARK = "window.mark"
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


async def opened(looking: Looking, who: str, path: str, screen: Screen) -> tuple[Page, Hand, Seen]:
    seen, context = Seen(), await looking.window(who, screen)
    seen.listen(context)
    page = await context.new_page()
    await page.goto(path)
    if screen.scripts:
        await page.evaluate(LEAVE_A_MARK)
    return page, Hand(page, screen), seen


async def proposed(company: Home, title: str) -> str:
    """By the leader, so that the worker may stand behind it; its id."""
    asked = {"title": title, "body": "正文", "category": "safety"}
    async with client_of(company, (await tokens(company))["leader"]) as client:
        answer = await client.post("/api/v1/democracy/submit-proposal", json=asked)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def answered(company: Home, proposal: str, reasons: str) -> None:
    asked = {"proposal": proposal, "decision": "adopted", "reasons": reasons}
    async with client_of(company, (await tokens(company))["manager"]) as client:
        answer = await client.post("/api/v1/democracy/answer-proposal", json=asked)
    assert answer.status_code == 201, answer.text


def titles(page: Page) -> Locator:
    return page.locator("#rows").get_by_role("heading")


LISTS = (
    ("worker", "/proposals", "State", "adopted", "state=adopted"),
    ("worker", "/courses", "When", "begun", "when=begun"),
    ("officer", "/visits", "State", "made", "state=made"),
)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize(("who", "path", "field", "choice", "query"), LISTS)
async def test_a_list_is_filtered(
    looking: Looking, who: str, path: str, field: str, choice: str, query: str, scripts: bool
) -> None:
    screen = Screen("en", DESK, scripts)
    page, hand, seen = await opened(looking, who, path, screen)
    before = await page.locator("#list").inner_html()
    await hand.field(field).select_option(choice)
    await hand.press("Filter")
    await expect(page).to_have_url(re.compile(query))
    await expect(hand.link("Show all").first).to_be_visible()
    await expect(page.locator("#sheet")).to_have_attribute("href", re.compile(query))
    assert await page.locator("#list").inner_html() != before
    if scripts:
        assert await page.evaluate(MARK) == "the same page"
        filter_button = page.get_by_role("button", name="Filter")
        await expect(filter_button).to_be_focused()
        await seen.look(page, f"{path} filtered")
    await page.go_back()
    await expect(page).to_have_url(re.compile(f"{path}$"))
    await expect(hand.field(field)).not_to_have_value(choice)
    assert seen == Seen()
    await page.context.close()


async def test_older_rows_come_below_the_others(looking: Looking) -> None:
    page, hand, seen = await opened(looking, "worker", "/proposals", Screen("en", DESK))
    first = await titles(page).all_inner_texts()
    await hand.link("Older").click()
    await expect(titles(page)).not_to_have_count(len(first))
    both = await titles(page).all_inner_texts()
    assert both[: len(first)] == first
    assert len(set(both)) == len(both)
    assert await page.evaluate(MARK) == "the same page"
    await expect(page.locator("#found")).to_contain_text("further ones")
    assert await page.evaluate("document.activeElement.id") in {"older", "found"}
    while await hand.link("Older").count():
        before = await titles(page).count()
        await hand.link("Older").click()
        await expect(titles(page)).not_to_have_count(before)
    await expect(page.locator("#found")).to_be_focused()
    await seen.look(page, "all proposals")
    assert seen == Seen()
    await page.context.close()


async def test_older_rows_are_a_page_of_their_own_without_scripts(looking: Looking) -> None:
    page, hand, _ = await opened(looking, "worker", "/proposals", Screen("en", DESK, False))
    first = await titles(page).all_inner_texts()
    await hand.link("Older").click()
    await expect(page).to_have_url(re.compile("cursor="))
    assert not set(first) & set(await titles(page).all_inner_texts())
    await page.context.close()


async def test_one_stands_behind_a_proposal_in_place(looking: Looking, company: Home) -> None:
    proposal = await proposed(company, "原地附议")
    page, hand, seen = await opened(looking, "worker", f"/proposals/{proposal}", Screen("en"))
    await hand.press("Stand behind it")
    await hand.is_told("You stand behind it now.")
    await expect(page.get_by_text("1 person stands behind it")).to_be_visible()
    await expect(page.locator("#support")).to_be_focused()
    await seen.look(page, "supported")
    assert seen == Seen()
    await hand.press("Stand behind it")
    refusal = page.get_by_role("alert")
    await expect(refusal).to_contain_text("You stand behind this proposal already.")
    await expect(refusal).to_be_focused()
    assert await page.evaluate(MARK) == "the same page"
    await page.context.close()


async def test_without_a_session_one_comes_to_the_sign_in_form_and_goes_on_from_there(
    looking: Looking, company: Home
) -> None:
    proposal = await proposed(company, "会话已丢")
    page, hand, _ = await opened(looking, "worker", f"/proposals/{proposal}", Screen("en"))
    await page.context.clear_cookies(name="session")
    await hand.press("Stand behind it")
    await hand.field("Account").fill("worker")
    await hand.field("Password").fill(PASSWORD)
    await hand.press("Sign in")
    await hand.press("Back to what I typed")
    await hand.press("Stand behind it")
    await hand.is_told("You stand behind it now.")
    await page.context.close()


async def test_a_refused_filter_is_shown_as_a_page(looking: Looking) -> None:
    page, hand, _ = await opened(looking, "worker", "/proposals", Screen("en"))
    await page.get_by_role("searchbox").evaluate("each => each.removeAttribute('maxlength')")
    await page.get_by_role("searchbox").fill("x" * 200)
    await hand.press("Filter")
    await expect(hand.heading("Something is filled in wrongly")).to_be_visible()
    await page.context.close()


async def test_an_answer_of_another_shows_by_itself(looking: Looking, company: Home) -> None:
    proposal = await proposed(company, "别人答复")
    page, _, seen = await opened(looking, "worker", f"/proposals/{proposal}", Screen("en"))
    listed, _, _ = await opened(looking, "officer", "/proposals", Screen("en"))
    home, hand, _ = await opened(looking, "leader", "/", Screen("en"))
    mine = hand.section("My proposals and what becomes of them")
    row = mine.get_by_role("listitem").filter(has_text="别人答复")
    await expect(row).to_contain_text("Awaiting an answer")
    await answered(company, proposal, "已经装好，别人看得到。")
    await expect(page.get_by_text("已经装好，别人看得到。")).to_be_visible()
    card = listed.locator("article").filter(has_text="别人答复")
    await expect(card).to_contain_text("Adopted")
    await expect(row).to_contain_text("Adopted")
    for each in (page, listed, home):
        assert await each.evaluate(MARK) == "the same page"
        await each.context.close()
    assert seen == Seen()


async def test_what_was_typed_elsewhere_on_the_page_stays(looking: Looking, company: Home) -> None:
    page, _, _ = await opened(looking, "officer", "/", Screen("en", DESK))
    finding = page.get_by_label("Employee number")
    await finding.fill("D00")
    proposal = await proposed(company, "打字时有更新")
    async with page.expect_response(lambda answer: "by-itself" in answer.request.headers):
        await answered(company, proposal, "好。")
    await expect(finding).to_have_value("D00")
    await expect(finding).to_be_focused()
    await page.context.close()


async def test_a_page_that_nobody_sees_listens_to_nothing(looking: Looking) -> None:
    page, _, _ = await opened(looking, "worker", "/", Screen("en"))
    async with page.expect_event("requestfailed", lambda asked: asked.url.endswith("/live")):
        await page.evaluate(HIDE, True)
    async with (
        page.expect_request("**/live"),
        page.expect_response(lambda answer: "by-itself" in answer.request.headers),
    ):
        await page.evaluate(HIDE, False)
    await page.context.close()


async def test_a_session_that_has_ended_leads_an_open_page_to_the_sign_in_form(
    looking: Looking, browser: Browser, company: Home
) -> None:
    screen = Screen("en")
    context = await screen.open(browser, company.url)
    page = await context.new_page()
    hand = Hand(page, screen)
    await hand.sign_in("hr")
    await page.goto("/proposals")
    other = await context.new_page()
    await other.goto("/account")
    await (
        Hand(other, screen)
        .page.get_by_role("banner")
        .get_by_role("button", name="Sign out")
        .click()
    )
    await expect(hand.heading("Sign in")).to_be_visible(timeout=PATIENCE)
    await expect(page).to_have_url(re.compile("next=/proposals"))
    await context.close()
