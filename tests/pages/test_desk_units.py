"""The desk's other pages: what HR said of units is settled, and what was settled is listed and
taken back from there."""

import re
from collections.abc import Callable

import httpx
import pytest

from deploy.local.home import Home
from shared.settings import Settings
from tests.pages.conftest import Plant, browser_of, heard, told
from tests.pages.counting import asking, counted
from tests.pages.test_desk import choices, send
from tests.pages.test_places import rows_of
from tests.statements import read_statements

SHUT, NEXT, LOST, INSIDE = "du-shut", "du-next", "du-lost", "PDU01"


def story() -> list[dict[str, object]]:
    """A plant that closes with somebody in it, and one below another that nobody knows."""
    here = {"employee": INSIDE, "on": "2022-01-01"}
    return [
        told(760, "unit-created", unit=SHUT, name="关停厂", kind="plant", parent="company"),
        told(761, "unit-created", unit=NEXT, name="接续厂", kind="plant", parent="company"),
        told(762, "unit-created", unit=LOST, name="孤儿班", kind="team", parent="du-none"),
        told(763, "employee-hired", name="留守", **here),
        told(764, "employee-assigned", unit=SHUT, **here),
        told(765, "unit-closed", unit=SHUT, on="2022-06-01"),
    ]


@pytest.fixture(autouse=True, scope="module")
async def contradictions(plant: Plant, site: Home) -> None:
    await heard(site, *story())


async def test_units_are_listed_with_a_way_to_their_case_and_how_far_the_desk_is(
    head_officer: httpx.AsyncClient,
) -> None:
    page = await head_officer.get("/desk", params={"reason": "people-left-in-it"})
    for said in (f'href="/desk/units/{SHUT}"', "单位撤销时仍有人员", "<progress", "已核定"):
        assert said in page.text, said
    lost = await head_officer.get("/desk", params={"reason": "unknown-parent"})
    assert "du-none" in lost.text


async def test_what_would_become_of_the_unit_stands_there_before_and_all_is_undone_from_the_list(
    head_officer: httpx.AsyncClient,
) -> None:
    case = f"/desk/units/{SHUT}"
    page = await head_officer.get(case)
    for said in ("关停厂", "撤销后有1人不在任何单位", "记录无误，人员另行安排"):
        assert said in page.text, said
    closing = re.search(r'<option value="([0-9a-f]+)" selected>', page.text)
    assert closing
    tried = await head_officer.get(case, params={"event": closing[1], "other": NEXT})
    assert "2022年6月1日并入" in tried.text
    right = next(each for each in choices(tried) if f"other={NEXT}" in each)
    done = await send(head_officer, tried, case, choice=right, reason="其实是 <合并>")
    assert (done.status_code, done.headers["location"]) == (303, case), done.text
    page = await head_officer.get(case)
    for said in ("其实是 &lt;合并&gt;", "这里已没有相互矛盾", "接续厂"):
        assert said in page.text, said
    assert INSIDE in (await head_officer.get("/members", params={"unit": NEXT})).text

    settled = await head_officer.get("/desk/settled")
    back = re.search(r'href="(/desk/settled/[0-9a-f-]{36}/take-back)"', settled.text)
    assert back
    assert "其实是 &lt;合并&gt;" in settled.text
    form = await head_officer.get(back[1])
    silent = await send(head_officer, form, back[1], reason=" ")
    assert silent.status_code == 422
    undone = await send(head_officer, form, back[1], reason="没有合并")
    assert (undone.status_code, undone.headers["location"]) == (303, "/desk/settled")
    settled = await head_officer.get("/desk/settled", params={"state": "taken-back"})
    assert "没有合并" in settled.text
    again = await head_officer.get(back[1])
    assert "已撤销" in again.text
    assert '<form method="post" action="/desk/settled' not in again.text
    assert INSIDE not in (await head_officer.get("/members", params={"unit": NEXT})).text


async def test_what_cannot_be_decided_comes_back_as_it_was_typed(
    head_officer: httpx.AsyncClient,
) -> None:
    case = f"/desk/units/{LOST}"
    page = await head_officer.get(case)
    unchosen = await send(head_officer, page, case, reason="一时没选")
    assert unchosen.status_code == 422
    assert "一时没选" in unchosen.text
    forged = f"ruling=set-aside&event={'0' * 32}"
    refused = await send(head_officer, page, case, choice=forged, reason="假的")
    assert refused.status_code == 409
    assert (await head_officer.get("/desk/units/du-never")).status_code == 404
    for asked in ({"event": "x"}, {"on": "2500-01-01"}, {"nonsense": "1"}):
        assert (await head_officer.get(case, params=asked)).status_code == 422, asked
    for none in ("x", "01a2082a-5b86-745c-97fe-000000000000"):
        answer = await head_officer.get(f"/desk/settled/{none}/take-back")
        assert answer.status_code == 404, none


async def test_an_officer_of_a_plant_and_hr_do_not_settle_units(
    plant: Plant, officer: httpx.AsyncClient
) -> None:
    assert SHUT not in (await officer.get("/desk")).text
    assert (await officer.get(f"/desk/units/{SHUT}")).status_code == 403
    async with browser_of(plant, "pages-hr") as hr:
        assert (await hr.get("/desk/settled")).status_code == 403
        page = await hr.get("/desk", params={"reason": "unknown-parent"})
        assert "/desk/units/" not in page.text


async def test_the_sheet_is_the_list_of_what_was_settled(head_officer: httpx.AsyncClient) -> None:
    head, *rows = rows_of(await head_officer.get("/desk/settled.xlsx"))
    assert head[:3] == ("工号或单位", "单位", "决定")
    assert [row[9] for row in rows if row[0] == SHUT] == ["其实是 <合并>"]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/desk/settled", 1),
        ("/desk/settled.xlsx", 0),
        (f"/desk/units/{SHUT}", 1),
        ("/desk/settled/{ruling}/take-back", 0),
    ],
)
async def test_these_pages_ask_the_views_little(
    plant: Plant,
    settings: Callable[[str], Settings],
    head_officer: httpx.AsyncClient,
    path: str,
    most: int,
) -> None:
    if "{ruling}" in path:
        case = f"/desk/units/{LOST}"
        page = await head_officer.get(case)
        if made := choices(page):
            await send(head_officer, page, case, choice=made[0], reason="数一数")
        listed = await head_officer.get("/desk/settled")
        one = re.search(r"/desk/settled/([0-9a-f-]{36})/take-back", listed.text)
        assert one
        path = path.replace("{ruling}", one[1])
    async with counted(plant, settings("gateway"), "pages-head") as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            answer = await browser.get(path)
    assert answer.status_code == 200
    assert len(said) == most, said
