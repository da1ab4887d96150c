"""Where the plants lie, on the pages: IT and chairs say so, officers read it, nobody else does."""

from datetime import date

import httpx

from deploy.local.home import Home
from shared.messages import uuid7
from tests.journeys.conftest import event
from tests.pages.conftest import Plant, browser_of, heard, hidden_in
from tests.pages.test_places import rows_of


async def test_it_says_where_a_plant_lies_and_its_dues_go_by_the_rules_there(
    plant: Plant, site: Home, head_officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    unit = f"pv-{uuid7().hex[-10:]}"
    told = {"unit": unit, "name": "山西<厂>", "kind": "plant", "parent": "company"}
    await heard(site, event("unit-created", **told))
    async with browser_of(plant, "pages-it") as it:
        page = await it.get("/provinces")
        form = hidden_in(page, "/provinces")
        answer = await it.post("/provinces", data=form | {"unit": unit, "province": "CN-SX"})
        assert answer.headers["location"] == "/provinces", answer.text
        page = await it.get("/provinces")
        assert "按当日所在地的规定认定" in page.text
        assert "山西&lt;厂&gt;" in page.text
        form = hidden_in(page, "/provinces")
        answer = await it.post("/provinces", data=form | {"unit": unit, "province": "CN-XX"})
        assert answer.status_code == 422
        form = hidden_in(page, "/provinces") | {"unit": unit, "province": "CN-ZJ"}
        wrong = await it.post("/provinces", data=form | {"on": "2026-02-30"})
        assert wrong.status_code == 422
        assert 'value="2026-02-30"' in wrong.text, "what was typed is still there"
        again = hidden_in(wrong, "/provinces")
        sent = {"unit": unit, "province": "CN-ZJ", "on": "2026-06-01"}
        assert (await it.post("/provinces", data=again | sent)).status_code == 303
        page = await it.get("/provinces")
        assert "浙江" in page.text
        assert "2026年6月1日" in page.text
    for month, of_shanxi in (("2026-03", True), ("2026-06", False)):
        dues = (await head_officer.get(f"/dues/{unit}/{month}")).text
        assert ("山西省实施" in dues) == of_shanxi
    _, *rows = rows_of(await head_officer.get("/provinces.xlsx"))
    since = [(row[2], row[3] and row[3].date()) for row in rows if row[1] == unit]
    assert since == [("山西", None), ("浙江", date(2026, 6, 1))]
    seen = await head_officer.get("/provinces")
    assert seen.status_code == 200
    assert 'action="/provinces"' not in seen.text, "an officer reads it"
    assert (await manager.get("/provinces")).status_code == 403
