"""Courses on the pages: what can be learnt, and the forms of those who run them."""

import re
from datetime import timedelta

import httpx

from shared.calendar import today
from tests.pages.conftest import PLANT, TEAM, WORKER, Plant, fill, hidden_in

NEW = "/courses/new"


async def opened(plant: Plant, title: str, *, days: int = -1, seats: int = 2) -> str:
    """A course of the team that begins so many days from today."""
    asked = {"title": title, "unit": TEAM, "seats": seats}
    starts_on = (today() + timedelta(days=days)).isoformat()
    return await plant.say(
        "pages-officer", "training/open-course", asked | {"starts_on": starts_on}
    )


async def test_an_officer_opens_a_course_and_everyone_sees_where_seats_are_left(
    officer: httpx.AsyncClient, worker: httpx.AsyncClient
) -> None:
    typed = {"title": "登高作业 climbing", "starts_on": (today() + timedelta(days=9)).isoformat()}
    wrong = await fill(officer, NEW, **typed, seats="0", open_to="company")
    assert wrong.status_code == 422
    assert "不能小于 1" in wrong.text
    assert 'id="unit-wrong"' in wrong.text
    assert "登高作业 climbing" in wrong.text
    done = await fill(officer, NEW, **typed, unit=TEAM, seats="12", open_to="unit")
    assert done.status_code == 303, done.text
    page = (await worker.get(done.headers["location"])).text
    for said in ("登高作业 climbing", "余 12 个名额", "仅本单位", "请告诉班组长或工会干事"):
        assert said in page, said
    listed = (await worker.get("/courses", params={"when": "coming", "free": "true"})).text
    assert "登高作业 climbing" in listed
    assert NEW not in listed


async def test_a_seat_is_given_once_and_to_who_is_known(
    leader: httpx.AsyncClient, plant: Plant
) -> None:
    id = await opened(plant, "座位 seats", seats=1)
    page, enrol = f"/courses/{id}", f"/courses/{id}/enrol"
    unknown = await fill(leader, page, enrol, employee="PG999")
    assert unknown.status_code == 409
    assert "没有这个工号" in unknown.text
    assert 'value="PG999"' in unknown.text
    given = await fill(leader, page, enrol, employee=WORKER)
    assert (given.status_code, given.headers["location"]) == (303, page)
    shown = (await leader.get(page)).text
    assert "已满" in shown
    assert WORKER in shown
    assert f'action="{enrol}"' not in shown, "nothing is left to give"


async def test_results_are_entered_by_who_runs_the_course(
    leader: httpx.AsyncClient, worker: httpx.AsyncClient, plant: Plant
) -> None:
    id = await opened(plant, "结果 results")
    await plant.say("pages-officer", "training/enrol", {"course": id, "employee": WORKER})
    page, form = f"/courses/{id}", f"/courses/{id}/complete"
    assert (await worker.get(form)).status_code == 403
    seen = (await worker.get(page)).text
    assert "我的名额" in seen
    assert WORKER not in seen, "who has a seat is for those who run the course"
    assert f"{form}?employee={WORKER}" in (await leader.get(page)).text
    wrong = await fill(leader, form, employee=WORKER, result="", score="120", on="")
    assert wrong.status_code == 422
    assert "不能大于 100" in wrong.text
    before = (today() - timedelta(days=5)).isoformat()
    early = await fill(leader, form, employee=WORKER, result="passed", on=before)
    assert early.status_code == 409
    assert "还没有开课" in early.text
    assert '<a href="#on">' in early.text
    done = await fill(leader, form, employee=WORKER, result="passed", score="91", on="")
    assert done.headers["location"] == page
    assert "合格" in (await worker.get(page)).text
    assert not re.search(r">\s*91\b", (await leader.get(page)).text), "the score stays in training"


async def test_who_runs_no_courses_comes_to_no_form(worker: httpx.AsyncClient) -> None:
    assert (await worker.get(NEW)).status_code == 403
    form = hidden_in(await worker.get("/proposals/new"), "/proposals/new")
    assert (await worker.post(NEW, data=form | {"title": "x"})).status_code == 403


async def test_a_leader_opens_courses_of_the_own_team_only(leader: httpx.AsyncClient) -> None:
    form = (await leader.get(NEW)).text
    assert f'<option value="{TEAM}">' in form
    assert f'<option value="{PLANT}">' not in form
    typed = {"title": "越权 beyond", "starts_on": today().isoformat(), "seats": "3"}
    refused = await fill(leader, NEW, **typed, unit=PLANT, open_to="company")
    assert refused.status_code == 403
    assert "越权 beyond" in refused.text
