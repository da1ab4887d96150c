"""Charts: pictures of their own, drawn of the same numbers as the table below them."""

import re
from datetime import date
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.views.months import MONTHS, first_of
from shared.calendar import today
from tests.pages.conftest import PLANT, Plant

NAMES = ("states", "months")


def values_in(svg: str) -> list[str]:
    """What stands at the bars."""
    root = ElementTree.fromstring(svg)
    return [
        "".join(each.itertext())
        for each in root.iter("{http://www.w3.org/2000/svg}text")
        if "value" in each.get("class", "").split()
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_a_chart_is_a_picture_that_runs_and_fetches_nothing(
    officer: httpx.AsyncClient, plant: Plant, name: str
) -> None:
    await plant.propose("画一张图 chart")
    answer = await officer.get(f"/plants/{PLANT}/{name}.svg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    policy = answer.headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["cache-control"] == "no-store"
    root = ElementTree.fromstring(answer.text)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert not re.search(r"(href|src)=|url\(|@import", answer.text)
    assert values_in(answer.text)


async def test_the_month_of_a_proposal_counts_it_in_picture_and_table(
    officer: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("这个月的 monthly")
    answer = {"proposal": id, "decision": "adopted", "reasons": "好"}
    await plant.say("pages-manager", "democracy/answer-proposal", answer)
    page = (await officer.get(f"/plants/{PLANT}")).text
    table = page[page.index("提案逐月情况") :]
    newest, *older = re.findall(
        r'<th scope="row">(.*?)</th><td class="number">(\d+)</td><td class="number">(\d+)</td>',
        table,
    )
    assert newest[0] == f"{today().year}年{today().month}月"
    assert len(older) == MONTHS - 1
    assert int(newest[1]) >= 1
    assert int(newest[2]) >= 1
    svg = (await officer.get(f"/plants/{PLANT}/months.svg")).text
    assert values_in(svg) == [newest[1], newest[2]], "no bar for nothing"
    english = await officer.get(f"/plants/{PLANT}/months.svg", headers={"Accept-Language": "en"})
    assert "Answered" in english.text


async def test_as_of_a_day_before_them_there_are_none(
    officer: httpx.AsyncClient, plant: Plant
) -> None:
    await plant.propose("以前没有 earlier")
    svg = await officer.get(f"/plants/{PLANT}/months.svg", params={"on": "2021-05-31"})
    assert values_in(svg.text) == []
    assert "暂时没有" in svg.text


@pytest.mark.parametrize("name", NAMES)
async def test_a_chart_is_for_those_who_may_see_the_page(
    worker: httpx.AsyncClient, stranger: httpx.AsyncClient, officer: httpx.AsyncClient, name: str
) -> None:
    assert (await worker.get(f"/plants/{PLANT}/{name}.svg")).status_code == 403
    assert (await worker.get(f"/plants/nowhere/{name}.svg")).status_code == 403
    assert (await stranger.get(f"/plants/{PLANT}/{name}.svg")).status_code == 303
    wrong = await officer.get(f"/plants/{PLANT}/{name}.svg", params={"on": "gestern"})
    assert wrong.status_code == 422


@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)))
def test_twelve_months_end_with_the_month_of_the_day(on: date) -> None:
    first = first_of(on)
    assert first.day == 1
    assert (on.year - first.year) * 12 + on.month - first.month == MONTHS - 1
