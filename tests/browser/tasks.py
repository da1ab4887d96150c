"""What each role comes for first, done as a person does it: by what is written on the page."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from deploy.local.demo import PASSWORD
from tests.browser.people import Screen


class Hand:
    """Finds things on a page by the words of its language."""

    def __init__(self, page: Page, screen: Screen) -> None:
        self.page, self.says = page, screen.says

    def heading(self, text: str) -> Locator:
        return self.page.get_by_role("heading", name=self.says(text), exact=True)

    def link(self, text: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("link", name=self.says(text), exact=True)

    def field(self, text: str) -> Locator:
        return self.page.get_by_role("main").get_by_label(self.says(text), exact=True)

    async def press(self, text: str) -> None:
        main = self.page.get_by_role("main")
        await main.get_by_role("button", name=self.says(text), exact=True).click()

    async def go(self, text: str) -> None:
        """By the ways at the head of the page."""
        ways = self.page.get_by_role("navigation", name=self.says("Main"))
        await ways.get_by_role("link", name=self.says(text), exact=True).click()

    def section(self, text: str) -> Locator:
        return self.page.get_by_role("region", name=self.says(text), exact=True)

    async def is_told(self, text: str) -> None:
        await expect(self.page.get_by_role("status")).to_have_text(self.says(text))

    async def sign_in(self, account: str) -> None:
        await self.page.goto("/")
        await self.field("Account").fill(account)
        await self.field("Password").fill(PASSWORD)
        await self.press("Sign in")
        await expect(self.heading("Home")).to_be_visible()


async def say_something(hand: Hand) -> None:
    """And see it at home, with what becomes of it."""
    title = f"给巡检路线加一盏灯 {uuid4().hex[:6]}"
    await hand.link("Say something").first.click()
    await hand.field("In one line").fill(title)
    await hand.field("What it is about").fill("夜里看不见台阶。")
    await hand.field("Safety").check()
    await hand.press("Send")
    await hand.is_told("It was submitted. You will see here what becomes of it.")
    await expect(hand.page.get_by_role("heading", name=title)).to_be_visible()
    await hand.go("Home")
    mine = hand.section("My proposals and what becomes of them")
    await expect(mine.get_by_role("link", name=title)).to_be_visible()


async def enrol_someone(hand: Hand) -> None:
    """Who has no seat yet: the first that the course's own list does not show."""
    await (
        hand.section("Courses with seats").get_by_role("listitem").get_by_role("link").first.click()
    )
    taken = await hand.page.get_by_role("rowheader").all_inner_texts()
    employee = next(each for each in ("D0047", "D0048", "D0049") if each not in taken)
    await hand.field("Employee number").fill(employee)
    await hand.press("Give a seat")
    await hand.is_told("The seat was given.")
    await expect(hand.page.get_by_role("rowheader", name=employee)).to_be_visible()


async def log_a_visit(hand: Hand) -> None:
    """The one that is due first."""
    await hand.go("Visits")
    due = hand.page.get_by_role("cell").get_by_role("link", name=hand.says("Enter a visit"))
    await due.first.click()
    employee = await hand.field("Who was visited").input_value()
    await hand.field("Illness or injury").check()
    await hand.field("Who went").fill("D0003")
    await hand.field("Note").fill("在家休养，精神不错。")
    await hand.press("Enter")
    await hand.is_told("The visit was entered. Thank you for going.")
    await expect(hand.page.get_by_role("rowheader", name=employee)).to_be_visible()


async def answer_a_proposal(hand: Hand) -> None:
    """The one that waits longest, from the home page."""
    waiting = hand.section("What waits for me")
    await waiting.get_by_role("listitem").get_by_role("link").first.click()
    await hand.link("Answer it").click()
    await hand.field("Adopted").check()
    await hand.field("Reasons").fill("本月内装好，由设备科负责。")
    await hand.press("Answer")
    await hand.is_told("The answer was given. Everyone signed in can read it.")
    await expect(hand.page.get_by_text("本月内装好，由设备科负责。")).to_be_visible()


async def look_at_a_plant(hand: Hand) -> None:
    """Its figures of today, then of a day long past."""
    await hand.go("Plants")
    await hand.page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
    heads = hand.page.get_by_role("listitem").filter(has_text=hand.says("Heads"))
    today = await heads.inner_text()
    await hand.field("As of").fill("2020-01-02")
    await hand.press("Show")
    await expect(hand.field("As of")).to_have_value("2020-01-02")
    await expect(heads).not_to_have_text(today)


async def look_at_the_account(hand: Hand) -> None:
    """And sign out."""
    await hand.page.get_by_role("banner").locator(".who").click()
    await expect(hand.heading("Open sessions")).to_be_visible()
    banner = hand.page.get_by_role("banner")
    await banner.get_by_role("button", name=hand.says("Sign out"), exact=True).click()
    await expect(hand.heading("Sign in")).to_be_visible()


async def look_up_the_roll(hand: Hand) -> None:
    """Of a plant on a day past, then one person of it."""
    await hand.go("Members")
    await hand.field("Unit").select_option("demo-qinghe")
    await hand.field("As of").fill("2023-05-04")
    await hand.press("Filter")
    await expect(hand.field("As of")).to_have_value("2023-05-04")
    first = hand.page.get_by_role("rowheader").get_by_role("link").first
    employee = await first.inner_text()
    await first.click()
    card = hand.page.get_by_role("main").locator("dl")
    await expect(card).to_contain_text(employee)


async def appoint_and_end(hand: Hand) -> None:
    """The post of a team's leader, given and taken back on its first day."""
    await hand.go("Posts")
    await hand.link("Appoint someone").first.click()
    await hand.field("Employee number").fill("D0047")
    await hand.field("Team leader").check()
    await hand.field("Unit").select_option("demo-qinghe-dianjie-1")
    await hand.press("Appoint")
    await hand.is_told("The post was given.")
    label = hand.says("End: %(post)s, %(employee)s")
    end = hand.page.get_by_role(
        "link", name=label % {"post": hand.says("Team leader"), "employee": "D0047"}
    )
    await end.click()
    await hand.page.get_by_text(hand.says("I want to end this post"), exact=True).click()
    await hand.press("End the post")
    await hand.is_told("The post ends on that day.")
    await expect(hand.heading("Posts")).to_be_visible()
    await expect(end).to_have_count(0)


async def read_the_log(hand: Hand) -> None:
    """Who was refused, and whether the log is as it was sealed; then sign out."""
    await hand.go("Audit log")
    await hand.field("What was done").select_option("signed in")
    await hand.press("Filter")
    await expect(hand.field("What was done")).to_have_value("signed in")
    await expect(hand.page.get_by_role("link", name="auditor").first).to_be_visible()
    await hand.link("Verify the seals").click()
    await expect(hand.heading("Verify the seals")).to_be_visible()
    figures = hand.page.get_by_role("listitem")
    await expect(figures.filter(has_text=hand.says("Seals that fit"))).to_be_visible()
    await look_at_the_account(hand)


def in_turn(*tasks: Callable[[Hand], Awaitable[None]]) -> Callable[[Hand], Awaitable[None]]:
    async def one_after_the_other(hand: Hand) -> None:
        for task in tasks:
            await task(hand)

    return one_after_the_other


TASKS: dict[str, Callable[[Hand], Awaitable[None]]] = {
    "worker": say_something,
    "leader": enrol_someone,
    "officer": in_turn(log_a_visit, look_up_the_roll),
    "manager": answer_a_proposal,
    "chair": in_turn(look_at_a_plant, appoint_and_end),
    "director": look_at_a_plant,
    "hr": look_at_the_account,
    "it": look_at_the_account,
    "auditor": read_the_log,
}
