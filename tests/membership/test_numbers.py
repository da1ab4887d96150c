"""Numbers on the real database: one person with two, and one number of two people."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.listing import unfit
from services.membership.desk.numbering import (
    number_case,
    rule_another_human,
    rule_same_person,
)
from services.membership.desk.settling import take_back_ruling
from services.membership.heads import heads
from services.membership.members import join_union
from services.membership.on_paper import admit_member
from services.membership.people import profile
from services.membership.record import member_record
from services.membership.units import open_root
from shared.contracts.membership import (
    AdmitMember,
    Heads,
    MemberJoined,
    MemberRecord,
    NumberCase,
    NumberCaseOf,
    PersonPlaced,
    Profile,
    RuleAnotherHuman,
    RuleSamePerson,
    TakeBackRuling,
    Unfit,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, RuleBroken
from tests.conftest import rolled_back
from tests.membership.desk_made import HR, ONE, WHOLE, case, settle
from tests.membership.test_hr_events import event, take

MAY = date(2024, 5, 1)
HIRED = {"name": "甲", "birth_date": "1990-02-03"}


def story() -> list[dict[str, Any]]:
    """NA left on the day on which the same human was hired as NB; NC is somebody else; ND was given
    to another human after the first one had left."""
    return [
        event("unit-created", unit="n-one", name="一厂", kind="plant", parent="company"),
        event("unit-created", unit="n-two", name="二厂", kind="plant", parent="company"),
        event("employee-hired", employee="NA", on="2024-01-01", **HIRED),
        event("employee-assigned", employee="NA", unit="n-one", on="2024-01-01"),
        event("employee-left", employee="NA", on="2024-05-01"),
        event("employee-hired", employee="NB", on="2024-05-01", **HIRED),
        event("employee-assigned", employee="NB", unit="n-two", on="2024-05-01"),
        event("employee-hired", employee="NC", on="2024-01-01", **HIRED | {"name": "丙"}),
        event("employee-assigned", employee="NC", unit="n-one", on="2024-01-01"),
        event("employee-hired", employee="ND", on="2024-01-01", **HIRED | {"name": "丁"}),
        event("employee-assigned", employee="ND", unit="n-one", on="2024-01-01"),
        event("employee-hired", employee="ND", on="2024-06-01", **HIRED | {"name": "戊"}),
        event("employee-assigned", employee="ND", unit="n-two", on="2024-06-01"),
    ]


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session, batch=40)
        session.info["stated"] = []
        yield session


async def id_of(session: Session, employee: str) -> UUID:
    """As it was minted, before anything was ruled."""
    of = text("SELECT id FROM person WHERE employee = :employee")
    id: UUID = await session.scalar(of, {"employee": employee})
    return id


async def everything(session: Session) -> list[tuple[Any, ...]]:
    """Numbers, days and memberships of this story's people."""
    rows = await session.execute(
        text("""
            SELECT person.employee, person.id, person.same_as, person.placed,
                ARRAY(SELECT during::text FROM member WHERE member.person = person.id ORDER BY 1),
                ARRAY(SELECT code || during::text FROM stay JOIN unit ON unit.id = stay.unit
                    WHERE stay.person = person.id ORDER BY during)
            FROM person WHERE person.employee LIKE 'N%' ORDER BY person.id
        """)
    )
    return [tuple(row) for row in rows]


def days(told: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without what says that a ruling was once made."""
    marks = ("called", "numbers")
    return [
        (*row[:3], {name: each for name, each in row[3].items() if name not in marks}, *row[4:])
        for row in told
    ]


async def of(session: Session, employee: str, **asked: Any) -> NumberCaseOf:
    return await number_case(NumberCase(employee=employee, **asked), WHOLE, ReadSession(session))


async def joined(session: Session, employee: str, other: str, **more: Any) -> TakeBackRuling:
    told = RuleSamePerson(employee=employee, other=other, reason="同一人", **more)
    made = await rule_same_person(told, WHOLE, session)
    return TakeBackRuling(ruling=made.id, reason="弄错了")


async def parted(session: Session, employee: str, on: str) -> TakeBackRuling:
    told = RuleAnotherHuman(employee=employee, on=date.fromisoformat(on), reason="换了人")
    made = await rule_another_human(told, WHOLE, session)
    return TakeBackRuling(ruling=made.id, reason="弄错了")


async def counted(session: Session, on: str) -> dict[str, int]:
    told = await heads(Heads(on=date.fromisoformat(on)), WHOLE, ReadSession(session))
    return {unit: each for unit, each in told.by_unit.items() if unit[:2] == "n-"}


async def consented(session: Session, employee: str, on: str) -> None:
    told = AdmitMember(employee=employee, on=date.fromisoformat(on), reference="1")
    await admit_member(told, WHOLE, session)


async def test_two_numbers_of_one_person_are_one_timeline_and_one_membership(
    session: Session,
) -> None:
    a, b = await id_of(session, "NA"), await id_of(session, "NB")
    await consented(session, "NA", "2024-02-01")
    before = await everything(session)
    heads_before = [await counted(session, on) for on in ("2024-04-30", "2024-05-01")]
    session.info["stated"] = []
    back = await joined(session, "NB", "NA")

    told = {row[1]: row for row in await everything(session)}
    assert (told[a][0], told[b][0], told[b][2]) == ("NB", "NA", a)
    assert told[a][5] == ["n-one[2024-01-01,2024-05-01)", "n-two[2024-05-01,)"]
    assert told[a][4] == ["[2024-02-01,)"], (
        "one membership without a gap, and nobody is asked again"
    )
    assert (told[b][4], told[b][5]) == ([], [])
    assert [await counted(session, on) for on in ("2024-04-30", "2024-05-01")] == heads_before
    stated = {
        each.person: each for each in session.info["stated"] if isinstance(each, PersonPlaced)
    }
    assert (stated[b].same_as, stated[b].employed, stated[a].employee) == (a, [], "NB")
    assert [each.number for each in stated[a].numbers] == ["NA", "NB"]
    for number in ("NA", "NB"):
        seen = await profile(Profile(employee=number), WHOLE, ReadSession(session))
        assert (seen.person, seen.employee, seen.unit) == (a, "NB", "n-two")

    await take_back_ruling(back, WHOLE, session)
    assert days(await everything(session)) == days(before)
    assert [await counted(session, on) for on in ("2024-04-30", "2024-05-01")] == heads_before


async def test_the_dry_run_shows_what_would_be_and_is_what_comes(session: Session) -> None:
    asked = await of(session, "NB", other="NA")
    assert (asked.suspected, asked.refused) == (["NA"], None)
    assert [each.employee for each in asked.now] == ["NA", "NB"]
    [one] = asked.then
    assert [each.number for each in one.numbers] == ["NA", "NB"]
    assert (one.name, one.birth_date) == ("甲", date(1990, 2, 3))
    assert len(await everything(session)) == 4, "nothing was done"
    await joined(session, "NB", "NA")
    assert [each.days for each in (await of(session, "NB")).now] == [one.days]


async def test_what_hr_says_of_either_number_goes_on_in_the_one_timeline(session: Session) -> None:
    a = await id_of(session, "NA")
    await joined(session, "NB", "NA")
    await take([event("employee-retitled", employee="NB", post="班长", on="2024-07-01")], session)
    await take([event("employee-assigned", employee="NA", unit="n-two", on="2024-02-01")], session)
    told = {row[1]: row for row in await everything(session)}
    assert told[a][5] == [
        "n-one[2024-01-01,2024-05-01)",
        "n-two[2024-05-01,2024-07-01)",
        "n-two[2024-07-01,)",
    ]
    # What contradicts itself is listed under the person, by whichever number HR said it.
    found = await unfit(Unfit(employee="NB"), WHOLE, ReadSession(session))
    assert [(each.about, each.employee, each.reason) for each in found.events] == [
        ("NA", "NB", "already-placed")
    ]
    await settle(session, "NB", (await case(session, "NB")).choices[-1])
    assert (await unfit(Unfit(employee="NB"), WHOLE, ReadSession(session))).events == []


async def test_another_human_under_a_number_inherits_nothing(session: Session) -> None:
    first = await id_of(session, "ND")
    await consented(session, "ND", "2024-02-01")
    before = await everything(session)
    back = await parted(session, "ND", "2024-06-01")
    stranger = await id_of(session, "ND")
    assert stranger != first
    told = {row[1]: row for row in await everything(session)}
    assert told[stranger][4:] == ([], ["n-two[2024-06-01,)"])
    assert told[first][0] == "ND~1"
    assert told[first][4] == ["[2024-02-01,2024-06-01)"], "the work of the first one ends"
    assert told[first][5] == ["n-one[2024-01-01,2024-06-01)"]
    assert await counted(session, "2024-06-01") == {"n-one": 1, "n-two": 2}
    found = await unfit(Unfit(employee="ND"), WHOLE, ReadSession(session))
    assert found.events == [], "they do not contradict each other any more"
    # The stranger consents, and is then found to be the same after all.
    stated = session.info["stated"] = []
    actor = Actor("d", stranger, ())
    await join_union(actor, session)
    assert [each.person for each in stated if isinstance(each, MemberJoined)] == [stranger]
    await take_back_ruling(back, WHOLE, session)
    again = {row[1]: row for row in days(await everything(session))}
    assert again[first][5] == {row[1]: row for row in before}[first][5]
    assert again[stranger][2] == first
    record = await member_record(MemberRecord(employee="ND"), WHOLE, ReadSession(session))
    assert len(record.consents) == 2, "what the one said is found under the other"


async def test_a_number_given_again_to_somebody_known_is_one_ruling(session: Session) -> None:
    c = await id_of(session, "NC")
    await take([event("employee-left", employee="NC", on="2024-06-01")], session)
    back = await joined(session, "ND", "NC", on=date(2024, 6, 1))
    told = {row[1]: row for row in await everything(session)}
    assert told[c][5] == ["n-one[2024-01-01,2024-06-01)", "n-two[2024-06-01,)"]
    assert told[c][0] == "ND"
    await take_back_ruling(back, WHOLE, session)
    assert await id_of(session, "NC") == c


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"employee": "NA", "other": "N0"}, "unknown-employee"),
        ({"employee": "N0", "other": "NA"}, "unknown-employee"),
        ({"employee": "NA", "other": "NA"}, "same-already"),
        ({"employee": "ND", "on": "2024-07-01"}, "nobody-hired"),
        ({"employee": "ND", "on": "2024-01-01"}, "nobody-before"),
        ({"employee": "N0", "on": "2024-01-01"}, "unknown-employee"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    session: Session, asked: dict[str, str], code: str
) -> None:
    before = await everything(session)
    kind, rule = (
        (RuleSamePerson, rule_same_person)
        if "other" in asked
        else (RuleAnotherHuman, rule_another_human)
    )
    told = kind.model_validate(asked | {"reason": "r"})
    with pytest.raises(RuleBroken, match=code):
        await rule(told, WHOLE, session)  # type: ignore[arg-type]
    assert await everything(session) == before


async def test_who_does_not_look_after_both_rules_nothing(session: Session) -> None:
    told = RuleSamePerson(employee="NB", other="NA", reason="r")
    for who in (ONE, HR, Actor("m", uuid7(), ())):
        with pytest.raises(RuleBroken, match="forbidden"):
            await rule_same_person(told, who, session)
        asked = NumberCase(employee="NB", other="NA")
        with pytest.raises(RuleBroken, match="forbidden"):
            await number_case(asked, who, ReadSession(session))
    back = await joined(session, "NB", "NA")
    with pytest.raises(RuleBroken, match="forbidden"):
        await take_back_ruling(back, HR, session)
