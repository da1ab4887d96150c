"""Who holds which post, on the real database."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.local.home import Home
from services.membership.posts import appoint_post, end_post, posts
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import AppointPost, EndPost, Posts, PostsOf
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.test_roll import hired
from tests.membership.walking import in_pieces
from tests.statements import statements

CHAIR = Actor("c", uuid7(), (Grant("chair", "company/h-one"),))
YEAR = timedelta(days=365)


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """Two plants. H1 chairs the one, H2 will; H3 leads its team, H4 did."""
    units = (("h-one", "company"), ("h-team", "h-one"), ("h-two", "company"))
    people = ("H1", "H2", "H3", "H4", "H5")
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        events = [event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units]
        for employee in people:
            events += hired(employee, f"某{employee}", "h-two")
        await take(events, session)
        for employee, role, unit, since, until in (
            ("H1", "chair", "h-one", -YEAR, timedelta(days=10)),
            ("H2", "chair", "h-one", timedelta(days=10), None),
            ("H3", "leader", "h-team", -YEAR, None),
            ("H4", "leader", "h-team", -2 * YEAR, -YEAR),
            ("H5", "officer", "h-two", -YEAR, None),
        ):
            command = AppointPost(
                employee=employee,
                role=role,
                unit=unit,
                on=today() + since,
                until=until and today() + until,
            )
            await appoint_post(command, IT, session)
        yield session


async def told(session: Session, actor: Actor = IT, **asked: Any) -> PostsOf:
    return await posts(Posts(**asked), actor, ReadSession(session))


async def holders(session: Session, actor: Actor = IT, **asked: Any) -> list[str]:
    return [each.employee for each in (await told(session, actor, **asked)).items]


async def test_shown_are_the_posts_that_are_not_over_at_the_unit_and_below(
    session: Session,
) -> None:
    found = (await told(session, unit="h-one")).items
    assert {(each.employee, each.role, each.unit) for each in found} == {
        ("H1", "chair", "h-one"),
        ("H2", "chair", "h-one"),
        ("H3", "leader", "h-team"),
    }
    assert [each.unit for each in found] == ["h-one", "h-one", "h-team"], "as in the tree"
    first = next(each for each in found if each.employee == "H1")
    assert (first.name, first.since, first.until) == (
        "某H1",
        today() - YEAR,
        today() + timedelta(days=10),
    )
    assert await holders(session, unit="h-team") == ["H3"]
    assert await holders(session, unit="h-one", role="leader") == ["H3"]
    assert await holders(session, unit="h-one", post=first.post) == ["H1"]
    assert await holders(session, unit="h-two", post=first.post) == []


async def test_a_post_that_is_ended_is_shown_no_longer(session: Session) -> None:
    [held] = (await told(session, unit="h-team")).items
    await end_post(EndPost(post=held.post), IT, session)
    assert await holders(session, unit="h-team") == []


async def test_in_pieces_every_post_comes_once(session: Session) -> None:
    whole = await holders(session, unit="h-one")
    pieces = await in_pieces(told, session, unit="h-one", limit=1)
    assert [each.employee for piece in pieces for each in piece.items] == whole


async def test_they_are_for_the_chair_of_the_place_and_it(session: Session) -> None:
    assert len(await holders(session, CHAIR, unit="h-one")) == 3
    assert await holders(session, CHAIR, unit="h-team") == ["H3"]
    for unit in ("company", "h-two"):
        with pytest.raises(RuleBroken) as broken:
            await told(session, CHAIR, unit=unit)
        assert broken.value.answer.status == 403
    officer = Actor("o", uuid7(), (Grant("officer", "company"),))
    with pytest.raises(RuleBroken) as broken:
        await told(session, officer, unit="h-one")
    assert broken.value.answer.status == 403


async def test_a_unit_that_is_not_there_is_told_to_those_only_who_may_see_all(
    session: Session,
) -> None:
    for actor, status in ((IT, 404), (CHAIR, 403)):
        with pytest.raises(RuleBroken) as broken:
            await told(session, actor, unit="h-none")
        assert broken.value.answer.status == status


async def test_it_is_two_statements(session: Session) -> None:
    async with statements(session) as said:
        await told(session, unit="h-one")
    assert len(said) == 2
