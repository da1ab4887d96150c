"""What was settled, as a list, on the real database."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.local.home import Home
from services.membership.desk.settled import rulings
from services.membership.desk.settling import take_back_ruling
from services.membership.desk.unit_settling import settle_unit
from shared.contracts.membership import Rulings, RulingsOf, SettleUnit
from shared.database import ReadSession, Session
from shared.rights import Actor, RuleBroken
from tests.membership.desk_made import HR, ONE, TWO, WHOLE, case, listed, settle, told_story
from tests.membership.test_hr_events import event, take
from tests.membership.test_settling_units import unit_of
from tests.membership.walking import in_pieces


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """Three people and a unit are settled, of which one is taken back."""
    async with told_story(home) as session:
        lost = event("unit-moved", unit="s-one", parent="s-none", on="2024-06-01")
        await take([lost], session)
        for employee in ("S1", "S2", "S4"):
            last = await settle(session, employee, (await case(session, employee)).choices[-1])
        await take_back_ruling(last, WHOLE, session)
        choice = (await unit_of(session, "s-one")).choices[-1]
        told = choice.model_dump(exclude={"then", "settles"}) | {"unit": "s-one", "reason": "误"}
        await settle_unit(SettleUnit.model_validate(told), WHOLE, session)
        yield session


async def settled(session: Session, actor: Actor = WHOLE, **asked: Any) -> RulingsOf:
    return await rulings(Rulings(**asked), actor, ReadSession(session))


def whom(told: RulingsOf) -> list[str | None]:
    """Of the people and units of this story."""
    about = [each.employee or each.about_unit for each in told.items]
    return [one for one in about if one and (one[0] == "S" or one == "s-one")]


async def test_who_decided_what_when_and_why_is_listed_with_what_hr_said(session: Session) -> None:
    told = await settled(session)
    assert whom(told) == ["s-one", "S4", "S2", "S1"]
    moved, back, _, first = told.items[:4]
    assert moved.said
    assert (moved.said.type, moved.said.other, moved.reason) == ("hr.unit-moved", "s-none", "误")
    assert (back.taken_back_why, back.employee, back.place) == ("弄错了", "S4", "s-two")
    assert first.said
    assert (first.kind, first.said.type, first.said.unit) == (
        "set-aside",
        "hr.employee-assigned",
        "s-two",
    )
    assert first.taken_back_at is None


async def test_it_is_filtered_and_comes_in_pieces(session: Session) -> None:
    assert whom(await settled(session, employee="S2")) == ["S2"]
    assert whom(await settled(session, state="taken-back")) == ["S4"]
    assert "S4" not in whom(await settled(session, state="standing"))
    assert whom(await settled(session, unit="s-two")) == ["S4"]
    assert whom(await settled(session, kind="counts")) == []
    [one] = (await settled(session, employee="S2")).items
    assert (await settled(session, ruling=one.ruling)).items == [one]
    counted = await settled(session, unit="s-two")
    assert (counted.standing, counted.taken_back) == (0, 1)
    whole = (await settled(session, limit=200)).items
    pieces = await in_pieces(settled, session, limit=1)
    assert [piece.items for piece in pieces] == [[each] for each in whole]
    for broken in ("WyIiXQ", "WyJ4IiwgIngiXQ"):
        with pytest.raises(RuleBroken, match="unknown-cursor"):
            await settled(session, cursor=broken)


async def test_each_sees_what_is_within_reach_and_how_far_the_desk_is(session: Session) -> None:
    assert whom(await settled(session, ONE)) == ["S1"]
    assert whom(await settled(session, TWO)) == ["S4"]
    with pytest.raises(RuleBroken, match="forbidden"):
        await settled(session, HR)
    assert (await listed(session, ONE)).settled == 1
    assert (await listed(session, TWO)).settled == 0
