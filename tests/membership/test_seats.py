"""Seats of bodies on the real database, and the posts that come with them."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.seats import end_seat, fill_seat
from services.membership.posts import appoint_post, end_post, posts
from shared.contracts.membership import (
    AppointPost,
    EndPost,
    EndSeat,
    FillSeat,
    PostAppointed,
    Posts,
)
from shared.database import ReadSession, Session
from tests.membership.bodies_made import (
    FIRST,
    ONE,
    SECOND,
    TEAM,
    chairs,
    eight_members,
    elected,
    founded,
    held,
    listed,
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


async def test_a_chair_resigns_another_acts_and_has_the_right_while_acting(
    session: Session,
) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "vice-chair:B2", "member:B3")
    gone, over = date(2024, 1, 1), date(2024, 6, 1)
    first = seat_of(await seen(session, id), "B1").seat
    await end_seat(EndSeat(seat=first, why="resigned", on=gone), IT, session)
    assert await chairs(session, gone) == []
    acting = FillSeat(body=id, employee="B2", post="chair", on=gone, acting="vacant")
    seat = (await fill_seat(acting, IT, session)).id
    assert await chairs(session, gone) == ["B2"]
    told = await seen(session, id, gone)
    assert held(told) == [
        ("chair", "B2", True),
        ("vice-chair", "B2", False),
        ("member", "B3", False),
    ], "one person may hold several posts"
    await end_seat(EndSeat(seat=seat, why="acting-over", on=over), IT, session)
    await fill_seat(FillSeat(body=id, employee="B4", post="chair", on=over), IT, session)
    assert await chairs(session, over) == ["B4"]
    [shown] = (await listed(session, on=gone)).items
    assert shown.head
    assert (shown.head.employee, shown.head.acting, shown.filled) == ("B2", True, 2)


async def test_one_heads_and_one_acts_and_nobody_sits_twice(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3")
    on = date(2024, 1, 1)

    def filling(employee: str, post: str, **more: Any) -> Any:
        given = {"body": id, "employee": employee, "post": post, "on": on} | more
        return fill_seat(FillSeat.model_validate(given), IT, session)

    assert (await refused(filling("B4", "chair"))).code == "one-head"
    assert (await refused(filling("B2", "member"))).code == "already-seated"
    assert (await refused(filling("N1", "member"))).code == "not-a-member-then"
    assert (await refused(filling("B4", "head"))).code == "no-such-seat"
    assert (await refused(filling("B4", "member", on=FIRST))).code == "no-term"
    await filling("B4", "chair", acting="away")
    assert (await refused(filling("B5", "chair", acting="away"))).code == "one-head"
    assert await chairs(session, on) == ["B1", "B4"]


async def test_a_recall_takes_more_than_half_of_all(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3")
    seat = seat_of(await seen(session, id), "B1").seat

    def recalling(**more: Any) -> Any:
        return end_seat(
            EndSeat(seat=seat, why="recalled", on=date(2024, 1, 1), **more), IT, session
        )

    assert (await refused(recalling())).code == "votes-missing"
    answer = await refused(recalling(votes=50, electors=100))
    assert (answer.code, answer.rule) == ("not-recalled", "union-recall")
    assert "第十八条" in (answer.citation or "")
    assert (await refused(recalling(votes=101, electors=100))).code == "not-recalled"
    await recalling(votes=51, electors=100)
    assert await chairs(session, date(2024, 1, 1)) == []


async def test_what_was_said_of_an_end_can_be_corrected_and_stays_on_file(
    session: Session,
) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3")
    seat = seat_of(await seen(session, id), "B1").seat
    early, late = date(2024, 1, 1), date(2024, 3, 1)
    for on in (early, late):
        await end_seat(EndSeat(seat=seat, why="resigned", on=on), IT, session)
    assert await chairs(session, early) == ["B1"]
    assert await chairs(session, late) == []
    said = text("SELECT until FROM seat_end WHERE seat = :seat ORDER BY nth")
    assert list((await session.execute(said, {"seat": seat})).scalars()) == [early, late]
    await end_seat(EndSeat(seat=seat, why="mistake"), IT, session)
    assert await chairs(session, SECOND) == []
    assert "B1" not in [who for _, who, _ in held(await seen(session, id, SECOND))]


async def test_an_election_takes_the_place_of_a_post_that_was_given_by_hand(
    session: Session,
) -> None:
    by_hand = AppointPost(employee="B1", role="chair", unit=ONE, on=FIRST)
    await appoint_post(by_hand, IT, session)
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3")
    assert await chairs(session, SECOND - timedelta(1)) == ["B1"]
    assert await chairs(session, SECOND) == ["B1"]
    seat = seat_of(await seen(session, id), "B1").seat
    answer = await refused(end_post(EndPost(post=seat), IT, session))
    assert answer.code == "post-of-a-seat"
    told = await posts(Posts(unit=ONE, on=SECOND), IT, ReadSession(session))
    assert [(one.employee, one.body) for one in told.items] == [("B1", id)]
    told = await posts(Posts(unit=ONE, on=FIRST), IT, ReadSession(session))
    assert [(one.employee, one.body) for one in told.items] == [("B1", None)]
    await end_seat(EndSeat(seat=seat, why="left", on=date(2024, 1, 1)), IT, session)
    assert await chairs(session, date(2024, 1, 1)) == []


async def test_only_heads_get_a_post_and_only_where_that_is_wanted(session: Session) -> None:
    women = await founded(session, kind="women", name="女职工委员会")
    await elected(session, women, SECOND, "head:B1", "member:B2")
    assert not [fact for fact in stated(session) if isinstance(fact, PostAppointed)]
    plain = await founded(session)
    await elected(session, plain, SECOND, "B1", "B2", "B3", gives_posts=False)
    assert await chairs(session, SECOND) == []
    group = await founded(session, kind="group", unit=TEAM, name="一组")
    await elected(session, group, SECOND, "leader:B4")
    assert await chairs(session, SECOND, TEAM, "leader") == ["B4"]
