"""Asking for an erasure, what is in the way, and what is left when it is done."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.numbering import rule_another_human, rule_same_person
from services.membership.drift import drift, note_drift
from services.membership.drift_lines import drift_case, leave_drift
from services.membership.dues.books import book_payroll
from services.membership.dues.payrolls import add_payroll, open_payroll
from services.membership.dues.queries import dues_faults, payroll_check
from services.membership.erasure.asking import (
    ask_erasure,
    erasure_is_due,
    grant_erasure,
    withdraw_erasure,
)
from services.membership.erasure.doing import erase
from services.membership.erasure.rules import due_on, in_the_way
from services.membership.erasure.telling import erasure_of, erasures, erasures_waiting
from services.membership.heads import heads
from services.membership.on_paper import admit_member, end_membership, keep_membership
from services.membership.posts import appoint_post, end_post
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import (
    AddPayroll,
    AdmitMember,
    AppointPost,
    AskErasure,
    BookPayroll,
    Drift,
    DriftCase,
    DriftLine,
    DuesFaults,
    EndMembership,
    EndPost,
    ErasureOf,
    Erasures,
    ErasuresWaiting,
    GrantErasure,
    Heads,
    KeepMembership,
    LeaveDrift,
    NoteDrift,
    OpenPayroll,
    PayrollCheck,
    PayrollRow,
    RuleAnotherHuman,
    RuleSamePerson,
    WithdrawErasure,
)
from shared.database import ReadSession, Session, raw
from shared.erasing import mentions
from shared.messages import uuid7
from shared.personal import erased_number
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import facts, person

OFFICER = Actor("o", uuid7(), (Grant("officer", "company"),))
OTHER = Actor("o2", uuid7(), (Grant("officer", "company"),))
FAR = Actor("f", uuid7(), (Grant("officer", "company/e-south"),))
IT = Actor("it", None, (Grant("it", "company"),))
HIRED = date(2024, 1, 1)
LAST = today() - timedelta(days=1)
NUMBER, NAME = "ER-1", "甲乙"


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """ER-1 has worked in the north and left."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        units = [
            event("unit-created", unit=code, name=code, kind="plant", parent="company")
            for code in ("e-north", "e-south")
        ]
        await take([*units, *history(), left()], session)
        facts(session)
        yield session


def history(**more: str) -> list[dict[str, object]]:
    who = {"employee": NUMBER, "on": str(HIRED)} | more
    return [
        event("employee-hired", name=NAME, **who),
        event("employee-assigned", unit="e-north", post="钳工", **who),
    ]


def left(on: date = LAST) -> dict[str, object]:
    return event("employee-left", employee=NUMBER, on=str(on), reason="resigned")


async def ask(session: Session, actor: Actor = OFFICER) -> UUID:
    return (await ask_erasure(AskErasure(employee=NUMBER), actor, session)).id


async def granted(session: Session) -> UUID:
    erasure = await ask(session)
    await grant_erasure(GrantErasure(erasure=erasure), OTHER, session)
    return erasure


async def erased(session: Session) -> UUID:
    """The id that is left."""
    whose = await person(session, NUMBER)
    await erasure_is_due(str(await granted(session)), session)
    assert facts(session)[-1] == "person-erased"
    return whose


async def test_what_rests_on_a_name_has_to_be_settled_first(session: Session) -> None:
    await take(history(on=str(today() + timedelta(days=9))), session)
    employed = await refused(ask(session))
    assert (employed.code, employed.rule) == ("not-settled", "erasure")
    assert "第四十七条" in (employed.citation or "")
    seen = await erasure_of(ErasureOf(employee=NUMBER), OFFICER, ReadSession(session))
    assert seen.obstacles == ["employed", "told-today"]
    assert [each.standing for each in seen.by] == ["read", "house"]


async def test_a_kept_membership_and_a_post_are_in_the_way(session: Session) -> None:
    await admit_member(AdmitMember(employee=NUMBER, on=HIRED, reference="r"), OFFICER, session)
    await keep_membership(KeepMembership(employee=NUMBER, on=HIRED), OFFICER, session)
    post = AppointPost(employee=NUMBER, role="leader", unit="e-north", on=HIRED)
    held = (await appoint_post(post, IT, session)).id
    await session.flush()
    seen = await erasure_of(ErasureOf(employee=NUMBER), OFFICER, ReadSession(session))
    assert seen.obstacles == ["member", "post"]
    await end_post(EndPost(post=held, on=LAST), IT, session)
    ending = EndMembership(employee=NUMBER, on=LAST, because="own-wish", reference="r")
    await end_membership(ending, OFFICER, session)
    await session.flush()
    await ask(session)


async def test_it_is_asked_once_granted_by_another_and_withdrawn_until_its_day(
    session: Session,
) -> None:
    erasure = await ask(session)
    assert (await refused(ask(session))).code == "already-asked"
    alone = await refused(grant_erasure(GrantErasure(erasure=erasure), OFFICER, session))
    assert alone.code == "two-people"
    far = await refused(grant_erasure(GrantErasure(erasure=erasure), FAR, session))
    assert far.status == 403
    await grant_erasure(GrantErasure(erasure=erasure), OTHER, session)
    [entry] = (await erasures(Erasures(unit="e-north"), OFFICER, ReadSession(session))).items
    assert (entry.state, entry.due_on) == ("granted", today() + timedelta(days=7))
    assert (await erasures(Erasures(), FAR, ReadSession(session))).items == []
    await withdraw_erasure(WithdrawErasure(erasure=erasure), OFFICER, session)
    await erasure_is_due(str(erasure), session)
    assert facts(session) == []
    assert await person(session, NUMBER)


async def test_whom_it_waits_for_is_told(session: Session) -> None:
    """Not who asked, not whose it is, nobody far; nobody once it is granted."""
    themselves = Actor("x", await person(session, NUMBER), (Grant("officer", "company"),))

    async def waits_for(actor: Actor) -> bool:
        read = ReadSession(session)
        listed = await erasures(Erasures(unit="e-north", state="done"), actor, read)
        assert listed.items == []
        seen = (await erasures(Erasures(unit="e-north"), actor, read)).items
        one = await erasure_of(ErasureOf(employee=NUMBER), actor, read)
        assert [one.may_grant] == [each.may_grant for each in seen] == [listed.waiting == 1]
        return one.may_grant

    assert not (await erasure_of(ErasureOf(employee=NUMBER), OTHER, ReadSession(session))).may_grant
    erasure = await ask(session)
    assert [await waits_for(each) for each in (OTHER, OFFICER, themselves)] == [True, False, False]
    assert (await erasures(Erasures(), FAR, ReadSession(session))).waiting == 0
    assert (await erasures(Erasures(unit="e-south"), OTHER, ReadSession(session))).waiting == 0
    await grant_erasure(GrantErasure(erasure=erasure), OTHER, session)
    assert not await waits_for(OTHER)


async def test_nobody_grants_their_own(session: Session) -> None:
    oneself = Actor("x", await person(session, NUMBER), (Grant("officer", "company"),))
    erasure = await ask(session, oneself)
    answer = await refused(grant_erasure(GrantErasure(erasure=erasure), oneself, session))
    assert answer.code == "two-people"


async def test_who_works_again_by_that_day_is_not_erased(session: Session) -> None:
    erasure = await granted(session)
    await take([event("employee-hired", employee=NUMBER, name=NAME, on=str(today()))], session)
    facts(session)
    await erasure_is_due(str(erasure), session)
    assert facts(session) == []
    seen = await erasure_of(ErasureOf(employee=NUMBER), OFFICER, ReadSession(session))
    assert (seen.state, "employed" in seen.obstacles) == ("asked", True)


async def test_heads_stay_and_the_name_is_empty(session: Session) -> None:
    on = HIRED + timedelta(days=30)
    before = await heads(Heads(on=on), OFFICER, ReadSession(session))
    whose = await erased(session)
    assert await heads(Heads(on=on), OFFICER, ReadSession(session)) == before
    assert before.by_unit["e-north"] == 1
    row = await raw(session).fetchrow("SELECT employee, name FROM person WHERE id = $1", whose)
    assert row is not None
    assert (row["employee"], row["name"]) == (erased_number(whose), None)
    assert not await raw(session).fetchval("SELECT count(*) FROM hr_event WHERE about = $1", NUMBER)


async def test_old_words_of_hr_are_not_taken_and_new_ones_are_about_somebody_new(
    session: Session,
) -> None:
    whose = await erased(session)
    await take([*history(), left(), *history(on=str(LAST))], session)
    assert (
        await session.scalar(text("SELECT count(*) FROM person WHERE name = :n"), {"n": NAME}) == 0
    )
    assert await raw(session).fetchval("SELECT count(*) FROM redacted") >= 5
    await take([event("employee-hired", employee=NUMBER, name="丙", on=str(today()))], session)
    assert await person(session, NUMBER) != whose


async def test_done_twice_it_is_done_once(session: Session) -> None:
    erasure = await granted(session)
    await erasure_is_due(str(erasure), session)
    facts(session)
    await erasure_is_due(str(erasure), session)
    assert facts(session) == []
    again = await refused(withdraw_erasure(WithdrawErasure(erasure=erasure), OFFICER, session))
    assert again.code in ("already-erased", "unknown-erasure")


def test_obstacles_come_in_the_order_of_the_rule_and_the_wait_is_the_rules() -> None:
    assert in_the_way({"seat", "employed"}, date(2026, 1, 1)) == ["employed", "seat"]
    assert due_on(date(2026, 1, 1)) == date(2026, 1, 8)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (b'{"data":{"employee":"12"}}', True),
        (b'{"data":{"employee":"\\u0031\\u0032"}}', True),
        (b'{"on":"2012-01-12","n":12}', True),
        (b'{"on":"2012-01-02","employee":"123"}', False),
        (b"not JSON 12", True),
        (b"2012", False),
    ],
)
def test_a_number_is_found_where_it_stands_by_itself(message: bytes, found: bool) -> None:
    assert mentions(message, ["12"]) is found


def hired(number: str, on: date, name: str) -> dict[str, object]:
    return event("employee-hired", employee=number, name=name, on=str(on))


async def said_of(number: str, session: Session) -> list[date]:
    """The days of which HR has spoken."""
    rows = await raw(session).fetch(
        "SELECT CAST(raw -> 'data' ->> 'on' AS date) AS \"on\" FROM hr_event WHERE about = $1"
        " ORDER BY 1",
        number,
    )
    return [row["on"] for row in rows]


async def test_who_has_two_numbers_is_erased_under_both(session: Session) -> None:
    early, late = HIRED - timedelta(days=90), HIRED - timedelta(days=30)
    ended = event("employee-left", employee="ER-0", on=str(late), reason="resigned")
    await take([hired("ER-0", early, NAME), ended], session)
    both = [await person(session, NUMBER), await person(session, "ER-0")]
    joined = RuleSamePerson(employee=NUMBER, other="ER-0", reason="same card")
    await rule_same_person(joined, OFFICER, session)
    facts(session)
    await erasure_is_due(str(await granted(session)), session)
    assert facts(session)[-2:] == ["person-erased", "person-erased"]
    rows = await raw(session).fetch("SELECT employee, name FROM person WHERE id = ANY($1)", both)
    assert {(row["employee"], row["name"]) for row in rows} == {
        (erased_number(each), None) for each in both
    }
    for number in (NUMBER, "ER-0"):
        assert await said_of(number, session) == []
        for table, column in HELD_IN.items():
            count = f"SELECT count(*) FROM {table} WHERE {column} = $1"
            assert not await raw(session).fetchval(count, number), table
    await take([hired("ER-0", early, NAME), ended, *history(), left()], session)
    assert await said_of("ER-0", session) == await said_of(NUMBER, session) == []


HELD_IN = {"number_held": "number", "number_first": "number", "ruling": "employee"}


async def another_human(session: Session, on: date) -> UUID:
    """Who was hired under the number that day."""
    gone = event("employee-left", employee=NUMBER, on=str(on - timedelta(days=9)))
    await take([gone, hired(NUMBER, on, "丙丁")], session)
    ruling = RuleAnotherHuman(employee=NUMBER, on=on, reason="another card")
    await rule_another_human(ruling, OFFICER, session)
    facts(session)
    return await person(session, NUMBER)


async def test_who_got_the_number_later_is_not_erased_with_who_had_it(session: Session) -> None:
    was = await person(session, NUMBER)
    given = HIRED + timedelta(days=400)
    now = await another_human(session, given)
    assert now != was
    before = await said_of(NUMBER, session)
    await erase(was, today(), session)
    assert facts(session) == ["person-erased"]
    kept = [day for day in before if day >= given]
    assert kept
    assert await said_of(NUMBER, session) == kept
    assert await person(session, NUMBER) == now
    whose = "SELECT employee, name FROM person WHERE id = $1"
    rows = [dict(await raw(session).fetchrow(whose, each) or {}) for each in (was, now)]
    assert rows == [
        {"employee": erased_number(was), "name": None},
        {"employee": NUMBER, "name": "丙丁"},
    ]
    assert not await raw(session).fetchval(
        "SELECT count(*) FROM number_held WHERE person = $1", was
    )
    await take([*history(), hired(NUMBER, HIRED + timedelta(days=1), NAME)], session)
    assert await said_of(NUMBER, session) == kept
    retitled = event(
        "employee-retitled", employee=NUMBER, post="焊工", on=str(given + timedelta(days=5))
    )
    await take([retitled], session)
    assert len(await said_of(NUMBER, session)) == len(kept) + 1
    assert await person(session, NUMBER) == now


async def test_who_had_the_number_before_is_not_erased_with_who_has_it(session: Session) -> None:
    was = await person(session, NUMBER)
    given = HIRED + timedelta(days=400)
    now = await another_human(session, given)
    before = await said_of(NUMBER, session)
    await erase(now, today(), session)
    assert await said_of(NUMBER, session) == [day for day in before if day < given]
    assert await raw(session).fetchval("SELECT name FROM person WHERE id = $1", was) == NAME
    await take([hired(NUMBER, today(), "戊")], session)
    again = await person(session, NUMBER)
    assert again not in (was, now)
    assert await raw(session).fetchval("SELECT name FROM person WHERE id = $1", again) == "戊"


async def test_a_list_of_hr_that_names_who_was_erased_brings_neither_number_nor_name_back(
    session: Session,
) -> None:
    whose = await erased(session)
    line = DriftLine(
        kind="unknown-to-us",
        employee=NUMBER,
        name=NAME,
        hr_unit="e-north",
        post="钳工",
        employed_since=HIRED,
    )
    other = DriftLine(kind="unknown-to-us", employee="ER-8", name="丙丁", hr_unit="e-north")
    await noted(session, line, other)
    told = await drift(Drift(unit="e-north"), OFFICER, ReadSession(session))
    assert [(one.employee, one.name, one.erased, one.kind) for one in told.items] == [
        *sorted(
            [
                (erased_number(whose), None, True, "unknown-to-us"),
                ("ER-8", "丙丁", False, "unknown-to-us"),
            ]
        )
    ]
    [hidden] = [one for one in told.items if one.erased]
    case = await drift_case(DriftCase(drift=hidden.drift), OFFICER, ReadSession(session))
    assert (case.erased, case.post, case.employed_since, case.left_on) == (True, None, None, None)
    await leave_drift(LeaveDrift(drift=hidden.drift, reason="人事系统应删除"), OFFICER, session)
    await noted(session, line)
    left = await drift(Drift(unit="e-north", state="left"), OFFICER, ReadSession(session))
    assert [one.reason for one in left.items] == ["人事系统应删除"], "the reason outlives the list"


async def test_who_was_given_an_erased_number_since_is_listed_by_it(session: Session) -> None:
    await erased(session)
    new = DriftLine(
        kind="unknown-to-us",
        employee=NUMBER,
        name="戊己",
        hr_unit="e-north",
        employed_since=today() + timedelta(days=1),
    )
    await noted(session, new)
    [one] = (await drift(Drift(unit="e-north"), OFFICER, ReadSession(session))).items
    assert (one.employee, one.name, one.erased) == (NUMBER, "戊己", False)


async def noted(session: Session, *lines: DriftLine) -> None:
    said = NoteDrift(comparison=uuid7(), unit="e-north", on=today(), lines=[*lines], last=True)
    await note_drift(said, OFFICER, session)


async def test_a_payroll_with_an_erased_number_has_an_unknown_person_on_that_line(
    session: Session,
) -> None:
    await erased(session)
    opened = OpenPayroll(unit="e-north", month=str(HIRED)[:7], rows=3, wages=1_500_000, dues=7_500)
    payroll = (await open_payroll(opened, OFFICER, session)).id
    rows = [
        PayrollRow(line=line, employee=number, wages="5000", dues="25")
        for line, number in ((2, NUMBER), (3, "ER-9"), (4, f" {NUMBER} "))
    ]
    await add_payroll(AddPayroll(payroll=payroll, rows=rows), OFFICER, session)
    asked = PayrollCheck(payroll=payroll)
    tried = await payroll_check(asked, OFFICER, ReadSession(session))
    each_line = [
        ("unknown-person", None, [2]),
        ("unknown-person", "ER-9", [3]),
        ("unknown-person", None, [4]),
    ]
    assert [(one.kind, one.employee, one.lines) for one in tried.items] == each_line
    assert (tried.fits, tried.found.unknown_person) == (True, 3)
    await book_payroll(BookPayroll(payroll=payroll), OFFICER, session)
    faults = DuesFaults(unit="e-north", month=str(HIRED)[:7])
    kept = await dues_faults(faults, OFFICER, ReadSession(session))
    assert [(one.kind, one.employee, one.lines) for one in kept.items] == each_line
    assert all(one.name is None for one in kept.items)
    for table in ("payroll_row", "dues_fault"):
        numbers = await session.scalars(text(f"SELECT number FROM {table}"))
        assert NUMBER not in set(numbers)


async def test_who_is_erased_between_bringing_a_payroll_and_booking_it_is_on_it_as_unknown(
    session: Session,
) -> None:
    opened = OpenPayroll(unit="e-north", month=str(HIRED)[:7], rows=1, wages=500_000, dues=2_500)
    payroll = (await open_payroll(opened, OFFICER, session)).id
    row = PayrollRow(line=2, employee=NUMBER, wages="5000", dues="25")
    await add_payroll(AddPayroll(payroll=payroll, rows=[row]), OFFICER, session)
    await erased(session)
    await book_payroll(BookPayroll(payroll=payroll), OFFICER, session)
    faults = DuesFaults(unit="e-north", month=str(HIRED)[:7])
    [kept] = (await dues_faults(faults, OFFICER, ReadSession(session))).items
    assert (kept.kind, kept.employee, kept.lines) == ("unknown-person", None, [2])


async def test_how_many_wait_is_counted_without_reading_about_anybody(session: Session) -> None:
    assert (ErasureOf.recorded, Erasures.recorded, ErasuresWaiting.recorded) == (True, True, False)
    before = {who.account: await waiting(session, who) for who in (OFFICER, OTHER, FAR)}
    await ask(session)
    after = {who.account: await waiting(session, who) for who in (OFFICER, OTHER, FAR)}
    assert after == before | {OTHER.account: before[OTHER.account] + 1}
    assert await waiting(session, OTHER, unit="e-south") == 0
    with pytest.raises(RuleBroken, match="forbidden"):
        await waiting(session, IT)


async def waiting(session: Session, actor: Actor, **asked: str) -> int:
    told = await erasures_waiting(ErasuresWaiting(**asked), actor, ReadSession(session))
    return told.waiting
