"""A membership that lapses: half a year without dues and activity, a talk, a reminder, time to
mend, a decision; and how it is undone, before and after (decision 0055)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today
from shared.testing import eventually
from tests.journeys.conftest import Company, event

PLANT, SINCE = "lj-plant", "2024-01-08"
PAYS, MENDS, LEAVES = "LJ-pays", "LJ-mends", "LJ-leaves"
EVERYBODY = (PAYS, MENDS, LEAVES)
TODAY = str(today())


def half_a_year() -> Iterator[str]:
    """The six months before this one, the oldest first."""
    months = []
    first = today().replace(day=1)
    for _ in range(6):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(f"{first:%Y-%m}")
    yield from reversed(months)


async def done(company: Company, who: str, what: str, **body: Any) -> Any:
    answer = await company.ask(who, f"membership/{what}", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def refused(company: Company, who: str, what: str, **body: Any) -> str:
    answer = await company.ask(who, f"membership/{what}", body)
    assert answer.status_code == 409, answer.text
    code: str = answer.json()["code"]
    return code


async def told(company: Company, who: str, what: str, **query: Any) -> Any:
    answer = await company.get(who, f"membership/{what}", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
async def members(company: Company, site: Home) -> None:
    """Three of a plant who joined long ago. Of half a year each month is in the books, and one of
    them has paid."""
    hired = [
        each
        for number in EVERYBODY
        for each in (
            event("employee-hired", employee=number, name=f"某{number}", on=SINCE),
            event("employee-assigned", employee=number, unit=PLANT, on=SINCE),
        )
    ]
    plant = event("unit-created", unit=PLANT, name="欠费厂", kind="plant", parent="company")
    assert (await company.feed(plant, *hired)).json()["heard"]
    for number in EVERYBODY:
        await done(company, "officer", "admit-member", employee=number, on=SINCE, reference="1")
    async with gateway_session(site) as session:
        for number in (MENDS, LEAVES):
            await keep_account(session, number.lower(), employee=number, roles=[])
            company.tokens[number], _ = await begin_session(session, number.lower())
        await session.commit()
    for month in half_a_year():
        await booked(company, month)


async def booked(company: Company, month: str) -> None:
    sums = {"rows": 1, "wages": 500_000, "dues": 2_500}
    one = await done(company, "officer", "open-payroll", unit=PLANT, month=month, **sums)
    row = {"line": 2, "employee": PAYS, "wages": "5000", "dues": "25"}
    await done(company, "officer", "add-payroll", payroll=one["id"], rows=[row])
    await done(company, "officer", "book-payroll", payroll=one["id"])


async def listed(company: Company) -> dict[str, str]:
    """Number → state."""
    seen = await told(company, "officer", "lapses", unit=PLANT)
    return {each["employee"]: each["state"] for each in seen["items"]}


async def paid(company: Company, number: str) -> None:
    """What is missing comes in later, and the officer enters it month by month."""
    for month in half_a_year():
        faults = await told(company, "officer", "dues-faults", unit=PLANT, month=month)
        [fault] = [each for each in faults["items"] if each["employee"] == number]
        await done(company, "officer", "settle-dues", fault=fault["fault"], how="paid")


async def notices(company: Company, number: str) -> list[dict[str, Any]]:
    """What the person's first page says that there is to read."""
    answer = await company.get(number, "views/own-data", employee=number)
    assert answer.status_code == 200, answer.text
    [held] = [each["rows"] for each in answer.json()["tables"] if each["table"] == "notice"]
    rows: list[dict[str, Any]] = held
    return rows


async def member_since(company: Company, number: str) -> str | None:
    answer = await company.get("officer", "views/person", employee=number)
    assert answer.status_code == 200, answer.text
    since: str | None = answer.json()["member_since"]
    return since


async def the_days_pass(site: Home, company: Company, number: str) -> None:
    """The time to mend was until yesterday, and the clock has heard of it."""
    admin = await postgres.connect(site)
    try:
        id = await admin.fetchval(
            """
            UPDATE membership.admonition SET due_on = $2
            WHERE person = (SELECT id FROM membership.person WHERE employee = $1) RETURNING id
            """,
            number,
            today() - timedelta(days=1),
        )
        due = "UPDATE membership.due SET at = now() WHERE key = $1"
        assert await admin.execute(due, str(id)) == "UPDATE 1"

        async def struck() -> bool:
            waits = "SELECT count(*) FROM membership.due WHERE key = $1"
            return not await admin.fetchval(waits, str(id))

        await eventually(struck, seconds=60)
    finally:
        await admin.close()


@pytest.mark.usefixtures("members")
async def test_who_pays_after_the_talk_has_nothing_left_to_mend(company: Company) -> None:
    assert (await listed(company)).get(MENDS) == "to-admonish"
    assert PAYS not in await listed(company)
    about = {"employee": MENDS, "on": TODAY, "way": "in-person", "reason": "六个月没有会费"}
    assert (await company.ask("mate", "membership/admonish-member", about)).status_code == 403
    await done(company, "officer", "admonish-member", **about)
    own = await told(company, MENDS, "lapse-of", employee=MENDS)
    assert own["state"] == "running"
    assert own["admonitions"][0]["reason"] == "六个月没有会费"
    assert date.fromisoformat(own["admonitions"][0]["due_on"]) >= today() + timedelta(days=30)
    [notice] = await notices(company, MENDS)
    assert not notice["closed"]
    decision = {"employee": MENDS, "on": TODAY, "reference": "纪要 1 号"}
    assert "mend" in await refused(company, "officer", "declare-left", **decision)

    await paid(company, MENDS)
    own = await told(company, MENDS, "lapse-of", employee=MENDS)
    assert (own["state"], own["lapse"]) == (None, None)
    assert own["admonitions"][0]["ended"] == "mended"
    assert MENDS not in await listed(company)
    await refused(company, "officer", "declare-left", **decision)
    assert await member_since(company, MENDS) == SINCE

    async def read() -> bool:
        return all(each["closed"] for each in await notices(company, MENDS))

    await eventually(read, seconds=30)


@pytest.mark.usefixtures("members")
async def test_who_does_not_mend_is_decided_about_and_it_is_undone_without_a_gap(
    company: Company, site: Home
) -> None:
    talk = {"employee": LEAVES, "on": TODAY, "way": "by-phone", "reason": "请补交或说明原因"}
    await done(company, "officer", "admonish-member", **talk)
    await the_days_pass(site, company, LEAVES)
    assert (await listed(company))[LEAVES] == "over"
    assert await member_since(company, LEAVES) == SINCE, "the clock ends no membership"

    decision = {"employee": LEAVES, "on": TODAY, "reference": "纪要 2 号"}
    await done(company, "officer", "declare-left", **decision)
    assert await member_since(company, LEAVES) is None
    own = await told(company, LEAVES, "lapse-of", employee=LEAVES)
    assert own["declarations"][0]["reference"] == "纪要 2 号"
    assert own["admonitions"][0]["ended"] == "declared"
    assert LEAVES not in await listed(company)
    assert any(not each["closed"] for each in await notices(company, LEAVES))

    await paid(company, LEAVES)
    undone = {"employee": LEAVES, "reason": "已补交六个月"}
    await done(company, "officer", "reverse-declaration", **undone)
    assert await member_since(company, LEAVES) == SINCE
    record = await told(company, LEAVES, "member-record", employee=LEAVES)
    assert [each["given_on"] for each in record["consents"]] == [SINCE], "nobody is asked twice"
    [membership] = record["memberships"]
    assert (membership["since"], membership["until"]) == (SINCE, None)
    own = await told(company, LEAVES, "lapse-of", employee=LEAVES)
    assert own["state"] is None
    assert own["declarations"][0]["reversed_for"] == "已补交六个月"
