"""Two numbers that may be of one person come to the desk by themselves, and are settled there."""

import html
import re
from collections.abc import Callable

import httpx
import pytest

from deploy.local.home import Home
from shared.settings import Settings
from tests.pages.conftest import Plant, heard, told
from tests.pages.counting import asking, counted
from tests.pages.test_desk import send
from tests.pages.test_places import rows_of
from tests.statements import read_statements

UNIT, OLD, NEW = "dp-plant", "PDP01", "PDP02"
PAIRS = f"/desk/pairs?unit={UNIT}"


def story() -> list[dict[str, object]]:
    """OLD left and was hired again as NEW."""
    who = {"name": "费又来", "birth_date": "1988-08-08"}
    return [
        told(800, "unit-created", unit=UNIT, name="一人厂", kind="plant", parent="company"),
        told(801, "employee-hired", employee=OLD, on="2022-01-01", **who),
        told(802, "employee-assigned", employee=OLD, unit=UNIT, on="2022-01-01"),
        told(803, "employee-left", employee=OLD, on="2022-03-01"),
        told(804, "employee-hired", employee=NEW, on="2022-03-21", **who),
        told(805, "employee-assigned", employee=NEW, unit=UNIT, on="2022-03-21"),
    ]


@pytest.fixture(autouse=True, scope="module")
async def people(plant: Plant, site: Home) -> None:
    await heard(site, *story())


async def test_it_waits_at_the_desk_and_among_what_is_to_do(
    head_officer: httpx.AsyncClient,
) -> None:
    for page in ("/desk", "/work"):
        assert 'href="/desk/pairs"' in (await head_officer.get(page)).text, page
    listed = await head_officer.get(PAIRS)
    for said in (
        "费又来",
        "离职后不久又入职",
        "间隔20天",
        "出生日期相同",
        f"/desk/{NEW}/numbers?other={OLD}",
        f"/desk/{NEW}/two-people?other={OLD}",
    ):
        assert said in listed.text, said
    sheet = await head_officer.get(f"/desk/pairs.xlsx?unit={UNIT}")
    [row] = rows_of(sheet)[1:]
    assert (row[0], row[3], row[4], row[8]) == ("费又来", 20, OLD, NEW)


async def test_two_people_are_not_suggested_again_until_that_is_taken_back(
    head_officer: httpx.AsyncClient,
) -> None:
    where = f"/desk/{NEW}/two-people"
    tried = await head_officer.get(f"/desk/{NEW}/numbers?other={OLD}")
    assert f'href="{where}?other={OLD}"' in tried.text
    form = await head_officer.get(f"{where}?other={OLD}")
    assert form.text.count("费又来") == 2
    silent = await send(head_officer, form, where, other=OLD, reason=" ")
    assert silent.status_code == 422
    assert f'value="{OLD}"' in silent.text
    strange = await send(head_officer, silent, where, other="PDP99", reason="双胞胎")
    assert strange.status_code == 409
    assert "双胞胎" in strange.text
    unsent = await head_officer.get(f"{where}?other={OLD}")
    done = await send(head_officer, strange, where, other=OLD, reason="双胞胎 <甲乙>")
    assert (done.status_code, done.headers["location"]) == (303, "/desk/pairs"), done.text
    assert "费又来" not in (await head_officer.get(PAIRS)).text
    assert f"?other={OLD}" not in (await head_officer.get(f"/desk/{NEW}/numbers")).text
    again = await send(head_officer, unsent, where, other=OLD, reason="双胞胎")
    assert again.status_code == 409
    assert "已核定为两人" in again.text

    settled = await head_officer.get(f"/desk/pairs/settled?unit={UNIT}")
    assert html.escape("双胞胎 <甲乙>") in settled.text
    sheet = await head_officer.get(f"/desk/pairs/settled.xlsx?unit={UNIT}")
    assert rows_of(sheet)[1][:4] == ("费又来", OLD, NEW, "双胞胎 <甲乙>")
    back = re.findall(r'href="(/desk/pairs/settled/[^"]+/take-back)"', settled.text)[0]
    page = await head_officer.get(back)
    silent = await send(head_officer, page, back, reason=" ")
    assert silent.status_code == 422
    undone = await send(head_officer, silent, back, reason="弄错了")
    assert (undone.status_code, undone.headers["location"]) == (303, "/desk/pairs"), undone.text
    assert "费又来" in (await head_officer.get(PAIRS)).text
    assert "弄错了" in (await head_officer.get(f"/desk/pairs/settled?unit={UNIT}")).text
    assert "已撤销" in (await head_officer.get(back)).text
    assert (await head_officer.get("/desk/pairs/settled/none/take-back")).status_code == 404


async def test_one_person_is_ruled_where_whose_a_number_is_is_ruled(
    head_officer: httpx.AsyncClient,
) -> None:
    where = f"/desk/{NEW}/numbers"
    tried = await head_officer.get(f"{where}?other={OLD}")
    done = await send(head_officer, tried, where, other=OLD, on="", reason="同一身份证")
    assert done.status_code == 303, done.text
    assert "费又来" not in (await head_officer.get(PAIRS)).text
    settled = await head_officer.get("/desk/settled", params={"employee": NEW})
    back = settled.text.split('href="/desk/settled/')[1].split("/take-back")[0]
    page = await head_officer.get(f"/desk/settled/{back}/take-back")
    await send(head_officer, page, f"/desk/settled/{back}/take-back", reason="弄错了")
    assert "费又来" in (await head_officer.get(PAIRS)).text


async def test_which_other_number_has_to_be_said(head_officer: httpx.AsyncClient) -> None:
    assert (await head_officer.get(f"/desk/{NEW}/two-people")).status_code == 422
    assert (await head_officer.get(f"/desk/{NEW}/two-people?other=PDP99")).status_code == 404


async def test_who_does_not_look_after_them_sees_nothing(
    officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    assert "费又来" not in (await officer.get("/desk/pairs")).text
    assert (await manager.get("/desk/pairs")).status_code == 403
    for other in (officer, manager):
        assert (await other.get(f"/desk/{NEW}/two-people?other={OLD}")).status_code == 403


async def test_the_pages_ask_the_views_once(
    plant: Plant, settings: Callable[[str], Settings], head_officer: httpx.AsyncClient
) -> None:
    where = f"/desk/{NEW}/two-people"
    form = await head_officer.get(f"{where}?other={OLD}")
    await send(head_officer, form, where, other=OLD, reason="数一数")
    most = {
        PAIRS: 1,
        f"/desk/pairs.xlsx?unit={UNIT}": 0,
        f"/desk/{NEW}/two-people?other={OLD}": 1,
        f"/desk/pairs/settled?unit={UNIT}": 1,
        f"/desk/pairs/settled.xlsx?unit={UNIT}": 0,
    }
    listed = await head_officer.get(f"/desk/pairs/settled?unit={UNIT}")
    [back] = re.findall(r'href="(/desk/pairs/settled/[^"]+/take-back)"', listed.text)
    most[back] = 0
    async with counted(plant, settings("gateway"), "pages-head") as (browser, site), asking(site):
        for path, many in most.items():
            await browser.get(path)
            async with read_statements(site.readers) as said:
                answer = await browser.get(path)
            assert answer.status_code == 200, path
            assert len(said) == many, (path, said)
