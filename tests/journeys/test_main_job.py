"""The main job by HTTP: a leave makes a visit due, a course is taken, and everyone sees theirs."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.local import postgres
from deploy.local.home import Home
from shared.calendar import today
from shared.testing import eventually
from tests.journeys.conftest import PEOPLE, Company, event

PLANT, TEAM = "k-plant", "k-team"
UNITS = [
    event("unit-created", unit=PLANT, name="南厂", kind="plant", parent="company"),
    event("unit-created", unit=TEAM, name="三班", kind="team", parent=PLANT),
]

SECRET = "苦瓜藤上的第七只蝉"


async def newcomer(company: Company, **leave: str) -> str:
    """Somebody of the team, on leave if told so; heard by everyone."""
    number = f"K{uuid4().hex[:10]}"
    events = [
        *UNITS,
        event("employee-hired", employee=number, name="新人", on="2024-01-01"),
        event("employee-assigned", employee=number, unit=TEAM, on="2024-01-01"),
    ]
    if leave:
        events.append(event("leave-started", employee=number, **leave))
    answer = await company.feed(*events)
    assert answer.json()["heard"], answer.text
    return number


async def due_visit(company: Company, number: str) -> Any:
    """The visit that the officer's first page shows as due to that person."""

    async def shown() -> Any:
        items = (await company.get("officer", "views/visits", limit=200)).json()["items"]
        return next((each for each in items if each["employee"] == number), None)

    return await eventually(shown, seconds=5)


async def made(company: Company, what: str, body: dict[str, Any], who: str = "officer") -> str:
    answer = await company.ask(who, what, body)
    assert answer.status_code == 201, answer.text
    assert "View" not in answer.headers
    id: str = answer.json()["id"]
    return id


async def test_a_leave_makes_a_visit_due_within_five_seconds_and_a_visit_settles_it(
    company: Company,
) -> None:
    on = today()
    number = await newcomer(company, kind="work-injury", on=on.isoformat())
    visit = await due_visit(company, number)
    assert (visit["unit"], visit["state"], visit["overdue"]) == (TEAM, "due", False)
    assert date.fromisoformat(visit["due_on"]) >= on + timedelta(days=3)
    before = (await company.get("director", "views/plant", unit=PLANT)).json()["visits"]
    logged = await made(
        company,
        "welfare/log-visit",
        {
            "employee": number,
            "occasion": "hospital",
            "on": on.isoformat(),
            "visitors": [PEOPLE["officer"], PEOPLE["mate"]],
            "note": SECRET,
        },
    )
    assert logged == visit["id"]
    # Own writes at the first read, in every view.
    items = (await company.get("officer", "views/visits", limit=200)).json()["items"]
    assert number not in {each["employee"] for each in items}
    person = (await company.get("officer", "views/person", employee=number)).json()
    assert person["visits"] == [on.isoformat()]
    after = (await company.get("director", "views/plant", unit=PLANT)).json()["visits"]
    assert (after["due"], after["made"]) == (before["due"] - 1, before["made"] + 1)


async def test_a_leave_of_long_ago_that_still_lasts_is_due_and_overdue(company: Company) -> None:
    number = await newcomer(company, kind="sick", on="2026-03-02")
    await due_visit(company, number)

    async def marked() -> bool:
        return bool((await due_visit(company, number))["overdue"])

    await eventually(marked, seconds=10)
    assert (await due_visit(company, number))["due_on"] == "2026-03-05"


async def test_what_a_visit_was_about_is_told_to_officers_alone_and_on_record(
    company: Company,
) -> None:
    number = await newcomer(company, kind="sick", on=today().isoformat())
    body = {
        "employee": number,
        "occasion": "hospital",
        "on": today().isoformat(),
        "visitors": [PEOPLE["officer"]],
        "note": SECRET,
    }
    visit = await made(company, "welfare/log-visit", body)
    told = (await company.get("officer", "welfare/visit-note", visit=visit)).json()
    assert (told["note"], told["occasion"]) == (SECRET, "hospital")
    for who in ("worker", "manager", "director", "hr", "it"):
        assert (await company.get(who, "welfare/visit-note", visit=visit)).status_code == 403
        assert (await company.ask(who, "welfare/log-visit", body)).status_code == 403
        assert (await company.get(who, "views/visits")).status_code == 403
    readings = (await company.get("officer", "welfare/visit-readings", visit=visit)).json()
    assert [each["account"] for each in readings["readings"]] == [PEOPLE["officer"]]


@pytest.mark.parametrize("days_ago", [0, 200])
async def test_a_course_is_opened_taken_and_completed(company: Company, days_ago: int) -> None:
    on = today() - timedelta(days=days_ago)
    number = await newcomer(company)
    before = (await company.get("director", "views/plant", unit=PLANT)).json()["courses"]
    opened = {"title": "受限空间作业", "unit": TEAM, "starts_on": on.isoformat(), "seats": 1}
    course = await made(company, "training/open-course", opened)
    await made(company, "training/enrol", {"course": course, "employee": number})
    full = await company.ask(
        "officer", "training/enrol", {"course": course, "employee": PEOPLE["worker"]}
    )
    assert (full.status_code, full.json()["code"]) == (409, "full")
    result: dict[str, Any] = {"course": course, "employee": number, "result": "passed", "score": 92}
    await made(company, "training/complete-course", result | {"on": on.isoformat()})
    person = (await company.get("officer", "views/person", employee=number)).json()
    (taken,) = person["courses"]
    assert (taken["id"], taken["result"]) == (course, "passed")
    assert taken["completed_on"] == on.isoformat()
    assert "92" not in str(taken["result"])
    after = (await company.get("director", "views/plant", unit=PLANT)).json()["courses"]
    assert after["passed"] == before["passed"] + 1
    assert after["begun"] == before["begun"] + 1


async def test_a_proposal_for_training_becomes_a_demand(company: Company) -> None:
    id = await company.submit("worker", "换膜拍成短片", category="training")

    async def demanded() -> bool:
        told = (await company.get("officer", "training/demands")).json()["demands"]
        return any(each["proposal"] == id for each in told)

    await eventually(demanded, seconds=5)


async def test_a_sensitive_sentence_is_in_no_file_of_the_site(company: Company, site: Home) -> None:
    """Not in tables, streams, logs or anything that any process has written."""
    number = await newcomer(company, kind="sick", on=today().isoformat())
    body = {
        "employee": number,
        "occasion": "hospital",
        "on": today().isoformat(),
        "visitors": [PEOPLE["officer"]],
        "note": SECRET,
    }
    visit = await made(company, "welfare/log-visit", body)
    assert SECRET in (await company.get("officer", "welfare/visit-note", visit=visit)).text
    control = "茄子架下的第八只蛙"
    await company.submit("worker", control)
    admin = await postgres.connect(site)
    await admin.execute("CHECKPOINT")
    await admin.close()
    assert files_with(site, SECRET) == []
    assert len(files_with(site, control)) >= 2, "the search finds what is there"


def files_with(home: Home, words: str) -> list[str]:
    """Files below the home that hold the words, as UTF-8 or escaped as in JSON."""
    forms = [words.encode(), words.encode("ascii", "backslashreplace")]
    return [
        str(file.relative_to(home.path))
        for file in home.path.rglob("*")
        if file.is_file() and any(form in file.read_bytes() for form in forms)
    ]
