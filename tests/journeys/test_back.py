"""From a course that was taken and a consent that was given to HR's system, by both roads."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from deploy.local.home import Home
from services.gateway.back.lanes import STREAM
from shared.broker import BACK, connect
from shared.testing import eventually
from tests.back.conftest import HrSystem, hr_system
from tests.journeys.conftest import PEOPLE, TEAM, Company, event

NEW = "JB1"
"""Whom other journeys do not count, nor take for no member."""


@pytest.fixture
async def hr(tmp_path: Path) -> AsyncIterator[HrSystem]:
    async with hr_system(tmp_path) as system:
        yield system


async def asked(company: Company, what: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await company.ask("hr", f"back/{what}", body)
    assert answer.status_code in (201, 204), answer.text
    return dict(answer.json()) if answer.content else {}


async def on_the_stream(site: Home, ids: set[str]) -> list[dict[str, Any]]:
    """What HR's own user finds there of these events."""
    client = await connect(site.nats_url, "hr", site.secret("hr", "nats_password"))
    found: dict[str, dict[str, Any]] = {}
    try:
        mine = await client.jetstream().pull_subscribe_bind(durable="hr", stream=BACK)
        while not ids <= found.keys():
            for message in await mine.fetch(50, timeout=10):
                told = json.loads(message.data)
                found[told["id"]] = told
                await message.ack()
    finally:
        await client.close()
    return [found[id] for id in ids]


async def test_hr_hears_of_the_course_and_of_the_member_and_of_nothing_else(
    site: Home, company: Company, hr: HrSystem
) -> None:
    both = {"kinds": ["course-completed", "member-joined"]}
    made = await asked(company, "subscribe", both | {"url": f"{hr.url}/journey"})
    await asked(company, "change", both | {"subscription": str(STREAM), "active": True})
    began = {"employee": NEW, "on": "2024-07-01"}
    await company.feed(
        event("employee-hired", name="新来", **began),
        event("employee-assigned", unit=TEAM, **began),
    )
    course = {"title": "危化品应急", "unit": TEAM, "starts_on": "2024-08-01", "seats": 5}
    opened = await company.ask("officer", "training/open-course", course)
    seat = {"course": opened.json()["id"], "employee": NEW}
    assert (await company.ask("officer", "training/enrol", seat)).status_code == 201
    result = seat | {"result": "passed", "score": 91, "on": "2024-08-04"}
    assert (await company.ask("officer", "training/complete-course", result)).status_code == 201
    visit = {"employee": NEW, "occasion": "festival", "on": "2024-08-05"}
    visit_made = visit | {"visitors": [PEOPLE["officer"]]}
    assert (await company.ask("officer", "welfare/log-visit", visit_made)).status_code == 201
    await company.submit("mate", "更衣室加柜子")
    consent = {"employee": NEW, "on": "2024-08-06", "reference": "申请书 1 号"}
    joined = await company.ask("officer", "membership/admit-member", consent)
    assert joined.status_code == 201, joined.text

    async def arrived() -> list[dict[str, Any]]:
        found = await hr.received("/journey")
        return found if len(found) >= 2 else []

    received = await eventually(arrived)
    told = [Webhook(made["secret"]).verify(one["body"], one["headers"]) for one in received]
    assert [each["type"] for each in told] == [
        "tongxin.back.course-completed.v1",
        "tongxin.back.member-joined.v1",
    ]
    assert {each["subject"] for each in told} == {NEW}
    assert told[0]["data"] == {
        "employee": NEW,
        "unit": TEAM,
        "on": "2024-08-04",
        "course": seat["course"],
        "title": "危化品应急",
        "result": "passed",
    }
    assert told[1]["data"].keys() == {"employee", "unit", "on"}
    found = await on_the_stream(site, {each["id"] for each in told})
    assert sorted(found, key=lambda each: each["time"]) == told
    await asked(company, "remove", {"subscription": made["subscription"]})
    await asked(company, "change", {"subscription": str(STREAM), "active": False})
