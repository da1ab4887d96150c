"""Where a committee is missing that the law asks for."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from deploy.local.home import Home
from services.membership.bodies.founding import found_body
from services.membership.bodies.missing import missing_bodies
from services.membership.on_paper import admit_member
from shared.contracts.membership import AdmitMember, FoundBody, MissingBodies, MissingBody
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.membership.bodies_made import CHAIR, MEMBERS, OFFICER, ONE, OTHER, TEAM, eight_members
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_roll import hired

MARCH, APRIL = date(2024, 3, 1), date(2024, 4, 1)


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """Eight members in a team of a plant, one more since 2024."""
    async with eight_members(home) as session:
        yield session


async def joined(session: Session, count: int, since: date = MARCH) -> None:
    people = [f"BM{number}" for number in range(count)]
    events: list[Any] = []
    for employee in people:
        events += hired(employee, "某", TEAM, "2020-01-01")
    await take(events, session)
    for employee in people:
        await admit_member(
            AdmitMember(employee=employee, on=since, reference="b"), OFFICER, session
        )


async def lacking(session: Session, on: date, actor: Actor = OFFICER) -> dict[str, MissingBody]:
    asked = MissingBodies(unit=ONE, on=on)
    told = await missing_bodies(asked, actor, ReadSession(session))
    return {one.unit: one for one in told.items}


async def test_from_25_members_on_a_plant_without_a_committee_is_named_with_the_article(
    session: Session,
) -> None:
    await joined(session, 24 - len(MEMBERS) - 1)
    assert await lacking(session, APRIL) == {}
    more = hired("BM99", "某", ONE, "2020-01-01")
    await take(more, session)
    await admit_member(AdmitMember(employee="BM99", on=APRIL, reference="b"), OFFICER, session)
    assert await lacking(session, MARCH) == {}
    one = (await lacking(session, APRIL))[ONE]
    assert (one.kind, one.members) == ("committee", 25)
    assert (one.needed.rule, one.needed.standing) == ("union-committee", "read")
    assert "第十一条" in one.needed.citation


async def test_a_committee_that_is_founded_is_missing_no_longer_from_its_day_on(
    session: Session,
) -> None:
    await joined(session, 30)
    assert ONE in await lacking(session, MARCH)
    found = FoundBody(unit=ONE, kind="committee", name="一厂工会", on=APRIL)
    await found_body(found, CHAIR, session)
    assert ONE in await lacking(session, MARCH)
    assert ONE not in await lacking(session, APRIL)


async def test_who_retired_does_not_count(session: Session) -> None:
    await joined(session, 25 - len(MEMBERS) - 1)
    assert ONE in await lacking(session, APRIL)
    retired = event("employee-left", employee="BM1", on="2024-03-20", reason="retired")
    await take([retired], session)
    assert ONE not in await lacking(session, APRIL)


async def test_it_ends_where_the_post_does_and_says_what_is_not_there(session: Session) -> None:
    await joined(session, 30)
    other = Actor("o", uuid7(), (Grant("officer", f"company/{OTHER}"),))
    assert await lacking(session, APRIL, other) == {}
    unknown = MissingBodies(unit="nowhere")
    refusal = await refused(missing_bodies(unknown, OFFICER, ReadSession(session)))
    assert (refusal.code, refusal.status) == ("unknown-unit", 404)
