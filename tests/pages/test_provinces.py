"""Where the plants lie, on the pages: IT and chairs say so, officers read it, nobody else does."""

import httpx

from deploy.local.home import Home
from shared.messages import uuid7
from tests.journeys.conftest import event
from tests.pages.conftest import Plant, browser_of, heard, hidden_in


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
        assert "今后按当地规定执行" in page.text
        assert "山西&lt;厂&gt;" in page.text
        form = hidden_in(page, "/provinces")
        answer = await it.post("/provinces", data=form | {"unit": unit, "province": "CN-XX"})
        assert answer.status_code == 422
    month = (await head_officer.get(f"/dues/{unit}/2026-03")).text
    assert "山西省实施" in month
    seen = await head_officer.get("/provinces")
    assert seen.status_code == 200
    assert 'action="/provinces"' not in seen.text, "an officer reads it"
    assert (await manager.get("/provinces")).status_code == 403
