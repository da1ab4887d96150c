"""Union bodies on the real database: where there is which, and who sees and writes it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.elections import open_term, withdraw_term
from services.membership.bodies.founding import dissolve_body, found_body
from services.membership.bodies.seats import end_seat, fill_seat
from services.membership.bodies.telling import BODIES, BODIES_KNOWN
from services.membership.paging import cursor_after
from shared.calendar import today
from shared.contracts.membership import (
    DissolveBody,
    EndSeat,
    FillSeat,
    FoundBody,
    OpenTerm,
    WithdrawTerm,
)
from shared.database import Session
from shared.messages import uuid7
from tests.membership.bodies_made import (
    CHAIR,
    FIRST,
    OFFICER,
    ONE,
    OTHER,
    SECOND,
    TEAM,
    chairs,
    eight_members,
    elected,
    founded,
    listed,
    seat_of,
    seen,
)
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.walking import in_pieces
from tests.statements import statements


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with eight_members(home) as session:
        yield session


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
    known = given | {"known": datetime.now(UTC)}
    for statement, asked, indexes in (
        (BODIES, given, ("body_unit", "term_since", "seat_term")),
        (BODIES_KNOWN, known, ("body_unit", "body_before_unit", "term_body", "seat_term")),
    ):
        plan = "\n".join((await session.execute(text(f"EXPLAIN {statement}"), asked)).scalars())
        for index in indexes:
            assert index in plan, plan
