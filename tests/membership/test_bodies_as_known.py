"""Union bodies as they were known at a moment: what was entered or taken back later is none."""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from services.membership.bodies.elections import withdraw_term
from services.membership.bodies.founding import dissolve_body
from services.membership.bodies.seats import end_seat, fill_seat
from services.membership.on_paper import admit_member
from shared.contracts.membership import (
    AdmitMember,
    BodyOf,
    DissolveBody,
    EndSeat,
    FillSeat,
    WithdrawTerm,
)
from shared.database import Session, Sessions
from shared.rights import RuleBroken
from tests.membership.bodies_made import elected, founded, held, listed, seat_of, seen
from tests.membership.refusals import refused
from tests.membership.test_as_known import done, now, plant
from tests.membership.test_hr_events import event
from tests.membership.test_members import IT
from tests.membership.test_roll import OFFICER, hired

FIRST, SECOND, THIRD = date(2023, 3, 1), date(2024, 3, 1), date(2025, 3, 1)
DAYS = [FIRST, date(2023, 9, 1), SECOND, date(2024, 9, 1), THIRD]


async def members(sessions: Sessions, unit: str, *numbers: str) -> None:
    """A plant with members since 2022."""
    begun = "2022-01-01"
    people = [each for number in numbers for each in hired(number, f"某{number}", unit, begun)]
    await done(sessions, plant(unit), *people)
    async with sessions() as session:
        for number in numbers:
            signed = AdmitMember(employee=number, on=date(2022, 2, 1), reference="k")
            await admit_member(signed, OFFICER, session)
        await session.commit()


async def test_what_was_entered_of_a_body_later_does_not_change_what_was_known(
    committing: Sessions,
) -> None:
    await members(committing, "kb-one", "KB1", "KB2", "KB3")
    before = await now(committing)
    async with committing() as session:
        id = await founded(session, unit="kb-one", on=FIRST)
        await elected(session, id, FIRST, "KB1", "KB2")
        await session.commit()
    first = await now(committing)
    async with committing() as session:
        seat = seat_of(await seen(session, id, FIRST), "KB2").seat
        await end_seat(EndSeat(seat=seat, why="resigned", on=date(2023, 6, 1)), IT, session)
        await session.commit()
    resigned = await now(committing)
    async with committing() as session:
        mistaken = await elected(session, id, SECOND, "KB3", "KB2")
        await session.commit()
    second = await now(committing)
    async with committing() as session:
        await withdraw_term(WithdrawTerm(term=mistaken, reason="r"), IT, session)
        await dissolve_body(DissolveBody(body=id, on=THIRD), IT, session)
        await session.commit()
    third = await now(committing)
    async with committing() as session:
        await dissolve_body(DissolveBody(body=id, on=date(2024, 6, 1)), IT, session)
        await session.commit()

    on = date(2024, 9, 1)
    async with committing() as session:

        async def sat(known: datetime | None, on: date = on) -> list[str]:
            told = await seen(session, id, on, known=known)
            assert told.known == known
            return [employee for _, employee, _ in held(told)]

        assert await sat(first) == ["KB1", "KB2"]
        assert await sat(resigned) == ["KB1"]
        assert await sat(second) == ["KB3", "KB2"]
        assert await sat(third) == ["KB1"]
        assert await sat(third, THIRD) == []
        assert await sat(None) == []
        ended = [
            (await seen(session, id, known=known)).dissolved_on for known in (second, third, None)
        ]
        assert ended == [None, THIRD, date(2024, 6, 1)]
        heads = [
            [one.head and one.head.employee for one in told.items]
            for known in (before, first, second, third, None)
            for told in [await listed(session, unit="kb-one", on=on, known=known)]
        ]
        assert heads == [[], ["KB1"], ["KB3"], ["KB1"], []]
        answer = await refused(seen(session, id, on, known=before))
        assert (answer.code, answer.status) == ("not-known-then", 404)


async def test_who_was_counted_below_a_body_is_as_known_too(committing: Sessions) -> None:
    await members(committing, "kb-two", "KB4", "KB5")
    async with committing() as session:
        id = await founded(session, unit="kb-two", on=FIRST)
        whole = await founded(session, unit="company", kind="auditors", on=FIRST)
        await elected(session, id, FIRST, "KB4", "KB5")
        await session.commit()
    known = await now(committing)
    async with committing() as session:
        everybody = (await seen(session, whole, SECOND)).members
    await done(committing, event("employee-left", employee="KB5", on="2023-06-01"))
    async with committing() as session:
        now_, then = await seen(session, id, SECOND), await seen(session, id, SECOND, known=known)
        assert (now_.members, then.members) == (1, 2)
        assert not seat_of(now_, "KB5").employed
        assert seat_of(then, "KB5").employed
        assert (await seen(session, whole, SECOND, known=known)).members == everybody
        assert (await seen(session, whole, SECOND)).members == everybody - 1


# --------------------------------------------------------------------------------------- law


@dataclass
class Said:
    """What was said of a body so far."""

    dissolved: date | None = None
    terms: dict[UUID, date] = field(default_factory=dict)
    seats: dict[UUID, tuple[UUID, str, date]] = field(default_factory=dict)
    ends: dict[UUID, date] = field(default_factory=dict)

    def sitting(self, on: date) -> set[tuple[UUID, str]]:
        """A seat goes on until it is ended, the next term begins, or the body ends."""
        found = set()
        for seat, (term, employee, since) in self.seats.items():
            if term not in self.terms:
                continue
            later = [each for each in self.terms.values() if each > self.terms[term]]
            over = [self.dissolved, self.ends.get(seat), min(later, default=None)]
            if since <= on < min((day for day in over if day), default=date.max):
                found.add((seat, employee))
        return found


async def test_a_body_known_at_a_moment_is_the_fold_of_what_was_said_by_then(
    committing: Sessions,
) -> None:
    """For stories in any order of days. And all else that is told of it, the counts and verdicts,
    is what was answered at that moment, to the letter."""
    for seed in range(3):
        unit, people = f"kb-s{seed}", [f"KS{seed}{number}" for number in range(6)]
        await members(committing, unit, *people)
        async with committing() as session:
            id = await founded(session, unit=unit, on=FIRST)
            await session.commit()
        said, chance = Said(), Random(seed)
        answers = []
        for step in range(20):
            async with committing() as session:
                try:
                    await say_something(said, id, people, chance, session, step > 14)
                    await session.commit()
                except RuleBroken:
                    await session.rollback()
            if step == 12:
                on, number = chance.choice(DAYS), chance.choice(people)
                await done(committing, event("employee-left", employee=number, on=str(on)))
            known = await now(committing)
            async with committing() as session:
                for on in DAYS:
                    assert sitting(await seen(session, id, on)) == said.sitting(on)
                    answers.append((known, on, said.sitting(on), await told(session, id, on, None)))
        changed = [on for _, on, sat, _ in answers if sat != said.sitting(on)]
        assert len(changed) > 10, "the story tells something"
        async with committing() as session:
            for known, on, sat, told_then in answers:
                assert sitting(await seen(session, id, on, known=known)) == sat
                assert await told(session, id, on, known) == told_then


async def say_something(
    said: Said, id: UUID, people: list[str], chance: Random, session: Session, late: bool
) -> None:
    """One command, and what it says; raises `RuleBroken` where it cannot be."""
    on = chance.choice(DAYS)
    deeds = ["elect", "fill", "end", "withdraw", "dissolve"]
    there = bool(said.terms)
    what = chance.choices(deeds, weights=[5, 5 * there, 4 * there, there, 3 * late])[0]
    if what == "elect":
        term = await elected(session, id, on, *chance.sample(people, 3))
        said.terms[term] = on
        for filled, employee in sitting_in(await seen(session, id, on), term):
            said.seats[filled] = (term, employee, on)
    elif what == "fill":
        employee = chance.choice(people)
        command = FillSeat(body=id, employee=employee, post="member", on=on)
        seat = (await fill_seat(command, IT, session)).id
        current = (await seen(session, id, on)).current
        assert current
        said.seats[seat] = (current, employee, on)
    elif what == "end":
        seat_id = chance.choice(list(said.seats))
        await end_seat(EndSeat(seat=seat_id, why="resigned", on=on), IT, session)
        said.ends[seat_id] = on
    elif what == "withdraw":
        term_id = chance.choice(list(said.terms))
        await withdraw_term(WithdrawTerm(term=term_id, reason="r"), IT, session)
        del said.terms[term_id]
    else:
        await dissolve_body(DissolveBody(body=id, on=on), IT, session)
        said.dissolved = on


def sitting(told: BodyOf) -> set[tuple[UUID, str]]:
    return {(seat.seat, seat.employee) for term in told.terms for seat in term.held if seat.held}


def sitting_in(told: BodyOf, term: UUID) -> list[tuple[UUID, str]]:
    return [
        (seat.seat, seat.employee) for one in told.terms if one.term == term for seat in one.held
    ]


async def told(session: Session, id: UUID, on: date, known: datetime | None) -> list[Any]:
    """All that is told of a body, alone and in the list of its place."""
    whole = await seen(session, id, on, known=known)
    every = await listed(session, unit=whole.unit, on=on, known=known)
    return [whole.model_dump(exclude={"known"}), every.model_dump(exclude={"known"})]
