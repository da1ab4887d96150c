"""One person's case whole: what HR said, what the roll makes of it, what could be decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text

from services.membership.desk.choices import Case, choices, proposed
from services.membership.desk.settling import case_of
from services.membership.timeline import Timeline
from services.membership.timeline.person import order, places
from services.membership.timeline.rulings import (
    IDENTITY,
    Reading,
    Ruling,
    as_read,
    fingerprint,
    readings,
)
from services.membership.timeline.unfit import Unfit, seniority
from services.membership.whereabouts import place_of
from shared.contracts.hr import Data, EmployeeHired, HrEvent, OfEmployee, parse
from shared.contracts.membership import (
    Choice,
    Days,
    HrSaid,
    PlacedStay,
    RulingKind,
    RulingMade,
    Spell,
    UnfitCase,
    UnfitCaseOf,
)
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

TWICE = "id-used-twice"
Standing = Literal["counts", "unfit", "nothing-new", "set-aside"]


@asked(UnfitCase)
async def unfit_case(query: UnfitCase, actor: Actor, session: ReadSession) -> UnfitCaseOf:
    """With a dry run of everything that could be decided, so that nobody has to guess."""
    whose = await place_of(query.employee, session)
    query.for_whom.must_include(actor, at=whose.path)
    whose.must_be_known(404)
    case = await case_of(query.employee, session)
    numbers = [one.number for one in case.history.numbers] or [query.employee]
    offered = [_choice(ruling, case, settles=True) for ruling in choices(case)]
    tried = _tried(query)
    if tried is not None and query.event in {fingerprint(event) for event in case.events}:
        one = _choice(tried, case, settles=case.settles(tried))
        offered = [one, *(each for each in offered if each != one)]
    return UnfitCaseOf(
        employee=whose.employee or query.employee,
        name=whose.name,
        place=whose.unit,
        place_name=whose.unit_name,
        said=said(case, await _heard_first(numbers, session)),
        now=days_of(case.now),
        choices=offered,
        rulings=await _rulings_made(numbers, session),
    )


def _tried(query: UnfitCase) -> Ruling | None:
    """What the query asks to be tried."""
    if query.event is None:
        return None
    corrects = query.model_dump(include={"on", "unit", "from_unit"})
    kind: RulingKind = "corrected" if any(corrects.values()) else "set-aside"
    return proposed(kind, query.event, **corrects)


def _choice(ruling: Ruling, case: Case, *, settles: bool) -> Choice:
    return Choice(
        ruling=ruling.kind,
        event=ruling.event,
        over=ruling.over,
        on=ruling.on,
        unit=ruling.unit,
        from_unit=ruling.from_unit,
        then=days_of(case.would_be(ruling)),
        settles=settles,
    )


def days_of(days: Timeline) -> Days:
    return Days(
        employed=[Spell(since=each.since, until=each.until) for each in days.employed],
        stays=[PlacedStay(**stay._asdict()) for stay in days.stays],
        unfit=len(days.unfit),
    )


def said(case: Case, heard: Mapping[str, datetime]) -> list[HrSaid]:
    """HR's events in the order of their days, as HR said them, each content once. `heard`: when
    each was heard first, by its fingerprint."""
    now, read = case.now, readings(case.rulings)
    contents = {
        fingerprint(event): event
        for event in sorted(case.events, key=seniority, reverse=True)
        if places(event)
    }
    counting = as_read(contents.values(), read)
    first = firsts(counting)
    unfit = {(one.source, one.id, one.reason == TWICE): one for one in now.unfit}
    asks_who = any(one.reason == IDENTITY for one in now.unfit)
    lines, effective = [], set[Data]()
    for name, event in sorted(contents.items(), key=lambda each: _day_and_age(each[1])):
        counts = counting.get(name)
        is_first = first.get(_identity(event)) == name
        problem = unfit.get((*_identity(event), not is_first)) if counts else None
        if counts is None:
            standing: Standing = "set-aside"
        elif problem and not _took_effect(problem, counts, now):
            standing = "unfit"
        elif counts.data in effective or not is_first:
            standing = "nothing-new"
        else:
            standing = "counts"
            effective.add(counts.data)
        hire = event.data if asks_who and isinstance(event.data, EmployeeHired) else None
        how = read.get(name, Reading())
        lines.append(
            HrSaid(
                event=name,
                type=event.type,
                on=event.data.on,
                unit=getattr(event.data, "unit", None),
                from_unit=getattr(event.data, "from_unit", None),
                post=getattr(event.data, "post", None),
                until=getattr(event.data, "until", None),
                name=hire and hire.name,
                birth_date=hire and hire.birth_date,
                heard_at=heard[name],
                standing=standing,
                reason=problem and problem.reason,
                detail=problem and problem.sentence,
                corrected_on=how.on,
                corrected_unit=how.unit,
                corrected_from_unit=how.from_unit,
            )
        )
    return lines


def firsts(counting: Mapping[str, HrEvent]) -> dict[tuple[str, str], str]:
    """Identity → of the contents under it the one that counts."""
    return {
        _identity(counting[name]): name
        for name in sorted(counting, key=lambda name: seniority(counting[name]), reverse=True)
    }


def _identity(event: HrEvent) -> tuple[str, str]:
    return event.source, event.id


def _day_and_age(event: HrEvent) -> Any:
    return order(event), seniority(event)


def _took_effect(problem: Unfit, event: HrEvent, now: Timeline) -> bool:
    """A hire whose days fit counts, whoever it was that was hired."""
    assert isinstance(event.data, OfEmployee)
    return problem.reason == IDENTITY and event.data.on in {one.since for one in now.employed}


_HEARD = text("SELECT raw, heard_at FROM hr_event WHERE about = ANY(:about) ORDER BY heard_at DESC")
RULING_MADE = """
    SELECT made.id AS ruling, made.kind, made.event, made.over, made."on", made.unit,
        made.from_unit, made.reason, maker.employee AS by, made.decided_at AS at,
        back.decided_at AS taken_back_at, taker.employee AS taken_back_by,
        back.reason AS taken_back_why
    FROM ruling AS made LEFT JOIN person AS maker ON maker.id = made.decided_by
    LEFT JOIN ruling AS back ON back.takes_back = made.id
    LEFT JOIN person AS taker ON taker.id = back.decided_by
    WHERE made.{whom} = ANY(:whom) AND made.event IS NOT NULL
    ORDER BY made.decided_at DESC, made.id DESC
"""
_MADE = text(RULING_MADE.format(whom="employee"))


async def _heard_first(numbers: list[str], session: ReadSession) -> dict[str, datetime]:
    rows = await session.execute(_HEARD, {"about": numbers})
    return {fingerprint(parse(row.raw)): row.heard_at for row in rows}


async def _rulings_made(numbers: list[str], session: ReadSession) -> list[RulingMade]:
    rows = await session.execute(_MADE, {"whom": numbers})
    return [RulingMade.model_validate(row, from_attributes=True) for row in rows]
