"""Where a committee is missing that the law asks for."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.local.home import Home
from services.membership.bodies.founding import dissolve_body, found_body
from services.membership.bodies.missing import missing_bodies
from services.membership.bodies.seats import end_seat
from services.membership.members import leave_union
from services.membership.on_paper import admit_member
from shared.contracts.membership import (
    AdmitMember,
    DissolveBody,
    EndSeat,
    FoundBody,
    LeaveUnion,
    MissingBodies,
    MissingBodiesOf,
    MissingBody,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.membership.bodies_made import (
    CHAIR,
    FIRST,
    MEMBERS,
    OFFICER,
    ONE,
    OTHER,
    TEAM,
    eight_members,
    elected,
    founded,
    seen,
)
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT, person
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


async def amiss(session: Session, on: date, actor: Actor = OFFICER) -> MissingBodiesOf:
    return await missing_bodies(MissingBodies(unit=ONE, on=on), actor, ReadSession(session))


async def test_a_body_whose_unit_is_closed_is_to_be_dissolved_and_none_is_founded_there(
    session: Session,
) -> None:
    id = await founded(session, kind="branch", unit=TEAM, name="班组分会")
    await elected(session, id, FIRST, "B1", "B2", "B3")
    assert (await amiss(session, MARCH)).stranded == []
    await take([event("unit-closed", unit=TEAM, on=str(MARCH))], session)
    [one] = (await amiss(session, MARCH)).stranded
    assert (one.body, one.unit, one.ended_on) == (id, TEAM, MARCH)
    assert (await amiss(session, MARCH - timedelta(1))).stranded == []
    group = founded(session, kind="group", unit=TEAM, name="一组", on=MARCH)
    for change in (group, elected(session, id, MARCH, "B2", "B1", "B3")):
        broken = await refused(change)
        assert (broken.code, broken.field) == ("unit-ended", "unit")
    await dissolve_body(DissolveBody(body=id, on=MARCH), IT, session)
    assert (await amiss(session, MARCH)).stranded == []


async def test_who_is_in_office_and_left_the_union_or_the_company_is_named_until_the_seat_ends(
    session: Session,
) -> None:
    id = await founded(session)
    await elected(session, id, FIRST, "B1", "B2", "B3")
    assert (await amiss(session, MARCH)).outsiders == []
    await leave_union(LeaveUnion(on=MARCH), Actor("w", await person(session, "B1")), session)
    await take([event("employee-left", employee="B2", on=str(MARCH))], session)
    assert (await amiss(session, MARCH - timedelta(1))).outsiders == []
    found = (await amiss(session, MARCH)).outsiders
    assert {(one.employee, one.post, one.why) for one in found} == {
        ("B1", "chair", "left-union"),
        ("B2", "member", "left-company"),
    }
    sits = {
        one.employee: (one.employed, one.member)
        for one in (await seen(session, id, MARCH)).terms[0].held
    }
    assert sits == {"B1": (True, False), "B2": (False, False), "B3": (True, True)}
    for one in found:
        await end_seat(EndSeat(seat=one.seat, on=MARCH, why="left"), IT, session)
    assert (await amiss(session, MARCH)).outsiders == []


async def test_an_election_vouched_for_is_not_held_against_who_works_here(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, FIRST, "B1", "N1", vouched=True)
    assert (await amiss(session, MARCH)).outsiders == []
    await take([event("employee-left", employee="N1", on=str(MARCH))], session)
    [one] = (await amiss(session, MARCH)).outsiders
    assert (one.employee, one.why) == ("N1", "left-company")


async def test_what_is_amiss_elsewhere_is_told_to_nobody_here(session: Session) -> None:
    id = await founded(session, unit=OTHER)
    await elected(session, id, FIRST, "B1", "B2", "B3")
    await take([event("unit-closed", unit=OTHER, on=str(MARCH))], session)
    company = MissingBodies(on=MARCH)
    told = await missing_bodies(company, OFFICER, ReadSession(session))
    assert (told.stranded, told.outsiders) == ([], [])
    told = await missing_bodies(company, IT, ReadSession(session))
    assert id in {one.body for one in told.stranded}
