"""Every page, as everyone who may see it: it can be used by all, on a phone and at a desk."""

import pytest

from tests.browser.looking import Looking
from tests.browser.people import ROLES

EVERYONE = ("stranger", *ROLES)


@pytest.mark.parametrize("who", EVERYONE)
async def test_nothing_is_against_wcag_2_2_aa_in_light_and_dark(looking: Looking, who: str) -> None:
    assert (await looking.of(who)).inaccessible == []


@pytest.mark.parametrize("who", EVERYONE)
async def test_no_page_is_wider_than_its_screen(looking: Looking, who: str) -> None:
    assert (await looking.of(who)).sideways == []


@pytest.mark.parametrize("who", EVERYONE)
async def test_what_is_pressed_is_as_large_as_a_gloved_thumb(looking: Looking, who: str) -> None:
    assert (await looking.of(who)).low == []


@pytest.mark.parametrize("who", EVERYONE)
async def test_the_console_stays_empty_and_the_policy_is_kept(looking: Looking, who: str) -> None:
    assert (await looking.of(who)).console == []
