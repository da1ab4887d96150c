"""What officers enter about memberships, and a person's record, on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.elections import members_below
from services.membership.members import join_union, leave_union
from services.membership.on_paper import (
    admit_member,
    end_membership,
    keep_membership,
    record_other_union,
)
from services.membership.record import award_honour, member_record, withdraw_honour
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import (
    AdmitMember,
    AwardHonour,
    EndMembership,
    JoinUnion,
    KeepMembership,
    LeaveUnion,
    MemberRecord,
    MemberRecordOf,
    RecordOtherUnion,
    WithdrawHonour,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import facts, person

OFFICER = Actor("o", uuid7(), (Grant("officer", "company/p-north"),))
ELSEWHERE = Actor("e", uuid7(), (Grant("officer", "company/p-south"),))
FEBRUARY, APRIL, MAY, JULY = (date(2024, month, 1) for month in (2, 4, 5, 7))


def placed(employee: str, unit: str) -> list[dict[str, Any]]:
    on = "2024-01-01"
    return [
        event("employee-hired", employee=employee, name="丁", on=on),
        event("employee-assigned", employee=employee, unit=unit, on=on),
    ]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    """P1 works in the north and has signed on paper, P2 works there and has not."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        units = [
            event("unit-created", unit=unit, name=unit, kind=kind, parent=parent)
            for unit, kind, parent in (
                ("p-north", "plant", "company"),
                ("p-team", "team", "p-north"),
                ("p-south", "plant", "company"),
            )
        ]
        await take([*units, *placed("P1", "p-team"), *placed("P2", "p-team")], session)
        facts(session)
        await admit_member(admission("P1"), OFFICER, session)
        assert facts(session) == ["member-joined"]
        yield session


def admission(employee: str, on: date = FEBRUARY) -> AdmitMember:
    return AdmitMember(employee=employee, on=on, reference="2024-017")


async def spells(session: Session, employee: str = "P1") -> list[tuple[date, date | None, bool]]:
    rows = await session.execute(
        text("""
            SELECT lower(during), upper(during), kept FROM member
            JOIN person ON person.id = member.person WHERE employee = :employee ORDER BY during
        """),
        {"employee": employee},
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def record(session: Session, actor: Actor = OFFICER) -> MemberRecordOf:
    return await member_record(MemberRecord(employee="P1"), actor, ReadSession(session))


async def test_a_signed_application_counts_from_its_day(session: Session) -> None:
    assert await spells(session) == [(FEBRUARY, None, False)]
    given = (await record(session)).consents[0]
    assert (given.how, given.reference) == ("on-paper", "2024-017")


async def test_an_application_that_cannot_be_is_refused(session: Session) -> None:
    tomorrow = today() + timedelta(days=1)
    for command, code in (
        (admission("P1", MAY), "already-member"),
        (admission("P2", tomorrow), "not-yet"),
        (admission("P2", date(2023, 12, 31)), "not-employed"),
        (admission("P-none"), "forbidden"),
    ):
        assert (await refused(admit_member(command, OFFICER, session))).code == code
    assert (await refused(admit_member(admission("P2"), ELSEWHERE, session))).code == "forbidden"


async def test_a_transfer_to_another_plant_is_told_once_and_ends_nothing(session: Session) -> None:
    moved = {"employee": "P1", "from_unit": "p-team", "unit": "p-south", "on": "2024-04-01"}
    transfer = event("employee-transferred", **moved)
    await take([transfer, transfer], session)
    (fact,) = [f for f in session.info["stated"] if f.slug() == "member-transferred"]
    assert fact.on == APRIL
    assert facts(session) == ["person-placed", "member-transferred"]
    assert await spells(session) == [(FEBRUARY, None, False)]
    seen = await record(session, ELSEWHERE)
    assert [(m.on, m.from_plant, m.to_plant) for m in seen.moves] == [(APRIL, "p-north", "p-south")]
    retitled = event("employee-retitled", employee="P1", post="班长", on="2024-05-01")
    await take([retitled], session)
    assert facts(session) == ["person-placed"]


async def test_a_change_within_the_plant_is_no_transfer_of_the_membership(session: Session) -> None:
    moved = {"employee": "P1", "from_unit": "p-team", "unit": "p-north", "on": "2024-04-01"}
    await take([event("employee-transferred", **moved)], session)
    assert facts(session) == ["person-placed"]


async def test_who_retires_stays_a_member_without_a_vote(session: Session) -> None:
    left = event("employee-left", employee="P1", on="2024-05-01", reason="retired")
    await take([left], session)
    assert facts(session) == ["person-placed", "member-kept"]
    assert await spells(session) == [(FEBRUARY, MAY, False), (MAY, None, True)]
    kept = Actor("p", await person(session, "P1"))
    await leave_union(LeaveUnion(on=JULY), kept, session)
    assert facts(session) == ["member-left"]
    assert await spells(session) == [(FEBRUARY, MAY, False), (MAY, JULY, True)]


async def test_the_union_keeps_whom_hr_only_says_to_have_left(session: Session) -> None:
    await take([event("employee-left", employee="P1", on="2024-05-01")], session)
    assert facts(session) == ["person-placed", "member-left"]
    keep = KeepMembership(employee="P1", on=MAY)
    await keep_membership(keep, OFFICER, session)
    assert facts(session) == ["member-joined", "member-kept"]
    assert (await refused(keep_membership(keep, OFFICER, session))).code == "already-kept"
    undo = keep.model_copy(update={"kept": False})
    await keep_membership(undo, OFFICER, session)
    assert facts(session) == ["member-left"]
    assert (await refused(keep_membership(undo, OFFICER, session))).code == "not-kept"
    early = KeepMembership(employee="P1", on=date(2023, 1, 1))
    assert (await refused(keep_membership(early, OFFICER, session))).code == "not-employed"


async def test_a_stranger_hired_under_the_number_of_who_retired_is_no_member(
    session: Session,
) -> None:
    left = event("employee-left", employee="P1", on="2024-05-01", reason="retired")
    again = event("employee-hired", employee="P1", name="戊", on="2024-07-01")
    await take([left, again], session)
    assert facts(session) == ["person-placed", "member-left"]
    assert await spells(session) == [(FEBRUARY, MAY, False), (MAY, JULY, True)]


async def test_who_has_no_vote_is_not_counted_among_those_who_elect(session: Session) -> None:
    company = SimpleNamespace(path="company")
    before = [await members_below(company, on, session) for on in (APRIL, JULY)]
    left = event("employee-left", employee="P1", on="2024-05-01", reason="retired")
    await take([left], session)
    after = [await members_below(company, on, session) for on in (APRIL, JULY)]
    assert after == [before[0], before[1] - 1]


async def test_one_belongs_in_one_place_only(session: Session) -> None:
    away = RecordOtherUnion(employee="P1", union="劳务公司工会", since=APRIL)
    await record_other_union(away, OFFICER, session)
    assert facts(session) == ["member-left"]
    here_too = admit_member(admission("P1", MAY), OFFICER, session)
    assert (await refused(here_too)).code == "member-elsewhere"
    again = away.model_copy(update={"since": MAY})
    assert (await refused(record_other_union(again, OFFICER, session))).code == "already-elsewhere"
    back = away.model_copy(update={"until": JULY})
    await record_other_union(back, OFFICER, session)
    assert facts(session) == ["member-joined"]
    assert await spells(session) == [(FEBRUARY, APRIL, False), (JULY, None, False)]
    never = away.model_copy(update={"until": APRIL})
    await record_other_union(never, OFFICER, session)
    assert await spells(session) == [(FEBRUARY, None, False)]
    assert (await record(session)).other_unions == []
    rows = await session.execute(
        text("""
            SELECT upper(during) AS until, withdrawn_by FROM other_union
            JOIN person ON person.id = other_union.person WHERE employee = 'P1' ORDER BY 1
        """)
    )
    kept = [(row.until, row.withdrawn_by is not None) for row in rows]
    assert kept == [(JULY, True), (None, True)], "what was entered before stays on record"


async def test_who_declares_to_be_in_another_union_is_asked_to_end_that_first(
    session: Session,
) -> None:
    await end_membership(
        EndMembership(employee="P1", on=APRIL, because="own-wish", reference="1"), OFFICER, session
    )
    facts(session)
    declared = admission("P1", MAY).model_copy(update={"elsewhere": "劳务公司工会"})
    worker = Actor("p", await person(session, "P1"))
    joining = JoinUnion(consent=True, elsewhere="劳务公司工会")
    for asked in (admit_member(declared, OFFICER, session), join_union(worker, session, joining)):
        said = await refused(asked)
        assert (said.code, said.field, said.rule) == ("in-another-union", "elsewhere", "one-place")
    assert await spells(session) == [(FEBRUARY, APRIL, False)]
    assert facts(session) == []
    await join_union(worker, session, JoinUnion(consent=True))
    assert facts(session) == ["member-joined"]


async def test_a_membership_is_ended_on_paper_with_its_reason(session: Session) -> None:
    ended = EndMembership(employee="P1", on=APRIL, because="elsewhere", reference="2024-031")
    await end_membership(ended, OFFICER, session)
    assert facts(session) == ["member-left"]
    given = (await record(session)).consents[0]
    assert (given.withdrawn_on, given.ended_by) == (APRIL, "elsewhere")
    assert (await refused(end_membership(ended, OFFICER, session))).code == "not-a-member"
    # In person again, from today on: the old consent stays what it was.
    await join_union(Actor("p", await person(session, "P1")), session)
    assert [spell[0] for spell in await spells(session)] == [FEBRUARY, today()]


async def test_an_honour_stands_in_the_record_until_it_is_taken_out(session: Session) -> None:
    award = AwardHonour(employee="P1", title="优秀班组长", level="plant", on=MAY)
    honour = (await award_honour(award, OFFICER, session)).id
    assert [one.title for one in (await record(session)).honours] == ["优秀班组长"]
    out = WithdrawHonour(honour=honour, reason="登记有误")
    assert (await refused(withdraw_honour(out, ELSEWHERE, session))).code == "forbidden"
    await withdraw_honour(out, OFFICER, session)
    assert (await record(session)).honours == []
    assert (await refused(withdraw_honour(out, OFFICER, session))).code == "already-withdrawn"
    assert facts(session) == []


async def test_the_record_is_for_oneself_and_for_who_looks_after_the_place(
    session: Session,
) -> None:
    seen = await record(session, Actor("p", await person(session, "P1")))
    assert (seen.invited_on, seen.employee) == (date(2024, 1, 1), "P1")
    assert [(spell.since, spell.kept) for spell in seen.memberships] == [(FEBRUARY, False)]
    for other in (ELSEWHERE, Actor("x", uuid7()), Actor("m", None, (Grant("manager", "company"),))):
        assert (await refused(record(session, other))).code == "forbidden"
