"""One design: what can be read, reached and heard, on every page."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import httpx
import pytest

from services.gateway.pages.layout import HERE
from tests.pages.conftest import PLANT, WORKER, Plant

SHEETS = HERE / "static"
TEXT, NOT_TEXT = 4.5, 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11."""
PAIRS = [
    *[
        (ink, ground, TEXT)
        for ink in ("ink", "soft", "act", "late")
        for ground in ("ground", "paper")
    ],
    *[(name, f"{name}-soft", TEXT) for name in ("act", "late", "good", "wait")],
    ("ink", "act-soft", TEXT),
    ("ink", "late-soft", TEXT),
    ("ink", "wait-soft", TEXT),
    ("on-act", "act", TEXT),
    ("edge", "paper", NOT_TEXT),
    ("edge", "ground", NOT_TEXT),
    ("focus", "paper", NOT_TEXT),
    ("focus", "ground", NOT_TEXT),
    ("good", "paper", NOT_TEXT),
    ("wait", "paper", NOT_TEXT),
]


def themes() -> list[dict[str, str]]:
    """Light and dark, token → colour."""
    light, _, dark = (SHEETS / "tokens.css").read_text().partition("@media")
    colours = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
    first = dict(colours.findall(light))
    return [first, first | dict(colours.findall(dark))]


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_what_is_written_can_be_read(
    theme: dict[str, str], ink: str, ground: str, least: float
) -> None:
    light, dark = sorted((luminance(theme[ink]), luminance(theme[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_colours_are_named_in_one_place() -> None:
    for sheet in SHEETS.glob("*.css"):
        if sheet.name not in {"tokens.css", "print.css"}:
            assert not re.search(r"#[0-9a-f]{3,8}\b", sheet.read_text()), sheet.name
        assert len(sheet.read_text().splitlines()) < 300


class Outline(HTMLParser):
    """Headings in their order, landmarks, and what things are described by."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.landmarks: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in {"header", "main", "footer", "nav"}:
            self.landmarks.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("aria-describedby", "aria-labelledby", "for"):
            self.named += given.get(name, "").split()
        if given.get("href", "").startswith("#"):
            self.named.append(given["href"][1:])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/proposals",
        "/proposals/new",
        "/courses",
        "/work",
        "/visits",
        f"/people/{WORKER}",
        f"/plants/{PLANT}",
        "/account",
        "/nowhere",
    ],
)
async def test_a_page_has_its_landmarks_and_headings_in_order(
    officer: httpx.AsyncClient, plant: Plant, path: str
) -> None:
    await plant.propose("有样子 outline")
    outline = Outline()
    outline.feed((await officer.get(path)).text)
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(outline.headings))
    assert [outline.landmarks.count(one) for one in ("header", "main", "footer")] == [1, 1, 1]
    assert len(outline.ids) == len(set(outline.ids)), "an id is there once"
    assert set(outline.named) <= set(outline.ids)
    assert "main" in outline.named, "the way past the head"


async def test_a_proposal_shows_what_becomes_of_it(worker: httpx.AsyncClient, plant: Plant) -> None:
    id = await plant.propose("护栏松了 timeline")
    page = (await worker.get(f"/proposals/{id}")).text
    for step in ("提出", "0 人附议", "待答复", "7 个工作日内", "答复并说明理由"):
        assert step in page, step
    assert "依据本单位规定： 本单位《职工提案办理承诺》" in page, "the clock says by which rule"
    english = {"Accept-Language": "en"}
    page = (await worker.get(f"/proposals/{id}", headers=english)).text
    assert "Within 7 working days. By a rule of the house: The house&#39;s promise" in page
    await plant.say("pages-officer", "democracy/support-proposal", {"proposal": id})
    assert "1 人附议" in (await worker.get(f"/proposals/{id}")).text


@pytest.mark.parametrize("id", ["no-id", "0197f8a0-0000-7000-8000-000000000000"])
async def test_a_proposal_that_is_not_there_is_not_found(
    worker: httpx.AsyncClient, id: str
) -> None:
    page = await worker.get(f"/proposals/{id}")
    assert page.status_code == 404
    assert "没有这件提案" in page.text
