"""The meter and what differs; one line of it left for a reason, or applied as HR's version."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.home import Home
from services.gateway.pages import desk_words
from services.gateway.pages.drift import KINDS, latest, trend
from services.gateway.snapshot.one_line import weighed
from shared.calendar import today
from shared.contracts.membership import DriftCaseOf, DriftDay, DriftKind, Placement
from shared.messages import uuid7
from shared.settings import Settings
from tests.pages.conftest import Plant, fill, form_token_in, said_to_record
from tests.pages.counting import asking, counted
from tests.pages.test_charts import values_in
from tests.pages.test_places import rows_of
from tests.pages.test_posts_sheet import tried
from tests.pages.test_snapshot import HEADER, PATH, bring_and_do, heads, hr, units
from tests.sheets_in.made import book
from tests.statements import read_statements

__all__ = ["hr"]
FIRST, ON = today() - timedelta(40), today() - timedelta(10)
"""The days of the two lists; the meter shows a year."""
MOVED_ON, BEFORE = ON - timedelta(11), ON - timedelta(12)


def day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


@pytest.fixture
async def works(plant: Plant, site: Home, hr: httpx.AsyncClient) -> str:
    """A plant with a shop, of which two lists of HR's say something else than the roll: one is new,
    one is in another unit, one is missing, one has another name. Its code."""
    code = f"dr-{uuid7().hex[-10:]}"
    await units(site, (code, "plant", "company"), (f"{code}-s", "workshop", code))
    there = [[f"{code}{n}", f"人{n}", code, "钳工", "2020-01-01"] for n in range(1, 5)]
    await bring_and_do(hr, book(HEADER, *there), on=str(FIRST), unit=code, complete="true")
    said: list[list[str | None]] = [
        [f"{code}1", "人1", code, "钳工", None],
        [f"{code}2", "人2", f"{code}-s", "班长", str(MOVED_ON)],
        [f"{code}3", "另一人", code, "钳工", None],
        [f"{code}9", "新来的", f"{code}-s", "学徒", str(MOVED_ON + timedelta(2))],
    ]
    await tried(hr, book(HEADER, *said), PATH, on=str(ON), unit=code, complete="true")
    return code


async def lines(browser: httpx.AsyncClient, unit: str, **asked: str) -> dict[str, str]:
    """The number of each line of the list → the id of the line, as its links have it."""
    page = await browser.get("/drift", params={"unit": unit} | asked)
    assert page.status_code == 200, page.text
    found: dict[str, str] = {}
    for row in re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL):
        if (id := re.search(r"/drift/([0-9a-f-]{36})/", row)) and (
            number := re.search(rf"{unit}\d+", row)
        ):
            found[number[0]] = id[1]
    return found


async def test_the_page_has_the_meter_the_trend_and_what_differs(
    works: str, head_officer: httpx.AsyncClient
) -> None:
    page = await head_officer.get("/drift", params={"unit": works})
    for said in ("人事名单与花名册的差异", "花名册没有", "人事没有", "重复", "单位不同", "新来的"):
        assert said in page.text, said
    meter = page.text[page.text.index('id="meter"') : page.text.index('id="trend"')]
    assert re.findall(r'<td class="number"[^>]*>(\d+)</td>', meter) == ["1", "1", "1", "0", "1"]
    assert "<strong>4</strong>" in meter
    assert f"/drift/trend.svg?unit={works}" in page.text
    table = page.text[page.text.index('id="trend"') : page.text.index('id="lines"')]
    assert re.findall(r"<time[^>]*>([^<]+)</time>", table) == [day(ON), day(FIRST)]
    _, first, last = rows_of(await head_officer.get("/drift/days.xlsx", params={"unit": works}))
    assert [row[0].date() for row in (first, last)] == [FIRST, ON]
    assert last[3:] == (1, 1, 1, 0, 1)
    moved = await lines(head_officer, works, kind="moved")
    assert [*moved] == [f"{works}2"]
    rows = rows_of(await head_officer.get("/drift.xlsx", params={"unit": works}))
    assert [row[:3] for row in rows[1:]] == [
        (f"{works}3", "另一人", "重复"),
        (f"{works}2", "人2", "单位不同"),
        (f"{works}4", "人4", "人事没有"),
        (f"{works}9", "新来的", "花名册没有"),
    ]


async def test_the_chart_is_drawn_of_the_same_numbers(
    works: str, officer: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    svg = await head_officer.get("/drift/trend.svg", params={"unit": works})
    assert svg.status_code == 200
    assert svg.headers["content-type"] == "image/svg+xml"
    assert values_in(svg.text) == [], "the numbers are in the table"
    assert svg.text.count('class="line reactive') + svg.text.count("nofill") >= len(KINDS)
    for kind in desk_words.DRIFT:
        assert {"unknown-to-us": "花名册没有"}.get(kind, "") in svg.text
    assert day(FIRST) in svg.text
    assert (await officer.get("/drift/trend.svg", params={"unit": works})).status_code == 403


async def test_one_line_is_applied_as_the_list_has_it_and_then_differs_no_longer(
    plant: Plant, site: Home, works: str, hr: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    there = await lines(head_officer, works)
    assert len(there) == 4
    apply = f"/drift/{there[f'{works}2']}/apply"
    page = await head_officer.get(apply)
    for said in ("调到", f"{works}-s", "班长", day(MOVED_ON), "不能撤回"):
        assert said in page.text, said
    done = await fill(head_officer, apply)
    assert (done.status_code, done.headers["location"]) == (303, f"/drift?unit={works}")
    assert "花名册已与人事名单一致" in (await head_officer.get(done.headers["location"])).text
    assert await heads(plant, str(MOVED_ON), works) == {works: 3, f"{works}-s": 1}
    assert await heads(plant, str(BEFORE), works) == {works: 4}
    left = await lines(head_officer, works)
    assert left == {number: id for number, id in there.items() if number != f"{works}2"}
    applied = (
        "SELECT count(*) FROM audit WHERE what = 'applied' AND about = :about "
        "AND account = 'pages-head'"
    )
    assert await said_to_record(site, applied, about=f"{works}2") == 1
    # HR does the same; the second time there is no such line any more.
    for number in ("4", "9"):
        path = f"/drift/{there[works + number]}/apply"
        assert (await fill(hr, path)).status_code == 303
        assert (await hr.get(path)).status_code == 404
    assert await heads(plant, str(ON), works) == {works: 2, f"{works}-s": 2}
    assert await heads(plant, str(MOVED_ON + timedelta(1)), works) == {works: 3, f"{works}-s": 1}


async def test_the_list_after_it_says_nothing_twice(
    plant: Plant, works: str, hr: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    there = await lines(head_officer, works)
    assert (await fill(hr, f"/drift/{there[f'{works}9']}/apply")).status_code == 303
    said = [[f"{works}9", "新来的", f"{works}-s", "学徒", str(MOVED_ON + timedelta(2))]]
    await bring_and_do(hr, book(HEADER, *said), on=str(ON), unit=f"{works}-s")
    assert await heads(plant, str(ON), works) == {works: 4, f"{works}-s": 1}
    desk = await head_officer.get("/desk", params={"employee": f"{works}9"})
    assert "没有符合条件的记录" in desk.text


async def test_what_cannot_be_applied_says_why_and_where_it_is_settled(
    works: str, hr: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    there = await lines(head_officer, works)
    path = f"/drift/{there[f'{works}3']}/apply"
    page = await head_officer.get(path)
    assert "花名册上这个工号是另一个姓名" in page.text
    assert f'href="/desk?employee={works}3"' in page.text
    assert 'action="' + path not in page.text
    opened = await head_officer.get(f"/drift/{there[f'{works}2']}/apply")
    sent = {"form-token": form_token_in(opened), "mark": ""}
    refused = await head_officer.post(path, data=sent)
    assert refused.status_code == 409


async def test_what_was_shown_and_nothing_else_is_applied(
    plant: Plant, works: str, hr: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    path = f"/drift/{(await lines(head_officer, works))[f'{works}2']}/apply"
    changed = await fill(head_officer, path, mark="0" * 40)
    assert changed.status_code == 409
    assert "花名册在此期间有变化" in changed.text
    assert await heads(plant, str(ON), works) == {works: 4}


async def test_what_stays_has_a_reason_and_is_opened_again(
    works: str, hr: httpx.AsyncClient, head_officer: httpx.AsyncClient
) -> None:
    there = await lines(head_officer, works)
    leave = f"/drift/{there[f'{works}4']}/leave"
    silent = await fill(head_officer, leave, reason=" ")
    assert silent.status_code == 422
    done = await fill(head_officer, leave, reason="借给省公司 <到年底>")
    assert (done.status_code, done.headers["location"]) == (303, f"/drift?unit={works}")
    assert f"{works}4" not in await lines(head_officer, works)
    page = await head_officer.get("/drift", params={"unit": works, "state": "left"})
    assert "借给省公司 &lt;到年底&gt;" in page.text
    assert (await hr.get(leave)).status_code == 403, "HR lists it and gives no reasons"
    back = await fill(head_officer, leave, leave.replace("leave", "reopen"))
    assert back.status_code == 303
    assert f"{works}4" in await lines(head_officer, works)
    led = await head_officer.get(leave.replace("leave", "reopen"))
    assert (led.status_code, led.headers["location"]) == (303, leave)


async def test_officers_of_elsewhere_and_managers_see_nothing_of_it(
    works: str,
    officer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    head_officer: httpx.AsyncClient,
) -> None:
    id = (await lines(head_officer, works))[f"{works}2"]
    for path in (f"/drift?unit={works}", f"/drift/{id}/leave", f"/drift/{id}/apply"):
        assert (await officer.get(path)).status_code == 403, path
        assert (await manager.get(path)).status_code == 403, path
    own = await officer.get("/drift")
    assert own.status_code == 200
    assert works not in own.text
    assert 'href="/drift"' not in (await manager.get("/")).text


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/drift?unit={unit}", 2),
        ("/drift.xlsx?unit={unit}", 0),
        ("/drift/trend.svg?unit={unit}", 0),
        ("/drift/days.xlsx?unit={unit}", 1),
        ("/drift/{id}/apply", 1),
        ("/drift/{id}/leave", 1),
    ],
)
async def test_its_pages_ask_the_views_little(
    plant: Plant,
    settings: Callable[[str], Settings],
    works: str,
    head_officer: httpx.AsyncClient,
    path: str,
    most: int,
) -> None:
    path = path.format(unit=works, id=(await lines(head_officer, works))[f"{works}2"])
    async with counted(plant, settings("gateway"), "pages-head") as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            answer = await browser.get(path)
    assert answer.status_code == 200
    assert len(said) == most, said


async def test_membership_away_is_said(
    plant: Plant, settings: Callable[[str], Settings], works: str
) -> None:
    async with counted(plant, settings("gateway"), "pages-head") as (browser, _):
        assert (await browser.get(f"/drift?unit={works}")).status_code == 503


COUNTS = st.dictionaries(st.sampled_from(KINDS), st.integers(0, 9))
DAYS = st.lists(
    st.tuples(st.sampled_from("ab"), st.dates(date(2024, 1, 1), date(2024, 1, 9)), COUNTS),
    unique_by=lambda each: each[:2],
).map(
    lambda told: [
        DriftDay(plant=plant, on=on, counts=counts)
        for plant, on, counts in sorted(told, key=lambda each: (each[1], each[0]))
    ]
)


@given(DAYS)
def test_the_trend_of_several_plants_is_the_sum_of_the_last_list_of_each(
    days: list[DriftDay],
) -> None:
    seen = trend(days)
    assert [each.on for each in seen] == sorted({day.on for day in days})
    for one in seen:
        last = latest([day for day in days if day.on <= one.on])
        for kind in KINDS:
            assert one.counts[kind] == sum(each.counts.get(kind, 0) for each in last.values())
    assert all(one.on < other.on for one, other in pairwise(seen))


def case(kind: DriftKind, **more: object) -> DriftCaseOf:
    told: dict[str, object] = dict.fromkeys(DriftCaseOf.model_fields)
    told |= {"drift": uuid7(), "kind": kind, "employee": "E1", "unit": "a", "path": "company/a"}
    told |= {"retired": False, "erased": False}
    return DriftCaseOf.model_validate(told | {"on": date(2024, 5, 1), "list_of": "company"} | more)


def placed(**more: object) -> Placement:
    told: dict[str, object] = dict.fromkeys(Placement.model_fields)
    told |= {"employee": "E1", "name": "某", "employed_since": date(2020, 1, 1), "unit": "a"}
    told["numbers"] = []
    return Placement.model_validate(told | {"since": date(2020, 1, 1)} | more)


def test_a_line_is_weighed_as_the_roll_is_now() -> None:
    units = {"a", "b"}
    moved = case("moved", name="某", hr_unit="b", our_unit="a")
    assert weighed(moved, placed(), units).becomes == "moved"
    assert weighed(moved, placed(unit="b"), units).becomes == "same"
    assert weighed(case("moved", hr_unit="b"), placed(), units).why == "line-without-name"
    assert weighed(case("duplicate", hr_unit="b"), placed(), units).why == "contradicts-itself"
    missing = case("unknown-to-hr", our_unit="a")
    assert weighed(missing, placed(), units).becomes == "left"
    assert weighed(missing, placed(employed_since=None), units).becomes == "same"
    of_a_unit = case("unknown-to-hr", our_unit="a", list_of="a")
    assert weighed(of_a_unit, placed(), units).becomes == "unassigned"
    assert weighed(of_a_unit, placed(unit=None), units).becomes == "same"
    new = case("unknown-to-us", name="某", hr_unit="c")
    assert weighed(new, None, units).why == "unknown-unit"
