"""Where a plant lies is said once, at membership's door, and the other services judge by it."""

from datetime import timedelta
from typing import Any

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today
from shared.messages import uuid7
from shared.testing import eventually
from tests.journeys.conftest import Company, event

VISIT = """
    SELECT due_verdict #>> '{inputs,province}' FROM welfare.visit
    WHERE person = (SELECT id FROM welfare.person WHERE employee = $1)
"""
PROPOSAL = "SELECT due_verdict #>> '{inputs,province}' FROM democracy.proposal WHERE id = $1"
COPIES = """
    SELECT democracy.unit.provinces, training.unit.provinces, welfare.unit.provinces
    FROM democracy.unit JOIN training.unit USING (id) JOIN welfare.unit USING (id)
    WHERE democracy.unit.code = $1
"""


async def found(site: Home, sql: str, given: Any) -> Any:
    admin = await postgres.connect(site)
    try:
        return await admin.fetchrow(sql, given)
    finally:
        await admin.close()


async def judged(site: Home, number: str) -> str:
    """The province by whose rules the visit to somebody is owed."""

    async def verdict() -> Any:
        return await found(site, VISIT, number)

    (province,) = await eventually(verdict, seconds=10)
    return str(province)


async def test_what_is_of_a_day_is_judged_by_where_the_plant_lay_in_each_service(
    company: Company, site: Home
) -> None:
    plant = f"jp-{uuid7().hex[-10:]}"
    first, second, third = (f"JP{uuid7().hex[-10:]}" for _ in range(3))
    team, changed = f"{plant}-t", today() - timedelta(days=5)
    told = await company.feed(
        event("unit-created", unit=plant, name="山西厂", kind="plant", parent="company"),
        event("unit-created", unit=team, name="一班", kind="team", parent=plant),
    )
    assert told.json()["heard"], told.text
    for said in ({"province": "CN-SX"}, {"province": "CN-ZJ", "on": changed.isoformat()}):
        answer = await company.ask("it", "membership/set-province", {"unit": plant} | said)
        assert answer.status_code == 201, answer.text
    here = {"unit": team, "on": "2024-01-01"}
    told = await company.feed(
        *(
            each
            for number in (first, second, third)
            for each in (
                event("employee-hired", employee=number, name="某", on="2024-01-01"),
                event("employee-assigned", employee=number, **here),
            )
        )
    )
    assert told.json()["heard"], told.text
    before = changed - timedelta(days=1)
    told = await company.feed(
        event("leave-started", employee=first, kind="sick", on=before.isoformat()),
        event("leave-started", employee=second, kind="sick", on=changed.isoformat()),
    )
    assert told.json()["heard"], told.text
    assert await judged(site, first) == "CN-SX", "it began before the change"
    assert await judged(site, second) == "CN-ZJ"
    async with gateway_session(site) as session:
        await keep_account(session, f"j-{third}", employee=third, roles=[])
        company.tokens[third], _ = await begin_session(session, f"j-{third}")
        await session.commit()
    proposal = await company.submit(third, "护栏")
    assert tuple(await found(site, PROPOSAL, proposal)) == ("CN-ZJ",)
    later = today().replace(day=1) + timedelta(days=40)
    for month, of_shanxi in (("2026-03", True), (f"{later:%Y-%m}", False)):
        report = await company.get("officer", "membership/dues-report", unit=plant, month=month)
        assert ("山西" in report.json()["funds"]["due_by"]["citation"]) == of_shanxi
    copies = set(await found(site, COPIES, plant))
    assert len(copies) == 1
    assert "CN-SX" in str(copies.pop())


async def test_a_day_that_is_none_and_a_province_that_is_none_change_nothing(
    company: Company, site: Home
) -> None:
    plant = f"jp-{uuid7().hex[-10:]}"
    told = await company.feed(
        event("unit-created", unit=plant, name="某厂", kind="plant", parent="company")
    )
    assert told.json()["heard"], told.text
    for wrong in (
        {"province": "CN-XX"},
        {"province": "CN-SX", "on": "2026-02-30"},
        {"province": "CN-SX", "on": "9999-01-01"},
        {"province": "CN-SX", "from": "2026-01-01"},
    ):
        answer = await company.ask("it", "membership/set-province", {"unit": plant} | wrong)
        assert answer.status_code == 422, answer.text
    told_of = (await company.get("it", "membership/provinces")).json()["items"]
    [mine] = [each for each in told_of if each["unit"] == plant]
    assert (mine["province"], mine["periods"]) == (None, [])
