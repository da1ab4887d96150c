"""Whose a number is: two of one person lead to one page, and one that was given to another human
opens nothing of what was before."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, drop_account, keep_account
from shared.settings import Settings
from shared.testing import eventually
from tests.pages.conftest import PASSWORD, Plant, heard, told
from tests.pages.counting import asking, counted
from tests.pages.test_desk import send
from tests.statements import read_statements

UNIT, OLD, NEW, TAKEN = "dn-plant", "PDN01", "PDN02", "PDN03"


def story() -> list[dict[str, object]]:
    """OLD left and was hired again as NEW; TAKEN was given to another human."""
    born = {"birth_date": "1990-02-03"}
    return [
        told(780, "unit-created", unit=UNIT, name="工号厂", kind="plant", parent="company"),
        told(781, "employee-hired", employee=OLD, name="何一人", on="2022-01-01", **born),
        told(782, "employee-assigned", employee=OLD, unit=UNIT, on="2022-01-01"),
        told(783, "employee-left", employee=OLD, on="2022-03-01"),
        told(784, "employee-hired", employee=NEW, name="何一人", on="2022-03-01", **born),
        told(785, "employee-assigned", employee=NEW, unit=UNIT, on="2022-03-01"),
        told(786, "employee-hired", employee=TAKEN, name="蒋前", on="2022-01-01", **born),
        told(787, "employee-left", employee=TAKEN, on="2022-02-01"),
        told(788, "employee-hired", employee=TAKEN, name="沈后", on="2022-04-01"),
        told(789, "employee-assigned", employee=TAKEN, unit=UNIT, on="2022-04-01"),
    ]


@pytest.fixture(autouse=True, scope="module")
async def people(plant: Plant, site: Home) -> AsyncIterator[dict[str, str]]:
    """Number → a token of an account with it, as they are before anything is ruled."""
    await heard(site, *story())
    tokens = {}
    numbers = (OLD, NEW, TAKEN)
    async with gateway_session(site) as session:
        for number in numbers:
            await keep_account(
                session, f"dn-{number}", employee=number, roles=[], password="p" * 12
            )
            tokens[number], _ = await begin_session(session, f"dn-{number}")
        await session.commit()
    yield tokens
    async with gateway_session(site) as session:
        for number in numbers:
            await drop_account(session, f"dn-{number}")
        await session.commit()


async def profile(plant: Plant, token: str, employee: str) -> httpx.Response:
    """As whoever the token stands for."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=headers) as client:
        return await client.get("/api/v1/membership/profile", params={"employee": employee})


async def proposed(plant: Plant, token: str, title: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    said = {"title": title, "body": "正文", "category": "other"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=headers) as client:
        answer = await client.post("/api/v1/democracy/submit-proposal", json=said)
    assert answer.status_code == 201, answer.text


OF_THE_NEW = "membership.profile"


async def asked(plant: Plant, token: str, path: str, **what: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=headers) as client:
        answer = await client.get(f"/api/v1/{path}", params=what)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def as_head(plant: Plant, path: str, **what: str) -> dict[str, list[dict[str, Any]]]:
    told = await asked(plant, plant.tokens["pages-head"], path, **what)
    return {table["table"]: table["rows"] for table in told["tables"]}


async def read_about(site: Home, number: str, days: dict[str, str]) -> None:
    """Somebody has read that, of the number, on these days."""
    admin = await postgres.connect(site)
    try:
        await admin.execute("SET search_path TO gateway")
        for day, subject in days.items():
            await admin.execute(
                """
                INSERT INTO gateway.audit_entry (at, what, subject, account, about)
                VALUES (CAST($1 AS text)::timestamptz, 'read', $2,
                    gateway.audit_thing('pages-head'), gateway.audit_thing($3))
                """,
                f"{day}T12:00:00+08:00",
                subject,
                number,
            )
    finally:
        await admin.close()


async def test_two_numbers_lead_to_one_page_and_back(
    plant: Plant, site: Home, people: dict[str, str], head_officer: httpx.AsyncClient
) -> None:
    where = f"/desk/{NEW}/numbers"
    await proposed(plant, people[NEW], "新工号提的")
    page = await head_officer.get(where)
    assert f'href="{where}?other={OLD}"' in page.text, "the same name and birth date"
    tried = await head_officer.get(where, params={"other": OLD})
    assert "自2022年1月1日至2022年3月1日前" in tried.text
    silent = await send(head_officer, tried, where, other=OLD, reason=" ")
    assert silent.status_code == 422
    done = await send(head_officer, tried, where, other=OLD, on="", reason="人事换了工号 <新>")
    assert (done.status_code, done.headers["location"]) == (303, where), done.text
    for number in (OLD, NEW):
        person = await head_officer.get(f"/people/{number}")
        assert person.status_code == 200
        assert NEW in person.text
        assert "工号厂" in person.text
        assert "新工号提的" in person.text, "what was said under either is found under both"
    for number in (OLD, NEW):
        mine = await profile(plant, people[number], NEW)
        assert mine.status_code == 200, "an account with either number is that one person's"
    await read_about(site, OLD, {"2022-02-16": "membership.member-record"})
    read = await asked(plant, people[NEW], "views/readings")
    assert "membership.member-record" in [one["subject"] for one in read["items"]]
    own = await as_head(plant, "views/own-data", employee=NEW)
    assert {row["employee"] for row in own["account"]} == {OLD, NEW}
    await proposed(plant, people[OLD], "旧工号提的")
    assert "旧工号提的" in (await head_officer.get(f"/people/{NEW}")).text
    roll = await head_officer.get("/members", params={"unit": UNIT, "on": "2022-02-01"})
    assert NEW in roll.text
    again = await head_officer.get(where, params={"other": OLD})
    assert "已是同一人的工号" in again.text
    settled = await head_officer.get("/desk/settled", params={"kind": "same-person"})
    assert "人事换了工号 &lt;新&gt;" in settled.text
    back = settled.text.split('href="/desk/settled/')[1].split("/take-back")[0]
    form = await head_officer.get(f"/desk/settled/{back}/take-back")
    undone = await send(head_officer, form, f"/desk/settled/{back}/take-back", reason="弄错了")
    assert undone.status_code == 303, undone.text
    assert OLD in (await head_officer.get(f"/people/{OLD}")).text


async def test_a_number_that_was_given_again_is_anothers_from_that_day(
    plant: Plant, site: Home, people: dict[str, str], head_officer: httpx.AsyncClient
) -> None:
    where = f"/desk/{TAKEN}/numbers"
    assert (await profile(plant, people[TAKEN], TAKEN)).status_code == 200
    early = await head_officer.get(where, params={"on": "2021-01-01"})
    assert "在该日之前" in early.text
    tried = await head_officer.get(where, params={"on": "2022-04-01"})
    for said in ("蒋前", "沈后", f"{TAKEN}~1"):
        assert said in tried.text, said
    done = await send(head_officer, tried, where, other="", on="2022-04-01", reason="不是同一人")
    assert done.status_code == 303, done.text

    async def ended() -> bool:
        return (await profile(plant, people[TAKEN], TAKEN)).status_code == 401

    assert "沈后" in (await head_officer.get(f"/people/{TAKEN}")).text
    assert "蒋前" in (await head_officer.get(f"/people/{TAKEN}~1")).text
    # Who had the number before does not come in as the other one; a new account of theirs does.
    await eventually(ended)
    async with gateway_session(site) as session:
        await keep_account(session, "dn-new", employee=TAKEN, roles=[], password=PASSWORD)
        token, _ = await begin_session(session, "dn-new")
        await session.commit()
    assert (await profile(plant, token, TAKEN)).status_code == 200
    await read_about(site, TAKEN, {"2022-02-15": "membership.dues-of", "2022-05-15": OF_THE_NEW})
    told_to = await asked(plant, token, "views/readings")
    subjects = [one["subject"] for one in told_to["items"]]
    assert OF_THE_NEW in subjects
    assert "membership.dues-of" not in subjects, "that was read of who had the number before"
    own = await asked(plant, token, "views/own-data", employee=TAKEN)
    rows = {table["table"]: table["rows"] for table in own["tables"]}
    days = {row["at"][:10] for row in rows["audit_entry"] if row["about"] == TAKEN}
    assert "2022-05-15" in days
    assert "2022-02-15" not in days
    assert [row["name"] for row in rows["account"]] == ["dn-new"]
    before = await as_head(plant, "views/own-data", employee=f"{TAKEN}~1")
    days = {row["at"][:10] for row in before["audit_entry"]}
    assert ("2022-02-15" in days, "2022-05-15" in days) == (True, False)
    async with gateway_session(site) as session:
        await drop_account(session, "dn-new")
        await session.commit()


async def test_who_does_not_look_after_them_sees_nothing(
    officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    for other in (officer, manager):
        assert (await other.get(f"/desk/{NEW}/numbers")).status_code == 403


async def test_the_page_asks_the_views_once(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    path = f"/desk/{NEW}/numbers"
    async with counted(plant, settings("gateway"), "pages-head") as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            answer = await browser.get(path)
    assert answer.status_code == 200
    assert len(said) == 1, said
