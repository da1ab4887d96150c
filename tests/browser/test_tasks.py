"""Each role does what it comes for, with scripts and without, in both languages, on a phone and at
a desk. Not in every combination of these, but each two of them meet."""

from itertools import combinations, product

import pytest
from playwright.async_api import Browser

from deploy.local.home import Home
from tests.browser.looking import Seen
from tests.browser.people import DESK, PHONE, ROLES, Language, Screen
from tests.browser.tasks import TASKS, Hand

LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
WIDTHS = (PHONE, DESK)
FIRST = ((0, 0, 0), (0, 1, 1), (0, 0, 1), (0, 1, 0))
"""Language, width, scripts. Each role has one of these and its opposite, so everything once."""


def screens_of(place: int) -> list[Screen]:
    first = FIRST[place % len(FIRST)]
    return [
        Screen(LANGUAGES[language], WIDTHS[width], bool(scripts))
        for language, width, scripts in (first, tuple(1 - each for each in first))
    ]


RUNS = [(role, screen) for place, role in enumerate(ROLES) for screen in screens_of(place)]


@pytest.mark.parametrize(
    ("role", "screen"),
    RUNS,
    ids=lambda each: (
        f"{each.language}-{each.width}-{'scripts' if each.scripts else 'plain'}"
        if isinstance(each, Screen)
        else each
    ),
)
async def test_a_role_does_its_first_task(
    browser: Browser, company: Home, coming: str, role: str, screen: Screen
) -> None:
    seen, context = Seen(), await screen.open(browser, company.url)
    seen.listen(context)
    hand = Hand(await context.new_page(), screen)
    await hand.sign_in(role)
    await TASKS[role](hand)
    await context.close()
    assert seen.console == []


def test_each_two_of_role_language_width_and_scripts_meet() -> None:
    choices = (ROLES, LANGUAGES, WIDTHS, (True, False))
    rows = [(role, screen.language, screen.width, screen.scripts) for role, screen in RUNS]
    for one, other in combinations(range(len(choices)), 2):
        met = {(row[one], row[other]) for row in rows}
        assert met == set(product(choices[one], choices[other]))
