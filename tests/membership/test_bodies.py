"""Union bodies on the real database: elections, seats, and the posts and days that follow."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.elections import open_term, withdraw_term
from services.membership.bodies.founding import dissolve_body, found_body
from services.membership.bodies.seats import end_seat, fill_seat
from services.membership.bodies.telling import BODIES, bodies, body
from services.membership.on_paper import admit_member
from services.membership.paging import cursor_after
from services.membership.posts import appoint_post, end_post
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import (
    AdmitMember,
    AppointPost,
    Bodies,
    BodiesOf,
    Body,
    BodyOf,
    DissolveBody,
    EndPost,
    EndSeat,
    FillSeat,
    FoundBody,
    OpenTerm,
    SeatSeen,
    WithdrawTerm,
)
from shared.database import ReadSession, Session
from shared.messages import Fact, uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.test_roll import hired
from tests.membership.walking import in_pieces
from tests.statements import statements

ONE, OTHER, TEAM = "b-one", "b-two", "b-team"
CHAIR = Actor("c", uuid7(), (Grant("chair", f"company/{ONE}"),))
OFFICER = Actor("o", uuid7(), (Grant("officer", f"company/{ONE}"),))
FIRST, SECOND = date(2020, 5, 1), date(2023, 5, 1)
MEMBERS = [f"B{number}" for number in range(1, 9)]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """Two plants, one with a team. B1 to B8 are members since 2020, N1 works there and is none, L1
    has been one since 2024 and worked there before, G1 left in 2021."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        units = ((ONE, "company"), (TEAM, ONE), (OTHER, "company"))
        events = [event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units]
        for employee in (*MEMBERS, "N1", "L1", "G1"):
            events += hired(employee, f"某{employee}", TEAM, "2020-01-01")
        events.append(event("employee-left", employee="G1", on="2021-01-01"))
        await take(events, session)
        for employee, since in (*((each, "2020-02-01") for each in MEMBERS), ("L1", "2024-01-01")):
            signed = AdmitMember(employee=employee, on=date.fromisoformat(since), reference="b")
            await admit_member(signed, OFFICER, session)
        session.info.pop("stated", None)
        yield session


def stated(session: Session) -> list[Fact]:
    facts: list[Fact] = session.info.pop("stated", [])
    return facts


async def founded(session: Session, **asked: Any) -> UUID:
    given = {"kind": "committee", "unit": ONE, "name": "工会委员会", "on": FIRST} | asked
    return (await found_body(FoundBody.model_validate(given), IT, session)).id


async def elected(session: Session, body: UUID, since: date, *who: str, **more: Any) -> UUID:
    """`who`: the chair first, then members; or `post:number`."""
    rows = [
        each.split(":") if ":" in each else ["chair" if number == 0 else "member", each]
        for number, each in enumerate(who)
    ]
    given = {
        "body": body,
        "years": 3,
        "since": since,
        "elected": [{"post": post, "employee": employee} for post, employee in rows],
    }
    return (await open_term(OpenTerm.model_validate(given | more), IT, session)).id


async def seen(session: Session, id: UUID, on: date | None = None, actor: Actor = IT) -> BodyOf:
    return await body(Body(body=id, on=on), actor, ReadSession(session))


async def listed(session: Session, actor: Actor = IT, **asked: Any) -> BodiesOf:
    return await bodies(Bodies(**({"unit": ONE} | asked)), actor, ReadSession(session))


def held(told: BodyOf) -> list[tuple[str, str, bool]]:
    return [
        (seat.post, seat.employee, seat.acting is not None)
        for term in told.terms
        for seat in term.held
        if seat.held
    ]


def seat_of(told: BodyOf, employee: str) -> SeatSeen:
    return next(seat for term in told.terms for seat in term.held if seat.employee == employee)


async def chairs(session: Session, on: date, unit: str = ONE, role: str = "chair") -> list[str]:
    """Who has the post with its rights on a day."""
    rows = await session.execute(
        text("""
            SELECT person.employee FROM post JOIN person ON person.id = post.person
            JOIN unit ON unit.id = post.unit
            WHERE unit.code = :unit AND role = :role AND during @> CAST(:on AS date)
            ORDER BY 1
        """),
        {"unit": unit, "on": on, "role": role},
    )
    return list(rows.scalars())


# --------------------------------------------------------------------------------- elections


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


# ------------------------------------------------------------------------------------- seats


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


# ------------------------------------------------------------------------------------- posts


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
    await end_seat(EndSeat(seat=seat, why="left", on=date(2024, 1, 1)), IT, session)
    assert await chairs(session, date(2024, 1, 1)) == []


async def test_only_heads_get_a_post_and_only_where_that_is_wanted(session: Session) -> None:
    women = await founded(session, kind="women", name="女职工委员会")
    await elected(session, women, SECOND, "head:B1", "member:B2")
    assert not [fact for fact in stated(session) if type(fact).__name__ == "PostAppointed"]
    plain = await founded(session)
    await elected(session, plain, SECOND, "B1", "B2", "B3", gives_posts=False)
    assert await chairs(session, SECOND) == []
    group = await founded(session, kind="group", unit=TEAM, name="一组")
    await elected(session, group, SECOND, "leader:B4")
    assert await chairs(session, SECOND, TEAM, "leader") == ["B4"]


async def test_of_each_kind_a_unit_has_one_at_a_time_and_groups_as_many_as_it_likes(
    session: Session,
) -> None:
    id = await founded(session)
    assert (await refused(founded(session))).code == "already-founded"
    for name in ("一组", "二组"):
        await founded(session, kind="group", name=name)
    await elected(session, id, FIRST, "B1", "B2", "B3")
    answer = await refused(
        dissolve_body(DissolveBody(body=id, on=FIRST - timedelta(1)), IT, session)
    )
    assert answer.code == "before-it-began"
    await dissolve_body(DissolveBody(body=id, on=SECOND), IT, session)
    assert await chairs(session, SECOND) == []
    assert await chairs(session, SECOND - timedelta(1)) == ["B1"]
    assert [one.kind for one in (await listed(session, on=SECOND)).items] == ["group", "group"]
    assert (await refused(elected(session, id, SECOND, "B1"))).code == "dissolved"
    await founded(session, on=SECOND)


# ------------------------------------------------------------------------------------- clock


async def due_at(session: Session, body: UUID) -> Any:
    at = session.info.get("due", {}).get(("union-election", str(body)))
    return at and at.date()


async def test_an_election_comes_up_once_when_it_is_to_be_prepared_and_is_settled_by_the_next(
    session: Session,
) -> None:
    from services.membership.clock import election_is_to_be_prepared

    id = await founded(session)
    long_ago = today().replace(day=1) - timedelta(days=365 * 3 + 30)
    await elected(session, id, long_ago, "B1", "B2", "B3")
    assert await due_at(session, id), "at once, where the day is past"
    stated(session)
    for _ in range(2):
        await election_is_to_be_prepared(str(id), session)
    [fact] = stated(session)
    assert type(fact).__name__ == "ElectionDue"
    assert fact.due_by.days == 90  # type: ignore[attr-defined]
    assert (await seen(session, id)).state == "overdue"
    next = await elected(session, id, today(), "B1", "B2", "B3")
    names = [type(fact).__name__ for fact in stated(session)]
    assert names.count("ElectionSettled") == 1
    assert (await seen(session, id)).state == "running"
    await withdraw_term(WithdrawTerm(term=next, reason="误录"), IT, session)
    await election_is_to_be_prepared(str(id), session)
    assert [type(fact).__name__ for fact in stated(session)][-1] == "ElectionDue"
    await dissolve_body(DissolveBody(body=id), IT, session)
    assert "ElectionSettled" in [type(fact).__name__ for fact in stated(session)]
    await election_is_to_be_prepared(str(id), session)
    assert stated(session) == []


# ----------------------------------------------------------------------------------- queries


async def test_bodies_are_listed_as_in_the_tree_in_pieces_and_by_how_their_terms_stand(
    session: Session,
) -> None:
    kinds = ("committee", "women", "auditors")
    ids = {kind: await founded(session, kind=kind, name=kind) for kind in kinds}
    await founded(session, kind="group", unit=TEAM, name="一组")
    await elected(session, ids["committee"], date(2024, 1, 1), "B1", "B2", "B3")
    await elected(session, ids["women"], FIRST, "head:B4", "member:B5")
    on = date(2026, 10, 5)
    whole = [one.kind for one in (await listed(session, on=on)).items]
    assert whole == ["committee", "women", "auditors", "group"]
    pieces = await in_pieces(listed, session, on=on, limit=1)
    assert [one.kind for piece in pieces for one in piece.items] == whole
    for state, found in (
        ("due", ["committee"]),
        ("overdue", ["women"]),
        ("none", ["auditors", "group"]),
        ("running", []),
    ):
        items = (await listed(session, on=on, state=state)).items
        assert [one.kind for one in items] == found
        assert all(one.state == state for one in items), "said twice, it is the same"
    assert [one.kind for one in (await listed(session, unit=TEAM, on=on)).items] == ["group"]
    for rank in ("b", "0", "9", "٣", "99999999999"):
        asked = listed(session, cursor=cursor_after(f"company/{ONE}", rank, "c"))
        assert (await refused(asked)).code == "unknown-cursor"


async def test_a_body_is_listed_where_its_unit_stood_on_the_day(session: Session) -> None:
    id = await founded(session, kind="group", unit=TEAM, name="一组")
    moved = event("unit-moved", unit=TEAM, parent=OTHER, on="2024-01-01")
    await take([moved], session)
    for on, unit in ((date(2023, 12, 31), ONE), (date(2024, 1, 1), OTHER)):
        for place in (ONE, OTHER):
            found = [one.body for one in (await listed(session, unit=place, on=on)).items]
            assert found == ([id] if place == unit else []), (on, place)
    assert (await listed(session, OFFICER, on=date(2023, 12, 31))).items == [], "not theirs today"


async def test_who_has_left_is_shown_as_such_in_the_seat(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3")
    await take([event("employee-left", employee="B2", on="2024-01-01")], session)
    assert seat_of(await seen(session, id, date(2023, 12, 31)), "B2").employed
    assert not seat_of(await seen(session, id, date(2024, 1, 1)), "B2").employed


async def test_officers_read_and_the_chair_of_the_place_and_it_write(session: Session) -> None:
    id = await founded(session)
    for actor in (OFFICER, CHAIR, IT):
        assert len((await listed(session, actor)).items) == 1
        assert (await seen(session, id, actor=actor)).body == id
    for reader in (OFFICER, CHAIR):
        assert (await refused(listed(session, reader, unit=OTHER))).status == 403
    far = await founded(session, unit=OTHER)
    assert (await refused(seen(session, far, actor=OFFICER))).status == 403
    assert (await refused(seen(session, uuid7(), actor=OFFICER))).status == 403
    assert (await refused(seen(session, uuid7()))).status == 404
    term = OpenTerm.model_validate(
        {
            "body": id,
            "years": 5,
            "since": SECOND,
            "elected": [{"employee": "B1", "post": "chair"}],
        }
    )
    assert (await refused(open_term(term, OFFICER, session))).status == 403
    assert (
        await refused(found_body(FoundBody(kind="women", unit=ONE, name="n"), OFFICER, session))
    ).status == 403
    made = (await open_term(term, CHAIR, session)).id
    seat = seat_of(await seen(session, id), "B1").seat
    for asking in (
        end_seat(EndSeat(seat=seat, why="left"), OFFICER, session),
        fill_seat(FillSeat(body=id, employee="B2", post="member"), OFFICER, session),
        withdraw_term(WithdrawTerm(term=made, reason="r"), OFFICER, session),
        dissolve_body(DissolveBody(body=id), OFFICER, session),
        open_term(term.model_copy(update={"body": far}), CHAIR, session),
    ):
        assert (await refused(asking)).status == 403


async def test_a_list_is_two_statements_and_goes_unit_by_unit(session: Session) -> None:
    id = await founded(session)
    await elected(session, id, SECOND, "B1", "B2", "B3")
    async with statements(session) as said:
        await listed(session)
    assert len(said) == 2
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    given = {
        "unit": ONE,
        "reach": ["company"],
        "on": today(),
        "kinds": ["committee"],
        "kind": None,
        "state": None,
        "after": None,
        "after_rank": None,
        "after_body": None,
        "limit": 201,
    }
    plan = "\n".join((await session.execute(text(f"EXPLAIN {BODIES}"), given)).scalars())
    for index in ("body_unit", "term_since", "seat_term"):
        assert index in plan, plan
