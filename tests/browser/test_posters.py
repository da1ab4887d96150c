"""A poster on paper: one sheet of A4, from which a phone reads where to go."""

import io
from itertools import chain

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page
from pypdf import PdfReader

from deploy.local.home import Home
from services.gateway.pages.posters import SIZES
from tests.browser.looking import Looking
from tests.browser.people import DESK, Screen
from tests.running import client_of, tokens

A4 = (595, 842)
"""Points."""
DARK = Screen("en", DESK, scheme="dark")


async def printed(page: Page) -> PdfReader:
    return PdfReader(io.BytesIO(await page.pdf(prefer_css_page_size=True, print_background=True)))


async def read_from(page: Page) -> list[str]:
    """What a phone reads from the sheet, held at an arm's length and a little askew."""
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 688, "height": 1017})
    seen = Image.open(io.BytesIO(await page.screenshot())).convert("L")
    askew = seen.resize((seen.width * 2 // 3, seen.height * 2 // 3)).rotate(7, fillcolor=255)
    return [found.text for found in zxingcpp.read_barcodes(askew)]


@pytest.mark.parametrize("matters", ["proposals", "courses"])
async def test_a_phone_reads_from_one_sheet_of_paper_where_to_go(
    looking: Looking, company: Home, matters: str
) -> None:
    found = chain.from_iterable(walk.pages for walk in looking.walks.values())
    path = next(each for each in found if each.startswith(f"/{matters}/") and "poster" in each)
    context = await looking.window("worker", DARK)
    page = await context.new_page()
    await page.goto(path)
    paper = await printed(page)
    assert len(paper.pages) == 1
    assert tuple(round(float(side)) for side in paper.pages[0].mediabox[2:]) == A4
    matter = f"{company.url}{path.removesuffix('/poster')}"
    assert matter in paper.pages[0].extract_text().replace("\n", "")
    assert await read_from(page) == [matter]
    await context.close()


async def test_the_longest_titles_of_each_size_are_still_one_sheet(
    looking: Looking, company: Home
) -> None:
    context = await looking.window("worker", DARK)
    page = await context.new_page()
    async with client_of(company, (await tokens(company))["worker"]) as client:
        for letters in (*(most for most, _ in SIZES), 200):
            said = {"title": "长" * letters, "body": "字" * 5_000, "category": "other"}
            answer = await client.post("/api/v1/democracy/submit-proposal", json=said)
            assert answer.status_code == 201, answer.text
            path = f"/proposals/{answer.json()['id']}"
            await page.goto(f"{path}/poster")
            assert len((await printed(page)).pages) == 1, letters
            assert await read_from(page) == [company.url + path], letters
    await context.close()
