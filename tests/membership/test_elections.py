"""Elections on the real database: who is elected from when, and when the next one is due."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.elections import withdraw_term
from services.membership.bodies.founding import dissolve_body
from services.membership.clock import election_is_to_be_prepared
from shared.calendar import today
from shared.contracts.membership import DissolveBody, ElectionDue, ElectionSettled, WithdrawTerm
from shared.database import Session
from tests.membership.bodies_made import (
    FIRST,
    OTHER,
    SECOND,
    chairs,
    eight_members,
    elected,
    founded,
    held,
    seat_of,
    seen,
    stated,
)
from tests.membership.refusals import refused
from tests.membership.test_members import IT


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with eight_members(home) as session:
        yield session


async def test_an_election_seats_all_at_once_and_the_next_one_ends_them(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, FIRST, "B1", "B2", "B3")
    await elected(session, id, SECOND, "B4", "B2", "B5")
    eve = SECOND - timedelta(days=1)
    assert held(await seen(session, id, eve)) == [
        ("chair", "B1", False),
        ("member", "B2", False),
        ("member", "B3", False),
    ]
    assert [who for _, who, _ in held(await seen(session, id, SECOND))] == ["B4", "B2", "B5"]
    assert held(await seen(session, id, FIRST - timedelta(days=1))) == []
    assert await chairs(session, eve) == ["B1"]
    assert await chairs(session, SECOND) == ["B4"]
    now = await seen(session, id)
    assert [(term.number, term.over_on) for term in now.terms] == [(2, None), (1, SECOND)]


async def test_an_older_election_that_is_entered_later_ends_where_the_next_began(
    session: Session,
) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3", number=2)
    await elected(session, id, FIRST, "B1", "B4", "B5")
    assert await chairs(session, SECOND - timedelta(days=1)) == ["B1"]
    assert len(held(await seen(session, id))) == 3
    answer = await refused(elected(session, id, date(2021, 1, 1), "B1", number=2))
    assert (answer.code, answer.field) == ("term-out-of-order", "number")
    answer = await refused(elected(session, id, SECOND, "B1"))
    assert answer.code == "already-elected"


async def test_nobody_is_elected_when_one_row_is_wrong_and_each_wrong_row_is_named(
    session: Session,
) -> None:
    id = await founded(session)
    answer = await refused(
        elected(session, id, SECOND, "B1", "B2", "N1", "X9", "G1", "head:B3", "B2", "chair:B4")
    )
    assert [(row.row, row.code) for row in answer.rows or ()] == [
        (3, "not-a-member-then"),
        (4, "unknown-employee"),
        (5, "not-employed"),
        (6, "no-such-seat"),
        (7, "already-seated"),
        (8, "one-head"),
    ]
    assert (answer.code, answer.field, answer.rule) == (
        "rows-refused",
        "elected",
        "union-electable",
    )
    assert (await seen(session, id)).terms == []
    assert await chairs(session, SECOND) == []


async def test_minutes_vouch_for_who_is_a_member_later_only_and_for_nobody_who_was_none(
    session: Session,
) -> None:
    id = await founded(session)
    answer = await refused(elected(session, id, SECOND, "B1", "L1", "B2"))
    assert answer.code == "not-a-member-then"
    await session.execute(
        text("""
            UPDATE member SET during = daterange('2020-02-01', '2022-01-01')
            WHERE person = (SELECT id FROM person WHERE employee = 'B8')
        """)
    )
    answer = await refused(elected(session, id, SECOND, "B1", "L1", "B8", vouched=True))
    assert [(row.row, row.code) for row in answer.rows or ()] == [(3, "not-a-member-then")]
    await elected(session, id, SECOND, "B1", "L1", "B2", vouched=True)
    told = await seen(session, id)
    assert seat_of(told, "L1").vouched
    assert not seat_of(told, "B1").vouched


async def test_the_size_is_judged_by_the_members_of_that_day_and_never_refused(
    session: Session,
) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2")
    [term] = (await seen(session, id)).terms
    assert (term.members, term.counted, term.seats) == (8, "roll", 2)
    assert term.size.lawful is False
    assert term.size.inputs == {"members": 8, "seats": 2, "least": 3, "most": 5}
    by_minutes = await founded(session, unit=OTHER)
    await elected(
        session, by_minutes, SECOND, "B3", *(f"B{n}" for n in (4, 5, 6)), members=300, seats=7
    )
    [term] = (await seen(session, by_minutes)).terms
    assert (term.members, term.counted, term.size.lawful) == (300, "minutes", True)


async def test_an_election_is_recorded_on_its_day_or_later_and_within_the_life_of_the_body(
    session: Session,
) -> None:
    id = await founded(session)
    later = today() + timedelta(days=1)
    assert (await refused(elected(session, id, later, "B1"))).field == "elected_on"
    await elected(session, id, later, "B1", elected_on=today())
    answer = await refused(elected(session, id, SECOND, "B1", elected_on=SECOND + timedelta(1)))
    assert answer.code == "elected-later"
    answer = await refused(elected(session, id, FIRST - timedelta(1), "B1"))
    assert answer.code == "before-it-began"


async def test_a_term_entered_by_mistake_is_taken_back_whole(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, FIRST, "B1", "B2", "B3")
    wrong = await elected(session, id, SECOND, "B4", "B2", "B3")
    await withdraw_term(WithdrawTerm(term=wrong, reason="误录"), IT, session)
    assert await chairs(session, SECOND) == ["B1"]
    assert [who for _, who, _ in held(await seen(session, id))] == ["B1", "B2", "B3"]
    kept = await session.scalar(
        text("SELECT count(*) FROM seat WHERE term = :term"), {"term": wrong}
    )
    assert kept == 3, "what was entered stays on file"
    answer = await refused(withdraw_term(WithdrawTerm(term=wrong, reason="r"), IT, session))
    assert answer.code == "term-withdrawn"
    await elected(session, id, SECOND, "B5", "B2", "B3")
    assert await chairs(session, SECOND) == ["B5"]


async def due_at(session: Session, body: UUID) -> Any:
    at = session.info.get("due", {}).get(("union-election", str(body)))
    return at and at.date()


async def test_an_election_comes_up_once_when_it_is_to_be_prepared_and_is_settled_by_the_next(
    session: Session,
) -> None:
    id = await founded(session)
    long_ago = today().replace(day=1) - timedelta(days=365 * 3 + 30)
    await elected(session, id, long_ago, "B1", "B2", "B3")
    assert await due_at(session, id), "at once, where the day is past"
    stated(session)
    for _ in range(2):
        await election_is_to_be_prepared(str(id), session)
    [fact] = stated(session)
    assert isinstance(fact, ElectionDue)
    assert fact.due_by.days == 90
    assert (await seen(session, id)).state == "overdue"
    next = await elected(session, id, today(), "B1", "B2", "B3")
    assert len([fact for fact in stated(session) if isinstance(fact, ElectionSettled)]) == 1
    assert (await seen(session, id)).state == "running"
    await withdraw_term(WithdrawTerm(term=next, reason="误录"), IT, session)
    await election_is_to_be_prepared(str(id), session)
    assert isinstance(stated(session)[-1], ElectionDue)
    await dissolve_body(DissolveBody(body=id), IT, session)
    assert any(isinstance(fact, ElectionSettled) for fact in stated(session))
    await election_is_to_be_prepared(str(id), session)
    assert stated(session) == []
