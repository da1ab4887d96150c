"""Members and posts: handlers on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.members import join_union, leave_union
from services.membership.posts import appoint_post, end_post
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import AppointPost, EndPost, LeaveUnion
from shared.database import Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take

IT = Actor("it", None, (Grant("it", "company"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(
            [
                event("employee-hired", employee="X7", name="丁", on="2024-01-01"),
                event("employee-hired", employee="X8", name="戊", on="2024-01-01"),
                event("employee-left", employee="X8", on="2024-02-01"),
            ],
            session,
        )
        session.info.pop("stated")
        yield session


async def person(session: Session, employee: str) -> UUID:
    found = await session.scalar(
        text("SELECT id FROM person WHERE employee = :employee"), {"employee": employee}
    )
    assert isinstance(found, UUID)
    return found


def facts(session: Session) -> list[str]:
    return [fact.slug() for fact in session.info.pop("stated", [])]


async def test_a_worker_joins_once_leaves_and_may_join_again(session: Session) -> None:
    worker = Actor("w", await person(session, "X7"))
    await join_union(worker, session)
    assert facts(session) == ["member-joined"]
    with pytest.raises(RuleBroken) as broken:
        await join_union(worker, session)
    assert broken.value.answer.code == "already-member"
    await leave_union(LeaveUnion(), worker, session)
    assert facts(session) == ["member-left"]
    with pytest.raises(RuleBroken) as broken:
        await leave_union(LeaveUnion(), worker, session)
    assert broken.value.answer.code == "not-a-member"
    await join_union(worker, session)
    assert facts(session) == ["member-joined"]


async def test_leaving_the_company_ends_the_membership(session: Session) -> None:
    worker = Actor("w", await person(session, "X7"))
    await join_union(worker, session)
    facts(session)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    await take([event("employee-left", employee="X7", on=tomorrow)], session)
    assert facts(session) == ["person-placed", "member-left"]


async def test_who_is_not_employed_cannot_join(session: Session) -> None:
    with pytest.raises(RuleBroken) as broken:
        await join_union(Actor("w", await person(session, "X8")), session)
    assert broken.value.answer.status == 403


async def test_it_appoints_the_first_posts_and_a_post_is_held_once(session: Session) -> None:
    yesterday = today() - timedelta(days=1)
    chair = AppointPost(employee="X7", role="chair", unit="company", on=yesterday)
    post = (await appoint_post(chair, IT, session)).id
    assert facts(session) == ["post-appointed"]
    with pytest.raises(RuleBroken) as broken:
        await appoint_post(chair, IT, session)
    assert broken.value.answer.code == "already-appointed"
    by_chair = Actor("c", await person(session, "X7"), (Grant("chair", "company"),))
    officer = chair.model_copy(update={"role": "officer"})
    await appoint_post(officer, by_chair, session)
    await end_post(EndPost(post=post), IT, session)
    assert facts(session) == ["post-appointed", "post-ended"]
    with pytest.raises(RuleBroken) as broken:
        await end_post(EndPost(post=post), IT, session)
    assert broken.value.answer.code == "already-ended"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"employee": "X-none"}, "unknown-employee"),
        ({"unit": "x-none"}, "unknown-unit"),
        ({"on": date(2024, 5, 1), "until": date(2024, 5, 1)}, "no-days"),
    ],
)
async def test_an_appointment_that_cannot_be_is_refused(
    session: Session, change: dict[str, object], code: str
) -> None:
    command = AppointPost(employee="X7", role="leader", unit="company").model_copy(update=change)
    with pytest.raises(RuleBroken) as broken:
        await appoint_post(command, IT, session)
    assert (broken.value.answer.status, broken.value.answer.code) == (409, code)


async def test_a_post_ended_on_its_first_day_was_never_held(session: Session) -> None:
    post = (
        await appoint_post(AppointPost(employee="X7", role="chair", unit="company"), IT, session)
    ).id
    await end_post(EndPost(post=post), IT, session)
    assert facts(session) == ["post-appointed", "post-ended"]
    assert await session.scalar(text("SELECT count(*) FROM post WHERE id = :id"), {"id": post}) == 0


async def test_nobody_else_appoints(session: Session) -> None:
    command = AppointPost(employee="X7", role="leader", unit="company")
    for grants in ((), (Grant("officer", "company"),), (Grant("chair", "company/x"),)):
        with pytest.raises(RuleBroken) as broken:
            await appoint_post(command, Actor("x", uuid7(), grants), session)
        assert broken.value.answer.status == 403
