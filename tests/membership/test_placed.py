"""The roll as a list of HR's is compared with it: who is employed where on a day."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.placed import BELOW, NAMED, WHOLE, placed_on
from services.membership.units import open_root
from shared.contracts.membership import PlacedOn, PlacedOnOf, Placement
from shared.database import ReadSession, Session
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership import test_roll
from tests.membership.test_hr_events import take
from tests.membership.test_roll import AUTUMN, GROW, SPRING, SUMMER, looked_at, story
from tests.membership.walking import in_pieces

HR = Actor("hr", None, (Grant("hr", "company"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session)
        yield session


async def told(session: Session, actor: Actor = HR, **asked: Any) -> PlacedOnOf:
    return await placed_on(PlacedOn(**asked), actor, ReadSession(session))


async def places(session: Session, **asked: Any) -> dict[str, str | None]:
    """Of this story: there may be others in the house."""
    found = await told(session, **asked)
    return {each.employee: each.unit for each in found.items if each.employee[0] == "R"}


async def test_everybody_who_is_employed_comes_with_unit_and_days(session: Session) -> None:
    assert await places(session, on=SPRING) == {
        "R1": "r-one",
        "R2": "r-team",
        "R3": None,
        "R4": "r-team",
    }
    assert await places(session, on=AUTUMN, unit="r-one") == {"R4": "r-team", "R5": "r-one"}
    one = (await told(session, on=SUMMER, employees="R1")).items[0]
    assert one == Placement(
        employee="R1",
        name="王一",
        employed_since=date(2024, 1, 1),
        left_on=None,
        unit="r-two",
        post="操作工",
        since=date(2024, 5, 1),
        unplaced_since=None,
    )


async def test_who_is_named_comes_wherever_they_are_and_whether_they_have_left(
    session: Session,
) -> None:
    found = await told(session, on=AUTUMN, unit="r-one", employees="R2 R1 nobody R3")
    seen = [(each.employee, each.employed_since, each.left_on) for each in found.items]
    new_year = date(2024, 1, 1)
    assert seen == [
        ("R1", new_year, None),
        ("R2", None, date(2024, 7, 1)),
        ("R3", new_year, None),
    ]


async def test_piece_by_piece_everybody_comes_once(session: Session) -> None:
    ways: list[dict[str, Any]] = [{"unit": "r-one"}, {"employees": "R1 R2 R3 R4"}]
    for asked in ways:
        whole = [each.employee for each in (await told(session, on=SPRING, **asked)).items]
        pieces = await in_pieces(told, session, on=SPRING, limit=1, **asked)
        assert [each.employee for piece in pieces for each in piece.items] == whole
        assert len(whole) > 2


async def test_it_is_for_hr_and_the_officers_of_the_whole_company(session: Session) -> None:
    for role, at in (("officer", "company/r-one"), ("chair", "company"), ("it", "company")):
        with pytest.raises(RuleBroken, match="forbidden"):
            await told(session, Actor("x", None, (Grant(role, at),)), on=SPRING)  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match="unknown-unit"):
        await told(session, on=SPRING, unit="no-such")


async def test_a_piece_costs_what_it_is_however_many_there_are(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await session.execute(text(GROW))
    await session.execute(text("ANALYZE person, employment, stay, unit, unit_placement"))
    monkeypatch.setitem(test_roll.TYPES, "employees", "text[]")
    asked = {
        "unit": "'grown-7'",
        "on": "'2024-03-15'",
        "employees": "'{grown3500,grown3501}'",
        "after": "'grown'",  # past whom other tests have left
        "limit": "51",
    }
    for statement in (WHOLE, NAMED, BELOW):
        most = await looked_at(session, statement, asked)
        assert max(most["person"], most["employment"], most["stay"]) <= 1000, (statement, most)
