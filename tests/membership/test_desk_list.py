"""What waits at the desk, on the real database: it is listed to those within reach, and counted."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.counting import by_reason
from services.membership.desk.settling import take_back_ruling
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.membership.desk_made import HR, ONE, TWO, about, case, listed, settle, told_story
from tests.membership.test_hr_events import event, take
from tests.membership.walking import in_pieces


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with told_story(home) as session:
        yield session


async def test_what_does_not_fit_is_listed_with_both_sides(session: Session) -> None:
    found = await listed(session, unit="s-one")
    [one] = found.events
    assert (one.employee, one.place, one.place_name) == ("S1", "s-one", "一厂")
    assert (one.reason, one.on, one.unit) == ("already-placed", date(2024, 3, 1), "s-two")
    assert one.employed
    assert (one.placed, one.employed.since, one.employed.until) == (
        "s-one",
        date(2024, 1, 1),
        None,
    )
    assert found.by_reason == {"already-placed": 1}
    assert about(await listed(session)) == {
        "S1": "already-placed",
        "S2": "not-employed",
        "S3": "unknown-unit",
        "S4": "identity-changed",
    }


async def test_the_list_comes_in_pieces_and_by_reason_and_employee(session: Session) -> None:
    whole = (await listed(session, limit=200)).events
    pieces = await in_pieces(listed, session, limit=1)
    assert [piece.events for piece in pieces] == [[each] for each in whole]
    assert about(await listed(session, reason="unknown-unit")) == {"S3": "unknown-unit"}
    assert about(await listed(session, employee="S4")) == {"S4": "identity-changed"}
    for broken in ("WyIiXQ", "WyJ4IiwgIiIsICIiLCAiIiwgIiJd"):
        with pytest.raises(RuleBroken, match="unknown-cursor"):
            await listed(session, cursor=broken)


async def test_each_sees_and_settles_what_is_within_reach(session: Session) -> None:
    assert about(await listed(session, ONE)) == {"S1": "already-placed"}
    assert about(await listed(session, TWO)) == {"S4": "identity-changed"}
    assert about(await listed(session, HR)).keys() == {"S1", "S2", "S3", "S4"}
    with pytest.raises(RuleBroken, match="forbidden"):
        await listed(session, Actor("m", uuid7(), (Grant("manager", "company"),)))
    [choice, *_] = (await case(session, "S1", ONE)).choices
    nowhere = (await case(session, "S3")).choices[0]
    for who, whose, what in ((TWO, "S1", choice), (HR, "S1", choice), (ONE, "S3", nowhere)):
        with pytest.raises(RuleBroken, match="forbidden"):
            await case(session, whose, who)
        with pytest.raises(RuleBroken, match="forbidden"):
            await settle(session, whose, what, who)
    aside = (await case(session, "S1", ONE)).choices[-1]
    back = await settle(session, "S1", aside, ONE)
    for who in (TWO, HR):
        with pytest.raises(RuleBroken, match="forbidden"):
            await take_back_ruling(back, who, session)
    await take_back_ruling(back, ONE, session)
    assert choice.then.stays[-1].unit == "s-two"
    back = await settle(session, "S1", choice, ONE)
    # It is settled by whoever is officer where the person is by now.
    await take_back_ruling(back, TWO, session)


async def test_the_day_of_finding_stays_when_hr_says_more(session: Session) -> None:
    moment = "UPDATE unfit SET found_at = '2024-08-01T00:00:00Z' WHERE about = 'S1'"
    await session.execute(text(moment))
    more = {"employee": "S1", "kind": "sick", "on": "2024-02-09"}
    await take([event("leave-ended", **more)], session)
    [one] = (await listed(session, employee="S1")).events
    assert one.found_at
    assert one.found_at.year == 2024
    await settle(session, "S1", (await case(session, "S1")).choices[0])
    assert (await listed(session, employee="S1")).events == []


async def test_what_waits_is_counted_by_reason_for_those_who_look_after_the_site(
    session: Session,
) -> None:
    before = await by_reason(ReadSession(session))
    assert before["already-placed",] >= 1
    await settle(session, "S1", (await case(session, "S1")).choices[0])
    after = await by_reason(ReadSession(session))
    assert after.get(("already-placed",), 0) == before["already-placed",] - 1
