"""Settling whose a number is: two numbers of one person, or one that was given to two people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from services.membership import hr, numbers, people, units
from services.membership.desk import pairs
from services.membership.desk.cases import days_of
from services.membership.desk.rulings import keep_ruling
from services.membership.histories import History, events_about, histories_of
from services.membership.numbers import Group, Ruled, ruled
from services.membership.timeline.holders import Holders, Identified
from services.membership.timeline.rulings import Ruling
from services.membership.units import Places
from services.membership.whereabouts import place_of
from shared.contracts.hr import EmployeeHired
from shared.contracts.membership import (
    NumberCase,
    NumberCaseOf,
    Numbered,
    NumberHeld,
    RuleAnotherHuman,
    RuleSamePerson,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken


@asked(RuleSamePerson)
async def rule_same_person(command: RuleSamePerson, actor: Actor, session: Session) -> Accepted:
    """From here on both numbers lead to one person, and the days follow from all that HR says of
    either."""
    await people.hold([command.employee, command.other], session)
    for number in (command.employee, command.other):
        whose = await place_of(number, session)
        command.for_whom.must_include(actor, at=whose.path)
        whose.must_be_known()
    question = await _question(command.employee, command.other, command.on, session)
    return await _decide(question, command.reason, actor, session)


@asked(RuleAnotherHuman)
async def rule_another_human(command: RuleAnotherHuman, actor: Actor, session: Session) -> Accepted:
    """From that day on what HR says of the number is of a new person, who inherits nothing."""
    await people.hold([command.employee], session)
    whose = await place_of(command.employee, session)
    command.for_whom.must_include(actor, at=whose.path)
    whose.must_be_known()
    question = await _question(command.employee, None, command.on, session)
    return await _decide(question, command.reason, actor, session)


@dataclass(frozen=True)
class Question:
    """A ruling that could be made. `wrong` says why not."""

    ruling: Identified
    known: Ruled
    wrong: RuleBroken | None

    @property
    def now(self) -> Holders:
        return self.known.with_one_more(None)

    @property
    def then(self) -> Holders:
        return self.known.with_one_more(self.ruling)


async def _question(
    number: str, other: str | None, on: date | None, session: Session | ReadSession
) -> Question:
    whose = await place_of(number, session)
    same_as = (await place_of(other, session)).person if other else None
    assert whose.person
    near = {each for each in (whose.person, same_as) if each}
    known = await ruled({number, *([other] if other else [])}, near, session)
    begun = known.begins.get(number)
    # The days before are somebody else's: then there is one person more.
    parted = other is None or (on is not None and begun is not None and begun < on)
    kind: Literal["same-person", "another-human"] = "same-person" if other else "another-human"
    ruling = Identified(
        id=uuid7(),
        decided_at=datetime.now(UTC),
        kind=kind,
        number=number,
        person=uuid7() if parted else whose.person,
        since=on if parted else None,
        same_as=same_as,
    )
    hires = await _hires(number, session)
    return Question(ruling, known, why_not(ruling, known.with_one_more(None), hires))


async def _hires(number: str, session: Session | ReadSession) -> list[date]:
    told = (await events_about([number], session)).get(number, [])
    return [event.data.on for event in told if isinstance(event.data, EmployeeHired)]


async def _decide(question: Question, reason: str, actor: Actor, session: Session) -> Accepted:
    if question.wrong:
        raise question.wrong
    ruling = question.ruling
    if ruling.since is not None:
        await numbers.make(ruling.person, session)
    made = Ruling(ruling.id, ruling.decided_at, kind=ruling.kind)
    why = {"employee": ruling.number, "reason": reason, "decided_by": actor.must_be_someone()}
    await keep_ruling(made, session, **why)
    await numbers.keep_ruling(ruling, session)
    near = {each for each in (ruling.person, ruling.same_as) if each}
    await hr.place_again(await numbers.settle([ruling.number], near, session), session)
    return Accepted(id=ruling.id)


# ---------------------------------------------------------------------------------- rules


def why_not(ruling: Identified, now: Holders, hires: Iterable[date]) -> RuleBroken | None:
    """Why that cannot be ruled; None when it can."""
    held = [one for one in now.held if one.number == ruling.number]
    if not held:
        return RuleBroken(
            "unknown-employee", "HR has said nothing of this number", field="employee"
        )
    if ruling.same_as is not None and ruling.since is None and ruling.person == ruling.same_as:
        return RuleBroken("same-already", "these are numbers of one person already", field="other")
    if ruling.since is None:
        return None
    if not any(ruling.since <= day for day in hires):
        detail = "HR says nobody was hired under this number on that day or later"
        return RuleBroken("nobody-hired", detail, field="on")
    if ruling.same_as is None and not any(day < ruling.since for day in hires):
        detail = "HR says nobody was hired under this number before that day"
        return RuleBroken("nobody-before", detail, field="on")
    if any(one.since == ruling.since for one in held):
        detail = "from that day on the number is another's already"
        return RuleBroken("another-already", detail, field="on")
    return None


# ---------------------------------------------------------------------------------- queries


@asked(NumberCase)
async def number_case(query: NumberCase, actor: Actor, session: ReadSession) -> NumberCaseOf:
    """With a dry run of what could be ruled."""
    asked_about = [query.employee, *([query.other] if query.other else [])]
    for number in asked_about:
        whose = await place_of(number, session)
        query.for_whom.must_include(actor, at=whose.path)
        whose.must_be_known(404)
    whose = await place_of(query.employee, session)
    places = await units.places(session)
    told = await histories_of(asked_about, session)
    now = await _numbered(told, places, session)
    then: list[Numbered] = []
    refused = None
    if query.other or query.on:
        question = await _question(query.employee, query.other, query.on, session)
        refused = question.wrong.answer.code if question.wrong else None
        if not refused:
            then = await _numbered(await _as_they_would_be(question, session), places, session)
    assert whose.person
    return NumberCaseOf(
        employee=whose.employee or query.employee,
        now=now,
        then=then,
        suspected=await pairs.with_whom(whose.person, session),
        refused=refused,
    )


async def _as_they_would_be(question: Question, session: ReadSession) -> list[History]:
    would = question.then
    group = Group(list(would.held), dict(would.called), dict(would.same_as))
    return await histories_of(question.known.first, session, group=group)


async def _numbered(
    told: Iterable[History], places: Places, session: ReadSession
) -> list[Numbered]:
    """Those who have days of their own."""
    return [
        Numbered(
            person=each.person,
            employee=each.called,
            name=hr.name_of(each.counting()),
            birth_date=hr.born_of(each.counting()),
            numbers=[
                NumberHeld(number=o.number, since=o.since, until=o.until) for o in each.numbers
            ]
            or [NumberHeld(number=each.called)],
            days=days_of(each.timeline(places.ids, places.ends)),
        )
        for each in told
        if each.same_as is None
    ]
