"""A person with two numbers comes to the desk by itself, on the real database."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.membership.desk.alike import MANY
from services.membership.desk.numbering import number_case, rule_same_person
from services.membership.desk.pair_listing import COUNT, PAGE, number_pairs
from services.membership.desk.pairs import NEAR, look_at_everybody
from services.membership.desk.settling import take_back_ruling
from services.membership.desk.two_people import (
    rule_two_people,
    take_back_two_people,
    two_people_rulings,
)
from services.membership.erasure.doing import erase
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.membership import (
    NumberCase,
    NumberPairs,
    NumberPairsOf,
    RuleSamePerson,
    RuleTwoPeople,
    TakeBackRuling,
    TakeBackTwoPeople,
    TwoPeopleRulings,
    TwoPeopleRulingsOf,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, RuleBroken
from tests.conftest import rolled_back
from tests.membership.desk_made import HR, WHOLE, listed, officer
from tests.membership.test_hr_events import event, take
from tests.membership.walking import in_pieces

ONE, TWO = officer("company/q-one"), officer("company/q-two")
HE = {"name": "齐一人", "birth_date": "1990-02-03"}


def worked(
    number: str, since: str, until: str | None = None, unit: str = "q-one", **who: Any
) -> list[dict[str, Any]]:
    return [
        event("employee-hired", employee=number, on=since, **(who or HE)),
        event("employee-assigned", employee=number, unit=unit, on=since),
        *([event("employee-left", employee=number, on=until)] if until else []),
    ]


def story() -> list[dict[str, Any]]:
    """QA left and was hired again as QB, QC worked in another plant long before. QD and QE have no
    birth date and were entered twice; QF is alone, and QG of that name was born otherwise."""
    return [
        event("unit-created", unit="q-one", name="一厂", kind="plant", parent="company"),
        event("unit-created", unit="q-two", name="二厂", kind="plant", parent="company"),
        *worked("QA", "2022-01-01", "2024-05-01"),
        *worked("QB", "2024-05-20"),
        *worked("QC", "2001-01-01", "2003-01-01", unit="q-two"),
        *worked("QD", "2024-03-01", name="齐二人"),
        *worked("QE", "2024-03-01", name="齐二人"),
        *worked("QF", "2024-03-01", name="齐三人"),
        *worked("QG", "2024-05-20", name="齐一人", birth_date="1991-02-03"),
    ]


OF_OTHERS = text("""
    DELETE FROM suspected_pair
    WHERE NOT EXISTS (SELECT FROM person WHERE id = one AND starts_with(employee, 'Q'))
""")
"""Pairs of people whom other tests brought into the house."""


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session, batch=40)
        await session.execute(OF_OTHERS)
        session.info["stated"] = []
        yield session


async def found(session: Session, actor: Actor = WHOLE, **asked: Any) -> NumberPairsOf:
    return await number_pairs(NumberPairs(**asked), actor, ReadSession(session))


def pairs(told: NumberPairsOf) -> list[tuple[str, ...]]:
    """Of this story, in their order."""
    return [
        (*sorted((one.earlier.employee, one.later.employee)), one.reason)
        for one in told.items
        if one.earlier.employee[0] == "Q"
    ]


ALL = [
    ("QA", "QB", "hired-again"),
    ("QB", "QC", "same-birth-date"),
    ("QA", "QC", "same-birth-date"),
    ("QD", "QE", "hired-twice"),
]


def in_any_order(told: NumberPairsOf) -> set[tuple[str, ...]]:
    return set(pairs(told))


async def two(
    session: Session, employee: str, other: str, actor: Actor = WHOLE
) -> TakeBackTwoPeople:
    told = RuleTwoPeople(employee=employee, other=other, reason="身份证不同")
    made = await rule_two_people(told, actor, session)
    return TakeBackTwoPeople(ruling=made.id, reason="弄错了")


async def suspected(session: Session, employee: str) -> list[str]:
    asked = NumberCase(employee=employee)
    return (await number_case(asked, WHOLE, ReadSession(session))).suspected


async def test_who_may_have_two_numbers_is_listed_with_the_reason(session: Session) -> None:
    told = await found(session)
    assert in_any_order(told) == set(ALL)
    assert [reason for _, _, reason in pairs(told)] == [reason for _, _, reason in ALL]
    first = told.items[0]
    assert (first.days, first.same_birth_date) == (19, True)
    by_number = {one.employee: one for one in (first.earlier, first.later)}
    assert str(by_number["QA"].until) == "2024-05-01"
    assert (by_number["QB"].until, by_number["QB"].place_name) == (None, "一厂")
    assert await suspected(session, "QB") == ["QA", "QC"]
    assert await suspected(session, "QF") == []


async def test_it_is_looked_at_again_whenever_their_days_change(session: Session) -> None:
    later = event("employee-hired", employee="QF", on="2024-06-01", **HE)
    await take([later], session)
    assert ("QA", "QF", "hired-again") not in in_any_order(await found(session))
    assert ("QA", "QF", "same-birth-date") in in_any_order(await found(session)), (
        "a latest hire says who they are by now"
    )
    renamed = event("employee-renamed", employee="QB", on="2024-07-01", name="齐四人")
    await take([renamed], session)
    assert not [one for one in pairs(await found(session)) if "QB" in one]
    moved = event("employee-left", employee="QD", on="2024-04-01")
    before = (await found(session)).items[-1].found_at
    await take([moved], session)
    assert (await found(session)).items[-1].found_at == before


async def test_each_sees_those_whom_they_look_after_both(session: Session) -> None:
    assert in_any_order(await found(session, ONE)) == {ALL[0], ALL[3]}
    assert pairs(await found(session, TWO)) == []
    assert in_any_order(await found(session, unit="q-one")) == {ALL[0], ALL[3]}
    for who in (HR, Actor("m", uuid7(), ())):
        with pytest.raises(RuleBroken, match="forbidden"):
            await found(session, who)
    for who, many in ((ONE, 2), (TWO, 0), (HR, 0)):
        assert (await listed(session, who)).pairs == many
    assert (await found(session, ONE)).total == 2
    assert (await listed(session, employee="QC")).pairs == 2
    for who in (ONE, TWO, HR):
        with pytest.raises(RuleBroken, match="forbidden"):
            await two(session, "QB", "QC", who)


async def test_the_list_comes_in_pieces(session: Session) -> None:
    whole = (await found(session, ONE, limit=200)).items
    assert len(whole) == 2

    async def piece(session: Session, **asked: Any) -> NumberPairsOf:
        return await found(session, ONE, **asked)

    pieces = await in_pieces(piece, session, limit=1)
    assert [piece.items for piece in pieces] == [[each] for each in whole]
    for broken in ("WyIiXQ", "WyJ4IiwgIngiLCAieCJd"):
        with pytest.raises(RuleBroken, match="unknown-cursor"):
            await found(session, cursor=broken)


async def test_two_people_are_not_suggested_again_until_it_is_taken_back(
    session: Session,
) -> None:
    back = await two(session, "QB", "QA")
    assert ALL[0] not in in_any_order(await found(session))
    assert await suspected(session, "QB") == ["QC"]
    with pytest.raises(RuleBroken, match="two-already"):
        await two(session, "QA", "QB")
    await take([event("employee-retitled", employee="QB", post="班长", on="2024-07-01")], session)
    assert ALL[0] not in in_any_order(await found(session))
    [made] = (await decided(session)).items
    assert {made.earlier.employee, made.later.employee} == {"QA", "QB"}
    assert (made.reason, made.taken_back_at) == ("身份证不同", None)
    for who in (TWO, HR):
        with pytest.raises(RuleBroken, match="forbidden"):
            await take_back_two_people(back, who, session)
    await take_back_two_people(back, ONE, session)
    assert in_any_order(await found(session)) == set(ALL)
    assert (await decided(session)).items[0].taken_back_why == "弄错了"
    with pytest.raises(RuleBroken, match="taken-back"):
        await take_back_two_people(back, ONE, session)
    await two(session, "QA", "QB")


async def decided(session: Session, actor: Actor = WHOLE, **asked: Any) -> TwoPeopleRulingsOf:
    """Of this story."""
    told = await two_people_rulings(TwoPeopleRulings(**asked), actor, ReadSession(session))
    items = [one for one in told.items if one.earlier.employee[0] == "Q"]
    return told.model_copy(update={"items": items})


async def test_what_was_ruled_of_two_is_listed_within_reach_and_in_pieces(
    session: Session,
) -> None:
    for employee, other in (("QA", "QB"), ("QD", "QE"), ("QB", "QC")):
        await two(session, employee, other)
    whole = (await decided(session, limit=200)).items
    assert [{one.earlier.employee, one.later.employee} for one in whole] == [
        {"QB", "QC"},
        {"QD", "QE"},
        {"QA", "QB"},
    ]
    assert (await decided(session, ruling=whole[1].ruling)).items == [whole[1]]
    assert (await decided(session, ONE)).items == whole[1:]
    assert (await decided(session, TWO)).items == []
    with pytest.raises(RuleBroken, match="forbidden"):
        await decided(session, HR)

    async def piece(session: Session, **asked: Any) -> TwoPeopleRulingsOf:
        return await decided(session, ONE, **asked)

    pieces = await in_pieces(piece, session, limit=1)
    assert [piece.items for piece in pieces] == [[each] for each in whole[1:]]
    with pytest.raises(RuleBroken, match="unknown-cursor"):
        await decided(session, cursor="WyJ4Il0")


async def test_one_person_is_no_pair_and_two_people_holds_for_all_their_numbers(
    session: Session,
) -> None:
    back = await two(session, "QC", "QA")
    same = RuleSamePerson(employee="QB", other="QA", reason="同一人")
    joined = await rule_same_person(same, WHOLE, session)
    assert pairs(await found(session)) == [ALL[3]], "QC is another than both"
    with pytest.raises(RuleBroken, match="same-already"):
        await two(session, "QA", "QB")
    await take_back_ruling(TakeBackRuling(ruling=joined.id, reason="弄错了"), WHOLE, session)
    assert in_any_order(await found(session)) == {ALL[0], ALL[1], ALL[3]}
    await take_back_two_people(back, WHOLE, session)
    assert in_any_order(await found(session)) == set(ALL)


async def test_what_cannot_be_ruled_is_refused(session: Session) -> None:
    for employee, other, code in (
        ("QA", "Q0", "unknown-employee"),
        ("Q0", "QA", "unknown-employee"),
        ("QA", "QA", "same-already"),
    ):
        with pytest.raises(RuleBroken, match=code):
            await two(session, employee, other)
    nothing = TakeBackTwoPeople(ruling=uuid7(), reason="弄错了")
    with pytest.raises(RuleBroken, match="unknown-ruling"):
        await take_back_two_people(nothing, WHOLE, session)
    with pytest.raises(RuleBroken, match="forbidden"):
        await take_back_two_people(nothing, ONE, session)


async def test_a_name_and_birth_date_that_many_share_suggests_nobody(session: Session) -> None:
    who = {"name": "齐众人", "birth_date": "1970-01-01"}
    crowd = [f"QX{n:02}" for n in range(MANY + 2)]
    await take(
        [one for number in crowd for one in worked(number, "2024-01-01", **who)], session, batch=99
    )
    assert not [one for one in pairs(await found(session, limit=200)) if one[0] in crowd]


async def test_who_was_here_before_pairs_were_looked_for_is_found_too(session: Session) -> None:
    await session.execute(text("DELETE FROM suspected_pair"))
    last: UUID | None = UUID(int=0)
    while last is not None:
        last = await look_at_everybody(last, session)
    await session.execute(OF_OTHERS)
    assert in_any_order(await found(session)) == set(ALL)


GROW = """
    WITH people AS (
        INSERT INTO person (id, employee, name, born)
        SELECT uuidv7(), 'QP' || n, 'n' || n % 20000,
            CASE WHEN n % 3 > 0 THEN DATE '1960-01-01' + (n * 7) % 14000 END
        FROM generate_series(1, 100000) AS n RETURNING id, employee
    ), numbered AS (
        SELECT id, lag(id) OVER (ORDER BY id) AS before, row_number() OVER (ORDER BY id) AS n
        FROM people
    )
    INSERT INTO suspected_pair (one, other, reason, same_birth_date, days, rank)
    SELECT before, id, 'hired-again', true, 1, 1 + n % 5 FROM numbered
    WHERE n % 50 = 0
"""


async def test_among_a_hundred_thousand_people_it_is_found_and_listed_by_index(
    session: Session,
) -> None:
    await session.execute(text(GROW))
    await session.execute(text("ANALYZE person, suspected_pair"))
    people = list(await session.scalars(text("SELECT id FROM person LIMIT 500")))
    plan = await planned(session, NEAR, people=people, most=MANY + 1)
    assert plan.count("person_named") == 2, plan
    assert "Seq Scan" not in plan, plan
    there = {"reach": ["company"], "path": "company", "employee": None, "today": today()}
    place = {"rank": None, "other": None, "one": None, "limit": 51}
    plan = await planned(session, PAGE, **there, **place)
    assert "suspected_pair_rank" in plan, plan
    assert "person_pkey" in plan, plan
    assert "Seq Scan on person" not in plan, plan
    plan = await planned(session, COUNT, **there)
    assert "person_pkey" in plan, plan
    assert "Seq Scan on person" not in plan, plan


async def planned(session: Session, statement: str, **given: Any) -> str:
    rows = await session.scalars(text(f"EXPLAIN {statement}"), given)
    return "\n".join(rows)


async def test_who_is_erased_is_in_no_pair_and_in_no_ruling(session: Session) -> None:
    taken = await two(session, "QB", "QA")
    await take_back_two_people(taken, WHOLE, session)
    await two(session, "QB", "QA")
    kept = await two(session, "QB", "QC")
    of = text("SELECT id FROM person WHERE employee = 'QA'")
    gone = await session.scalar(of)
    await erase(gone, today(), session)
    assert in_any_order(await found(session)) == {ALL[3]}
    assert [one.ruling for one in (await decided(session)).items] == [kept.ruling]
    left = text("SELECT name, born FROM person WHERE id = :gone")
    assert (await session.execute(left, {"gone": gone})).one() == (None, None)
