"""The desk: contradictions of HR are listed and settled; what would come of it is seen first."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.pages.desk_words import HR_SAID, RULINGS, STANDING, UNFIT
from services.membership import timeline
from services.membership.desk.closings import LEFT_IN_IT
from shared.contracts.hr import DATA, OfEmployee
from shared.settings import Settings
from tests.pages.conftest import Plant, browser_of, form_token_in, heard, told
from tests.pages.counting import asking, counted
from tests.pages.test_places import rows_of
from tests.statements import read_statements

UNIT, OTHER = "desk-plant", "desk-other"
TORN, LOST, AGAIN, PLAIN = "PD001", "PD002", "PD003", "PD004"


def story() -> list[dict[str, object]]:
    """One in two units at once, one in a unit that nobody knows, one hired again under another
    name, and one about whom all is well."""
    hired = {"on": "2022-01-01", "birth_date": "1990-02-03"}
    second = {"name": "周二", "on": "2022-06-01", "birth_date": "1990-02-03"}
    here = {"unit": UNIT, "on": "2022-01-01"}
    return [
        told(700, "unit-created", unit=UNIT, name="核对厂", kind="plant", parent="company"),
        told(701, "unit-created", unit=OTHER, name="对岸厂", kind="plant", parent="company"),
        told(710, "employee-hired", employee=TORN, name="吴两处", **hired),
        told(711, "employee-assigned", employee=TORN, post="钳工", **here),
        told(712, "employee-assigned", employee=TORN, unit=OTHER, on="2022-03-01"),
        told(713, "leave-started", employee=TORN, kind="sick", on="2022-02-01"),
        told(720, "employee-hired", employee=LOST, name="郑一", **hired),
        told(721, "employee-assigned", employee=LOST, unit="desk-plnat", on="2022-01-01"),
        told(730, "employee-hired", employee=AGAIN, name="周一", **hired),
        told(731, "employee-assigned", employee=AGAIN, **here),
        told(732, "employee-left", employee=AGAIN, on="2022-05-01"),
        told(733, "employee-hired", employee=AGAIN, **second),
        told(740, "employee-hired", employee=PLAIN, name="冯一", **hired),
        told(741, "employee-assigned", employee=PLAIN, **here),
    ]


@pytest.fixture(autouse=True, scope="module")
async def contradictions(plant: Plant, site: Home) -> None:
    await heard(site, *story())


def choices(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    found = re.findall(
        r'<input id="choice-\d+" type="radio" name="choice" value="([^"]+)"', page.text
    )
    return [html.unescape(each) for each in found]


async def send(
    browser: httpx.AsyncClient, page: httpx.Response, to: str, **typed: str
) -> httpx.Response:
    """The form of the page that goes there, with its hidden fields."""
    part = page.text[page.text.index(f'action="{to}"') :]
    hidden = dict(re.findall(r'name="(key|writer)" value="([^"]+)"', part[: part.index("</form>")]))
    return await browser.post(to, data={**hidden, **typed, "form-token": form_token_in(page)})


async def test_the_list_tells_both_sides_and_leads_to_the_case(
    head_officer: httpx.AsyncClient,
) -> None:
    page = await head_officer.get("/desk", params={"unit": UNIT})
    for said in (
        f'href="/desk/{TORN}"',
        "同时在两个单位",
        "安排到 desk-other",
        "自2022年1月1日起, desk-plant",
        "以不同姓名或出生日期再次入职",
        'href="/desk" aria-current="page"',
    ):
        assert said in page.text, said
    assert LOST not in page.text
    assert PLAIN not in page.text
    found = await head_officer.get("/desk", params={"reason": "unknown-unit"})
    assert f'href="/desk/{LOST}"' in found.text
    assert TORN not in found.text
    english = await head_officer.get("/desk", headers={"Accept-Language": "en"})
    assert "In two units at once" in english.text


async def test_hr_sees_the_list_and_settles_nothing(
    plant: Plant, officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    async with browser_of(plant, "pages-hr") as hr:
        page = await hr.get("/desk", params={"employee": TORN})
        assert "同时在两个单位" in page.text
        assert f"/desk/{TORN}" not in page.text
        assert (await hr.get(f"/desk/{TORN}")).status_code == 403
    assert TORN not in (await officer.get("/desk")).text, "of another plant"
    assert (await officer.get(f"/desk/{TORN}")).status_code == 403
    assert (await manager.get("/desk")).status_code == 403
    assert 'href="/desk"' not in (await manager.get("/")).text


async def test_what_it_would_do_stands_there_before_and_all_is_undone_after(
    head_officer: httpx.AsyncClient,
) -> None:
    case = f"/desk/{TORN}"
    page = await head_officer.get(case)
    for said in ("吴两处", "开始休假", "待核", "自2022年1月1日至2022年3月1日前", "从何处调来"):
        assert said in page.text, said
    assert "sick" not in page.text
    moved = next(each for each in choices(page) if "from_unit" in each)
    done = await send(head_officer, page, case, choice=moved, reason="看过调令 <12号>")
    assert (done.status_code, done.headers["location"]) == (303, case)
    page = await head_officer.get(case)
    for said in ("已核定，花名册已按核定更新。", "看过调令 &lt;12号&gt;", "这里已没有相互矛盾"):
        assert said in page.text, said
    open_ones = await head_officer.get("/desk", params={"employee": TORN})
    assert "没有符合条件的记录" in open_ones.text
    there = await head_officer.get("/members", params={"unit": OTHER})
    assert TORN in there.text
    ruling = re.search(r'name="taken" value="([^"]+)"', page.text)
    assert ruling
    back = await send(head_officer, page, f"{case}/take-back", taken=ruling[1], why="调令已作废")
    assert (back.status_code, back.headers["location"]) == (303, case)
    page = await head_officer.get(case)
    assert "调令已作废" in page.text
    assert len(choices(page)) == 3
    assert TORN not in (await head_officer.get("/members", params={"unit": OTHER})).text


async def test_another_unit_is_tried_and_then_decided(head_officer: httpx.AsyncClient) -> None:
    case = f"/desk/{LOST}"
    page = await head_officer.get(case)
    event = re.search(r'<option value="([0-9a-f]+)" selected>', page.text)
    assert event
    nowhere = await head_officer.get(case, params={"event": event[1], "unit": "desk-none"})
    assert "这样核定没有用处" in nowhere.text
    tried = await head_officer.get(case, params={"event": event[1], "unit": UNIT, "on": ""})
    assert "核对厂" in tried.text
    right = next(each for each in choices(tried) if f"unit={UNIT}" in each)
    done = await send(head_officer, tried, case, choice=right, reason="代码写反了")
    assert done.status_code == 303, done.text
    assert LOST in (await head_officer.get("/members", params={"unit": UNIT})).text


async def test_who_was_hired_is_shown_where_that_is_the_question(
    head_officer: httpx.AsyncClient,
) -> None:
    page = await head_officer.get(f"/desk/{AGAIN}")
    for said in ("周一", "周二", "生于", "1990年2月3日", "同一人"):
        assert said in page.text, said
    assert "1990年" not in (await head_officer.get(f"/desk/{TORN}")).text


async def test_what_cannot_be_decided_comes_back_as_it_was_typed(
    head_officer: httpx.AsyncClient,
) -> None:
    case = f"/desk/{AGAIN}"
    page = await head_officer.get(case)
    unchosen = await send(head_officer, page, case, reason="一时没选")
    assert unchosen.status_code == 422
    assert "一时没选" in unchosen.text
    chosen = choices(page)[0]
    silent = await send(head_officer, page, case, choice=chosen, reason=" ")
    assert silent.status_code == 422
    assert f'value="{html.escape(chosen)}" checked' in silent.text
    forged = await send(
        head_officer, page, case, choice=f"ruling=set-aside&event={'0' * 32}", reason="假的"
    )
    assert forged.status_code == 409
    assert "没有这样一条关于该职工的记录" in forged.text
    odd = await send(head_officer, page, case, choice="ruling=%00&event=%ff&x=1", reason="假的")
    assert odd.status_code == 422
    assert (await head_officer.get("/desk/PD999")).status_code == 404
    for asked in ({"event": "x"}, {"on": "2500-01-01"}, {"unit": "a b"}, {"nonsense": "1"}):
        assert (await head_officer.get(case, params=asked)).status_code == 422, asked


async def test_what_waits_at_the_desk_stands_with_what_else_waits_for_an_officer(
    head_officer: httpx.AsyncClient, officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    page = await head_officer.get("/work")
    assert page.status_code == 200
    assert re.search(r'<a href="/desk">有\d+条人事记录等待核对</a>', page.text)
    for other in (officer, manager):
        assert "等待核对" not in (await other.get("/work")).text, "of another plant, or no officer"


async def test_the_sheet_is_the_list(head_officer: httpx.AsyncClient) -> None:
    head, *rows = rows_of(await head_officer.get("/desk.xlsx", params={"employee": AGAIN}))
    assert head[:4] == ("工号或单位", "单位", "矛盾之处", "人事系统的记录")
    assert [row[:4] for row in rows] == [(AGAIN, "核对厂", "以不同姓名或出生日期再次入职", "入职")]


@pytest.mark.parametrize(("path", "most"), [("/desk", 1), ("/desk.xlsx", 0), (f"/desk/{AGAIN}", 1)])
async def test_the_desk_asks_the_views_little(
    plant: Plant, settings: Callable[[str], Settings], path: str, most: int
) -> None:
    async with counted(plant, settings("gateway"), "pages-head") as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            answer = await browser.get(path)
    assert answer.status_code == 200
    assert len(said) == most, said


async def test_the_address_of_a_refused_taking_back_leads_to_the_case(
    head_officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    case = f"/desk/{TORN}"
    again = await head_officer.get(f"{case}/take-back")
    assert (again.status_code, again.headers["location"]) == (303, case)
    assert (await manager.get(f"{case}/take-back")).status_code == 403


def test_every_code_of_the_desk_has_words() -> None:
    source = "".join(
        each.read_text(encoding="utf-8") for each in Path(timeline.__file__).parent.glob("*.py")
    )
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    codes -= {"set-aside", "same-human", "same-person", "another-human"}
    codes |= {LEFT_IN_IT}
    assert {"already-placed", "unknown-parent"} <= codes
    assert not codes - UNFIT.keys()
    of_people = {type for type, data in DATA.items() if issubclass(data, OfEmployee)}
    of_units = {type for type in DATA if type.startswith("hr.unit-")}
    assert of_people - {"hr.dismissal-intended"} | of_units == HR_SAID.keys()
    assert {"counts", "unfit", "nothing-new", "set-aside"} == STANDING.keys()
    kinds = {"set-aside", "counts", "corrected", "same-human", "stands"}
    kinds |= {"same-person", "another-human"}
    assert kinds == RULINGS.keys()
