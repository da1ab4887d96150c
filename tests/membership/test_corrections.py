"""What people ask to be corrected, on the real database: who answers, by when, what is kept."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.clock import correction_is_overdue
from services.membership.corrections.answering import answer_correction, take_correction_to_hr
from services.membership.corrections.asking import ask_correction, withdraw_correction
from services.membership.corrections.over_me import posts_over_me
from services.membership.corrections.rules import MOST_OPEN, Due, is_of_hr
from services.membership.corrections.telling import (
    OWN,
    SETTLED,
    WAITING,
    correction,
    corrections,
    own_corrections,
)
from services.membership.posts import appoint_post
from services.membership.units import open_root
from shared.calendar import midnight, today, working_days_after
from shared.contracts.membership import (
    AnswerCorrection,
    AppointPost,
    AskCorrection,
    Correction,
    CorrectionAbout,
    CorrectionOf,
    Corrections,
    CorrectionsOf,
    OwnCorrections,
    OwnCorrectionsOf,
    PostsOverMe,
    TakeCorrectionToHr,
    WithdrawCorrection,
)
from shared.database import ReadSession, Session
from shared.messages import Refused, uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.test_roll import hired

OFFICER = Actor("o", uuid7(), (Grant("officer", "company/c-one"),))
ELSEWHERE = Actor("e", uuid7(), (Grant("officer", "company/c-two"),))
MANAGER = Actor("m", uuid7(), (Grant("manager", "company/c-one"),))
HR = Actor("hr", None, (Grant("hr", "company"),))
SECRET = "我的病假写成了旷工 secret-7731"


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """C1 and C2 work in a team of plant one, C3 in plant two, C4 in none."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        units = (("c-one", "company"), ("c-team", "c-one"), ("c-two", "company"))
        events = [event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units]
        for employee, unit in (("C1", "c-team"), ("C2", "c-team"), ("C3", "c-two")):
            events += hired(employee, f"某{employee}", unit, "2020-01-01")
        events.append(event("employee-hired", employee="C4", name="丁", on="2020-01-01"))
        await take(events, session)
        session.info.pop("stated", None)
        yield session


async def person(session: Session, employee: str, **more: Any) -> Actor:
    id = await session.scalar(
        text("SELECT id FROM person WHERE employee = :employee"), {"employee": employee}
    )
    return Actor(employee, id, **more)


async def said(session: Session, employee: str = "C1", **asked: Any) -> UUID:
    fields = {"about": "work", "wrong": SECRET} | asked
    actor = await person(session, employee)
    return (await ask_correction(AskCorrection(**fields), actor, session)).id


async def seen(session: Session, id: UUID, actor: Actor) -> CorrectionOf:
    return await correction(Correction(correction=id), actor, ReadSession(session))


async def own(session: Session, employee: str = "C1", **asked: Any) -> OwnCorrectionsOf:
    actor = await person(session, employee)
    return await own_corrections(OwnCorrections(**asked), actor, ReadSession(session))


async def listed(session: Session, actor: Actor = OFFICER, **asked: Any) -> CorrectionsOf:
    return await corrections(Corrections(**asked), actor, ReadSession(session))


async def answered(session: Session, id: UUID, actor: Actor = OFFICER, **said: Any) -> UUID:
    fields = {"correction": id, "outcome": "corrected", "reason": "已更正"} | said
    return (await answer_correction(AnswerCorrection(**fields), actor, session)).id


async def answer_refused(session: Session, id: UUID, actor: Actor) -> Refused:
    fields = AnswerCorrection(correction=id, outcome="corrected", reason="r")
    return await refused(answer_correction(fields, actor, session))


async def withdrawn(session: Session, id: UUID, employee: str = "C1") -> None:
    actor = await person(session, employee)
    await withdraw_correction(WithdrawCorrection(correction=id), actor, session)


# -------------------------------------------------------------------------------- the rule


@given(st.dates(date(2021, 11, 1), date(2027, 12, 31)))
def test_an_answer_is_due_within_fifteen_working_days_and_never_after_thirty(on: date) -> None:
    due = Due.of(on)
    assert on < due.on <= on + timedelta(days=30)
    assert due.on == min(working_days_after(on, 15).day, on + timedelta(days=30))
    assert due.basis.days == (15 if due.basis.working else 30)
    assert due.verdict.inputs["asked_on"] == on.isoformat()
    assert "个人信息保护法" in due.basis.citation


def test_only_what_hr_says_is_of_hr() -> None:
    assert {about for about in get_args(CorrectionAbout) if is_of_hr(about)} == {
        "person",
        "work",
        "leave",
    }


# ----------------------------------------------------------------------------- being asked


async def test_what_was_asked_is_seen_by_the_person_and_the_officer_of_the_place(
    session: Session,
) -> None:
    id = await said(session, which="2024年三月", should_be="病假")
    for actor in (await person(session, "C1"), OFFICER, HR):
        told = await seen(session, id, actor)
        assert (told.wrong, told.which, told.should_be) == (SECRET, "2024年三月", "病假")
        assert (told.state, told.due_on, told.overdue) == ("open", Due.of(today()).on, False)
        assert [(step.what, step.by) for step in told.trail] == [("asked", "oneself")]
        assert told.answers == ((actor is not OFFICER and actor.person is None) or actor is OFFICER)
    for actor in (ELSEWHERE, MANAGER, await person(session, "C2")):
        query = Correction(correction=id)
        answer = await refused(correction(query, actor, ReadSession(session)))
        assert answer.status == 403


async def test_what_is_the_unions_own_is_no_matter_of_hr(session: Session) -> None:
    id = await said(session, about="honour")
    query = Correction(correction=id)
    assert (await refused(correction(query, HR, ReadSession(session)))).status == 403
    assert (await answer_refused(session, id, HR)).status == 403
    assert (await listed(session, HR, unit="c-one")).waiting == 0
    assert (await listed(session)).waiting == 1
    moved = TakeCorrectionToHr(correction=id)
    assert (await refused(take_correction_to_hr(moved, OFFICER, session))).code == "not-of-hr"


async def test_of_who_is_nowhere_the_whole_company_looks_after(session: Session) -> None:
    id = await said(session, "C4")
    assert (await answer_refused(session, id, OFFICER)).status == 403
    await answered(session, id, Actor("w", uuid7(), (Grant("officer", "company"),)))


async def test_nobody_learns_by_trying_which_requests_there_are(session: Session) -> None:
    assert (await answer_refused(session, uuid7(), ELSEWHERE)).status == 403
    whole = Actor("w", uuid7(), (Grant("officer", "company"),))
    assert (await answer_refused(session, uuid7(), whole)).code == "unknown-correction"


async def test_what_was_written_stands_nowhere_in_the_clear(session: Session) -> None:
    id = await said(session, which=SECRET, should_be=SECRET)
    moved = TakeCorrectionToHr(correction=id, note=SECRET)
    await take_correction_to_hr(moved, OFFICER, session)
    await answered(session, id, reason=SECRET)
    for table in ("correction", "correction_step"):
        kept = await session.scalars(text(f"SELECT CAST(t AS text) FROM {table} AS t"))
        rows = list(kept)
        assert rows
        hidden = SECRET.encode().hex()
        assert not any("secret-7731" in row or hidden in row for row in rows)
    assert session.info.get("stated", []) == [], "it is told to nobody who does not ask"
    assert [step.words for step in (await seen(session, id, OFFICER)).trail] == [
        None,
        SECRET,
        SECRET,
    ]


async def test_one_person_has_so_many_open_and_may_take_one_back(session: Session) -> None:
    ids = [await said(session) for _ in range(MOST_OPEN)]
    fields = AskCorrection(about="other", wrong="还有")
    actor = await person(session, "C1")
    assert (await refused(ask_correction(fields, actor, session))).code == "too-many-corrections"
    await said(session, "C2")
    await withdrawn(session, ids[0])
    await said(session)
    assert (await own(session)).waiting == MOST_OPEN


# ---------------------------------------------------------------------------- being answered


async def test_an_answer_is_given_once_with_its_reasons(session: Session) -> None:
    id = await said(session)
    await answered(session, id, outcome="not-corrected", reason="工资表为准")
    told = await seen(session, id, await person(session, "C1"))
    assert (told.state, told.outcome, told.trail[-1].words) == (
        "answered",
        "not-corrected",
        "工资表为准",
    )
    assert (await answer_refused(session, id, OFFICER)).code == "correction-answered"
    actor = await person(session, "C1")
    back = WithdrawCorrection(correction=id)
    assert (await refused(withdraw_correction(back, actor, session))).code == "correction-answered"


async def test_nobody_answers_their_own(session: Session) -> None:
    id = await said(session)
    oneself = await person(session, "C1", grants=(Grant("officer", "company"),))
    assert (await answer_refused(session, id, oneself)).code == "own-correction"
    assert (await listed(session, oneself, unit="c-one")).items[0].own
    assert not (await seen(session, id, oneself)).answers


async def test_it_is_taken_to_hr_once_and_waits_on_until_its_day(session: Session) -> None:
    id = await said(session)
    due_on = (await seen(session, id, OFFICER)).due_on
    moved = TakeCorrectionToHr(correction=id, note="已函告")
    await take_correction_to_hr(moved, OFFICER, session)
    told = await seen(session, id, OFFICER)
    assert (told.state, told.due_on, told.trail[-1].words) == ("with-hr", due_on, "已函告")
    again = await refused(take_correction_to_hr(moved, OFFICER, session))
    assert again.code == "already-with-hr"
    await answered(session, id, HR)
    assert (await seen(session, id, OFFICER)).trail[-1].by == "hr"


async def test_only_who_asked_takes_it_back(session: Session) -> None:
    id = await said(session)
    back = WithdrawCorrection(correction=id)
    for actor in (OFFICER, await person(session, "C2")):
        assert (await refused(withdraw_correction(back, actor, session))).status == 403
    await withdrawn(session, id)
    assert (await answer_refused(session, id, OFFICER)).code == "correction-withdrawn"
    assert [one.state for one in (await own(session)).items] == ["withdrawn"]


# ------------------------------------------------------------------------------- the clock


async def test_it_is_overdue_from_the_day_after_the_last_one(session: Session) -> None:
    id = await said(session)
    due = session.info["due"]["correction", str(id)]
    assert due == midnight(Due.of(today()).on + timedelta(days=1))
    await correction_is_overdue(str(id), session)
    assert (await listed(session)).overdue == 1
    assert (await seen(session, id, OFFICER)).trail[-1].what == "overdue"
    await answered(session, id)
    told = await listed(session, state="settled")
    assert [one.overdue for one in told.items] == [True], "that it came late stays"


async def test_what_has_its_answer_is_not_overdue(session: Session) -> None:
    for settle in (answered, withdrawn):
        id = await said(session)
        await settle(session, id)
        assert ("correction", str(id)) not in session.info["due"]
        await correction_is_overdue(str(id), session)
        assert not (await seen(session, id, OFFICER)).overdue


# ------------------------------------------------------------------------------- the lists


async def test_lists_come_in_pieces_and_end(session: Session) -> None:
    ids = [await said(session) for _ in range(5)]
    await said(session, "C3")
    for state in ("waiting", "settled"):
        found: list[UUID] = []
        cursor = None
        while True:
            piece = await listed(session, state=state, limit=2, cursor=cursor)
            found += [one.correction for one in piece.items]
            cursor = piece.cursor
            if cursor is None:
                break
        assert sorted(found) == ids
        for id in ids:
            if state == "waiting":
                await answered(session, id)
    first = await own(session, limit=3)
    assert first.cursor
    second = await own(session, limit=3, cursor=first.cursor)
    assert [one.correction for one in first.items + second.items] == ids[::-1]
    assert second.cursor is None


@pytest.mark.parametrize("cursor", ["WyJ4Il0", "WyJ4IiwgIngiXQ", "bm9uZQ"])
async def test_a_cursor_that_is_none_of_ours_is_refused(session: Session, cursor: str) -> None:
    actor = await person(session, "C1")
    for asked in (
        own_corrections(OwnCorrections(cursor=cursor), actor, ReadSession(session)),
        corrections(Corrections(cursor=cursor), OFFICER, ReadSession(session)),
    ):
        assert (await refused(asked)).code == "unknown-cursor"


async def test_a_list_shows_those_of_the_place_alone(session: Session) -> None:
    here, there = await said(session), await said(session, "C3")
    for actor, unit, ids in (
        (OFFICER, "company", [here]),
        (ELSEWHERE, "company", [there]),
        (ELSEWHERE, "c-one", []),
        (HR, "c-one", [here]),
    ):
        assert [one.correction for one in (await listed(session, actor, unit=unit)).items] == ids
    assert [one.place for one in (await listed(session)).items] == ["c-team"]
    assert [one.employee for one in (await listed(session, HR, unit="c-two")).items] == ["C3"]
    assert (await listed(session, about="dues")).items == []


CROWD = """
    INSERT INTO person (id, employee) SELECT gen_random_uuid(), 'crowd-' || n
    FROM generate_series(1, 5000) AS n
"""
MANY = """
    INSERT INTO correction (id, person, about, wrong, due_on, due_by, due_verdict, state, outcome,
        settled_at)
    SELECT gen_random_uuid(), person.id, 'work', 'x', DATE '2020-01-01' + n, '{}', '{}',
        CASE WHEN n % 2 = 0 THEN 'open' ELSE 'answered' END,
        CASE WHEN n % 2 = 0 THEN NULL ELSE 'corrected' END,
        CASE WHEN n % 2 = 0 THEN NULL ELSE now() - n * interval '1 minute' END
    FROM person CROSS JOIN generate_series(1, 4) AS n WHERE employee LIKE 'crowd-%'
"""


async def test_lists_come_off_their_indexes(session: Session) -> None:
    for statement in (CROWD, MANY, "ANALYZE correction", "ANALYZE person"):
        await session.execute(text(statement))
    actor = await person(session, "C2")
    given = {
        "person": actor.person,
        "officer": ["company"],
        "hr": [],
        "of_hr": [],
        "path": "company",
        "today": today(),
        "self": actor.person,
        "about": None,
        "moment": None,
        "after": None,
        "limit": 51,
    }
    for statement, index in (
        (OWN, "correction_person"),
        (WAITING, "correction_waits"),
        (SETTLED, "correction_settled"),
    ):
        plan = await explained(session, statement, given)
        assert index in plan, plan
        assert "Seq Scan on correction" not in plan, plan


async def explained(session: Session, statement: str, given: dict[str, Any]) -> str:
    rows = await session.execute(text(f"EXPLAIN {statement}"), given)
    return "\n".join(row[0] for row in rows)


# --------------------------------------------------------------------------- who is over one


async def test_who_holds_a_post_over_one_is_told_by_name_and_nobody_else(
    session: Session,
) -> None:
    for employee, role, unit in (
        ("C2", "officer", "c-one"),
        ("C3", "chair", "company"),
        ("C3", "leader", "c-two"),
    ):
        post = AppointPost(employee=employee, role=role, unit=unit, on=date(2024, 1, 1))
        await appoint_post(post, IT, session)
    actor = await person(session, "C1")
    told = await posts_over_me(PostsOverMe(), actor, ReadSession(session))
    named = {(one.name, one.role, one.unit) for one in told.items}
    assert {("某C2", "officer", "c-one"), ("某C3", "chair", "company")} <= named
    assert {unit for _, _, unit in named} <= {"company", "c-one", "c-team"}
