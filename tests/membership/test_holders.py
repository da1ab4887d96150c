"""Whose a number is: what holds for any rulings, and each turn by its name."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.membership.timeline.holders import Held, Holders, Identified, holders
from tests.membership.said import may

A, B, C = (UUID(int=n) for n in (1, 2, 3))
FIRST = {"a": A, "b": B, "c": C}
BEGINS = {"a": may(1), "b": may(9), "c": may(5)}
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def same(number: str, person: UUID, same_as: UUID, n: int = 100, **more: object) -> Identified:
    made = Identified(UUID(int=n), BEGIN + timedelta(minutes=n), "same-person", number, person)
    return made._replace(same_as=same_as, **more)  # type: ignore[arg-type]


def other(number: str, since: date, n: int = 200, **more: object) -> Identified:
    at = BEGIN + timedelta(minutes=n)
    made = Identified(UUID(int=n), at, "another-human", number, UUID(int=1000 + n), since)
    return made._replace(**more)  # type: ignore[arg-type]


def found(*rulings: Identified) -> Holders:
    return holders(FIRST, rulings, BEGINS)


def test_as_long_as_nothing_is_ruled_each_number_is_one_person() -> None:
    told = found()
    assert told.held == [Held(number, FIRST[number], None, None) for number in "abc"]
    assert told.called == {person: number for number, person in FIRST.items()}
    assert told.same_as == {}


def test_a_person_with_two_numbers_is_called_by_the_later_and_found_by_both() -> None:
    told = found(same("b", B, A))
    assert [one.person for one in told.held if one.number in "ab"] == [A, A]
    assert told.same_as == {B: A}
    assert (told.called[A], told.called[B]) == ("b", "a")
    assert found(same("b", B, A, taken_back=True)) == found()


def test_a_number_that_was_given_again_is_the_strangers_from_that_day() -> None:
    ruling = other("a", may(5))
    told = found(ruling)
    assert [one for one in told.held if one.number == "a"] == [
        Held("a", A, None, may(5)),
        Held("a", ruling.person, may(5), None),
    ]
    assert (told.called[ruling.person], told.called[A]) == ("a", "a~1")
    back = found(ruling._replace(taken_back=True))
    assert back.same_as == {ruling.person: A}, "what was said of the stranger is found"
    assert back.called[A] == "a"


def test_the_stranger_may_turn_out_to_be_somebody_who_is_known() -> None:
    ruling = other("a", may(5))
    told = found(ruling, same("a", ruling.person, C, 300))
    assert [one for one in told.held if one.person == C] == [
        Held("a", C, may(5), None),
        Held("c", C, None, None),
    ]
    assert told.same_as == {ruling.person: C}


@st.composite
def rulings(draw: st.DrawFn) -> list[Identified]:
    """As they can be made: of two people who are not the same, about numbers that they have."""
    made: list[Identified] = []
    for n in range(draw(st.integers(0, 6))):
        told = found(*made)
        now = {one.number: one.person for one in told.held if one.until is None}
        number = draw(st.sampled_from("abc"))
        match draw(st.sampled_from(["same", "other", "back"])):
            case "same":
                others = sorted(set(now.values()) - {now[number]})
                if others:
                    is_ = draw(st.sampled_from(others))
                    made.append(same(number, now[number], is_, 100 + n))
            case "other":
                made.append(other(number, draw(st.dates(may(2), may(9))), 200 + n))
            case _:
                if made:
                    at = draw(st.integers(0, len(made) - 1))
                    made[at] = made[at]._replace(taken_back=True)
    return made


@settings(deadline=None)
@given(rulings(), st.randoms(use_true_random=False))
def test_every_day_of_a_number_is_one_persons_and_every_name_leads_to_one(
    made: list[Identified], chance: random.Random
) -> None:
    told = found(*made)
    for number in FIRST:
        rows = sorted(
            (one for one in told.held if one.number == number),
            key=lambda one: one.since or date.min,
        )
        assert rows[0].since is None
        assert rows[-1].until is None
        assert [row.until for row in rows[:-1]] == [row.since for row in rows[1:]]
    assert len(set(told.called.values())) == len(told.called), "no two people have one name"
    assert not {one.person for one in told.held} & told.same_as.keys()
    for number in FIRST:
        [by_name] = [person for person, name in told.called.items() if name == number]
        [now] = [one for one in told.held if one.number == number and one.until is None]
        assert told.same_as.get(by_name, by_name) == now.person, "a number leads to whose it is"
    shuffled = [*made, *made]
    chance.shuffle(shuffled)
    assert found(*shuffled) == told


@settings(deadline=None)
@given(rulings())
def test_taken_back_all_numbers_are_whose_they_were(made: list[Identified]) -> None:
    told = found(*(each._replace(taken_back=True) for each in made))
    assert told.held == found().held
    assert {person: told.called[person] for person in FIRST.values()} == found().called
