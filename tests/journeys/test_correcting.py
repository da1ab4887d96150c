"""Somebody says that what is held of them is wrong: an officer answers in time and with reasons,
and what was wrong is right in their own data (decision 0058)."""

from datetime import date, timedelta
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today, working_days_after
from shared.testing import eventually
from tests.journeys.conftest import Company, event

PLANT, OWN, SINCE = "cj-plant", "CJ-1", "2024-01-08"


@pytest.fixture(scope="module")
async def worker(company: Company, site: Home) -> str:
    """Whom HR has put in the wrong place; speaks for themselves."""
    await company.feed(
        event("unit-created", unit=PLANT, name="更正厂", kind="plant", parent="company"),
        event("employee-hired", employee=OWN, name="某人", on=SINCE),
        event("employee-assigned", employee=OWN, unit=PLANT, on=SINCE, post="保管员"),
    )
    async with gateway_session(site) as session:
        await keep_account(session, "cj-1", employee=OWN, roles=[])
        company.tokens[OWN], _ = await begin_session(session, "cj-1")
        await session.commit()
    return OWN


async def done(company: Company, who: str, what: str, **body: Any) -> Any:
    answer = await company.ask(who, f"membership/{what}", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def own(company: Company, id: str) -> Any:
    answer = await company.get(OWN, "membership/correction", correction=id)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def held(company: Company, table: str) -> Any:
    """What the person is told that is held of them."""
    answer = await company.get(OWN, "membership/own-data", employee=OWN)
    assert answer.status_code == 200, answer.text
    [rows] = [each["rows"] for each in answer.json()["tables"] if each["table"] == table]
    return rows


async def test_what_hr_got_wrong_goes_to_hr_and_is_right_in_ones_own_data(
    company: Company, worker: str
) -> None:
    wrong = {"about": "work", "which": "岗位", "wrong": "我是电工", "should_be": "电工"}
    id = (await done(company, worker, "ask-correction", **wrong))["id"]
    seen = await own(company, id)
    assert (seen["state"], seen["outcome"]) == ("open", None)
    due = date.fromisoformat(seen["due_on"])
    assert today() < due <= today() + timedelta(days=30)
    assert due <= working_days_after(today(), 15).day

    listed = await company.get("officer", "membership/corrections", unit=PLANT)
    assert [each["correction"] for each in listed.json()["items"]] == [id]
    assert "电工" not in listed.text, "a list has no words of it"
    assert (await company.get("manager", "membership/corrections", unit=PLANT)).status_code == 403
    mate = await company.get("mate", "membership/correction", correction=id)
    assert mate.status_code in (403, 404)

    read = await company.get("officer", "membership/correction", correction=id)
    assert read.json()["wrong"] == "我是电工"
    await done(company, "officer", "take-correction-to-hr", correction=id, note="已告知人事")
    assert (await own(company, id))["due_on"] == str(due), "the day of the answer stays"
    await company.feed(event("employee-retitled", employee=OWN, post="电工", on=SINCE))
    answer = {"outcome": "corrected", "reason": "人事已改，从到岗之日起"}
    await done(company, "hr", "answer-correction", correction=id, **answer)
    refused = await company.ask(
        "officer", "membership/answer-correction", {"correction": id} | answer
    )
    assert refused.status_code == 409, "it is answered once"

    seen = await own(company, id)
    assert (seen["state"], seen["outcome"]) == ("answered", "corrected")
    assert [each["what"] for each in seen["trail"]] == ["asked", "with-hr", "answered"]
    assert seen["trail"][-1]["words"] == "人事已改，从到岗之日起"
    [stay] = await held(company, "stay")
    assert (stay["since"], stay["post"]) == (SINCE, "电工")
    [asked] = await held(company, "correction")
    assert (asked["wrong"], asked["outcome"]) == ("我是电工", "corrected")
    readings = await company.get(OWN, "views/readings")
    assert "membership.correction" in {each["subject"] for each in readings.json()["items"]}


async def test_what_nobody_answers_in_time_is_marked_and_answered_all_the_same(
    company: Company, worker: str, site: Home
) -> None:
    id = (await done(company, worker, "ask-correction", about="honour", wrong="少一项"))["id"]
    answer = {"correction": id, "outcome": "not-corrected", "reason": "档案里没有这一项"}
    of_hr = await company.ask("hr", "membership/answer-correction", answer)
    assert of_hr.status_code == 403, "it is the union's own"
    admin = await postgres.connect(site)
    try:
        due = "UPDATE membership.due SET at = now() WHERE key = $1"
        assert await admin.execute(due, id) == "UPDATE 1"
    finally:
        await admin.close()

    async def late() -> bool:
        return bool((await own(company, id))["overdue"])

    await eventually(late, seconds=60)
    await done(company, "officer", "answer-correction", **answer)
    seen = await own(company, id)
    assert [each["what"] for each in seen["trail"]] == ["asked", "overdue", "answered"]
    waits = await company.get("officer", "membership/corrections", unit=PLANT)
    assert id not in waits.text
