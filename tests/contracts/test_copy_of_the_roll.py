"""The copies of the roll, in a service and in the views: of several facts about one person, taken
together, the last one counts, as if they had come one after the other."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.home import Home
from services.gateway.views import people
from services.gateway.views.statements import together
from shared import roll
from shared.contracts.membership import (
    InProvince,
    NumberHeld,
    PersonPlaced,
    Spell,
    Stay,
    UnitPlaced,
)
from shared.database import Session
from shared.facts import Heard
from shared.messages import Fact, uuid7
from shared.reacting import React, Reactions
from tests.conftest import rolled_back

APRIL, MAY = date(2024, 4, 1), date(2024, 5, 1)
JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)


def unit_placed() -> UnitPlaced:
    unit = uuid7()
    code = f"copy-{unit.hex[-12:]}"
    path = f"company/{code}"
    return UnitPlaced(
        unit=unit, code=code, name=code, kind="plant", parent=uuid7(), path=path, plant=path
    )


def placed(person: UUID, *stays: Stay, until: date | None = None) -> PersonPlaced:
    employed = [Spell(since=MAY, until=until), Spell(since=JULY)] if until else [Spell(since=MAY)]
    number = f"Y{person.hex[-12:]}"
    return PersonPlaced(person=person, employee=number, employed=employed, stays=list(stays))


def told() -> tuple[list[Fact], UUID, UUID]:
    """One is hired, moves and is hired again; another, in between, goes nowhere."""
    here, there, one, other = unit_placed(), unit_placed(), uuid7(), uuid7()
    facts = [
        here,
        there,
        placed(one, Stay(since=MAY, unit=here.unit)),
        placed(other),
        placed(
            one,
            Stay(since=MAY, until=JUNE, unit=here.unit, post="操作工"),
            Stay(since=JULY, unit=there.unit),
            until=JUNE,
        ),
    ]
    return facts, one, other


async def taken(react: React, facts: Sequence[Fact], session: Session) -> None:
    batch = [Heard(fact.aggregate, 1, fact, fact.address("hq"), b"") for fact in facts]
    await react(batch, session)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_service_knows_the_last_that_was_said(home: Home, at_once: bool) -> None:
    facts, one, other = told()
    react = Reactions([roll.keep_unit, roll.keep_people])
    async with rolled_back(home, "democracy") as session:
        for some in [facts] if at_once else [[fact] for fact in facts]:
            await taken(react, some, session)
        found = {on: await roll.placed(one, session, on=on) for on in (MAY, JUNE, JULY)}
        nowhere = await roll.placed(other, session, on=JULY)
    units = [fact.unit for fact in facts[:2] if isinstance(fact, UnitPlaced)]
    assert [(was.employed, was.unit) for was in found.values() if was] == [
        (True, units[0]),
        (False, None),
        (True, units[1]),
    ]
    assert nowhere is not None
    assert (nowhere.employed, nowhere.unit) == (True, None)


@pytest.mark.parametrize("at_once", [True, False])
async def test_the_views_show_the_last_that_was_said(home: Home, at_once: bool) -> None:
    facts, one, other = told()
    react = together(Reactions([people.keep_unit, people.keep_people]))
    async with rolled_back(home, "gateway") as session:
        for some in [facts] if at_once else [[fact] for fact in facts]:
            await taken(react, some, session)
        rows = await session.execute(
            text("""
                SELECT person.id, CAST(person.employed AS text), stay.unit, stay.post,
                    CAST(stay.during AS text)
                FROM person LEFT JOIN stay ON stay.person = person.id
                WHERE person.id IN (:one, :other) ORDER BY person.id, stay.during
            """),
            {"one": one, "other": other},
        )
        found = [tuple(row) for row in rows]
    units = [fact.unit for fact in facts[:2] if isinstance(fact, UnitPlaced)]
    work = "{[2024-05-01,2024-06-01),[2024-07-01,)}"
    assert found == [
        (one, work, units[0], "操作工", "[2024-05-01,2024-06-01)"),
        (one, work, units[1], None, "[2024-07-01,)"),
        (other, "{[2024-05-01,)}", None, None, None),
    ]


LIES = (InProvince(province="CN-SX", until=MAY), InProvince(province="CN-ZJ", since=JUNE))


@pytest.mark.parametrize("service", ["democracy", "training", "welfare", "gateway"])
async def test_where_a_unit_lies_is_kept_by_all_and_told_again_it_is_the_same(
    home: Home, service: str
) -> None:
    """As it is after an upgrade: stated without provinces, and once more with them."""
    plain = unit_placed()
    fact = plain.model_copy(update={"provinces": LIES})
    react: React = Reactions([roll.keep_unit])
    if service == "gateway":
        react = together(Reactions([people.keep_unit]))
    rows = []
    async with rolled_back(home, service) as session:
        for facts in ([plain], [plain, fact], [fact], [plain, fact, fact]):
            await taken(react, facts, session)
            found = await session.execute(
                text("SELECT * FROM unit WHERE id = :unit"), {"unit": plain.unit}
            )
            rows.append(dict(found.one()._mapping))
        if service != "gateway":
            somebody = placed(uuid7(), Stay(since=APRIL, unit=fact.unit))
            await taken(Reactions([roll.keep_people]), [somebody], session)
            asked = [(somebody.person, on) for on in (APRIL, MAY, JUNE)]
            assert await roll.provinces_of(asked, session) == ["CN-SX", "*", "CN-ZJ"]
    assert rows[1] == rows[2] == rows[3]
    assert (rows[0] == rows[1]) == (service == "gateway"), "the views need none of it"


def given_on() -> tuple[list[PersonPlaced], dict[UUID, str]]:
    """A number goes to another human being; two swap theirs, and one turns out to be another."""
    was, now, left, right, same = (uuid7() for _ in range(5))
    number, mine, yours = (f"Z{each.hex[-12:]}" for each in (was, left, right))

    def called(
        person: UUID, by: str, *, ruled: bool = True, of: UUID | None = None
    ) -> PersonPlaced:
        told = [NumberHeld(number=by, since=JUNE)] if ruled else []
        return PersonPlaced(
            person=person, employee=by, employed=[], stays=[], numbers=told, same_as=of
        )

    facts = [
        called(was, number, ruled=False),
        called(left, mine, ruled=False),
        called(right, yours, ruled=False),
        called(same, f"{mine}-2", ruled=False),
        called(now, number),
        called(left, yours),
        called(right, mine),
        called(was, f"{number}~1"),
        called(same, f"{mine}-2", of=right),
    ]
    return facts, {
        was: f"{number}~1",
        now: number,
        left: yours,
        right: mine,
        same: f"{mine}-2",
    }


@pytest.mark.parametrize("service", ["democracy", "gateway"])
@pytest.mark.parametrize("begun", [0, 4, 5, 6, 9])
async def test_numbers_go_from_one_to_another_however_facts_are_batched(
    home: Home, service: str, begun: int
) -> None:
    """The facts up to there at once, those after it at once."""
    facts, expected = given_on()
    react: React = Reactions([roll.keep_people])
    if service == "gateway":
        react = together(Reactions([people.keep_people]))
    async with rolled_back(home, service) as session:
        for some in (facts[:begun], facts[begun:]):
            if some:
                await taken(react, some, session)
        rows = await session.execute(
            text("SELECT id, employee, same_as FROM person WHERE id = ANY(:people)"),
            {"people": list(expected)},
        )
        found = {row.id: (row.employee, row.same_as) for row in rows}
    same_as = {fact.person: fact.same_as for fact in facts}
    assert found == {person: (number, same_as[person]) for person, number in expected.items()}
