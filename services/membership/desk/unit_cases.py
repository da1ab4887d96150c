"""The case of one unit whole: what HR said, where it stands, what could be decided."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import text

from services.membership import hr
from services.membership.desk import closings
from services.membership.desk.cases import RULING_MADE, TWICE, firsts
from services.membership.desk.choices import proposed
from services.membership.desk.closings import LEFT_IN_IT
from services.membership.desk.unit_choices import (
    Grown,
    TreeCase,
    around,
    choices_about,
    other_of,
)
from services.membership.timeline.rulings import Reading, Ruling, as_read, fingerprint, readings
from services.membership.timeline.unfit import seniority
from shared.contracts.hr import HrEvent, parse
from shared.contracts.membership import (
    UnitCase,
    UnitCaseOf,
    UnitChoice,
    UnitDays,
    UnitRulingMade,
    UnitSaid,
    UnitStands,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.rights import Actor, RuleBroken


@asked(UnitCase)
async def unit_case(query: UnitCase, actor: Actor, session: ReadSession) -> UnitCaseOf:
    """With a dry run of everything that could be decided."""
    query.for_whom.must_include(actor)
    case = await tree_case(session)
    said = {event.subject_key for event in case.events}
    if query.unit not in case.now.tree and query.unit not in said:
        detail = f"HR has said nothing of a unit {query.unit}"
        raise RuleBroken("unknown-unit", detail, field="unit", status=404)
    found = choices_about(query.unit, case)
    offered = [_choice(ruling, query.unit, case, settles=True) for ruling in found]
    tried = _tried(query)
    if tried is not None and query.event in {fingerprint(event) for event in case.events}:
        one = _choice(tried, query.unit, case, settles=case.settles(tried))
        offered = [one, *(each for each in offered if each != one)]
    now = days_of(query.unit, case.now, case)
    near = around(query.unit, case, {name for one in offered for name in (one.event, one.over)})
    return UnitCaseOf(
        unit=query.unit,
        name=now.stands[-1].name if now.stands else None,
        said=_said(near, case, await _heard_first(near, session)),
        now=now,
        choices=offered,
        rulings=await _rulings_made(query.unit, session),
    )


async def tree_case(session: Session | ReadSession) -> TreeCase:
    """All that the tree follows from, as it is now."""
    events, rulings = await hr.history_of_units(session)
    return TreeCase(events, rulings, await closings.people_left(session))


def _tried(query: UnitCase) -> Ruling | None:
    if query.event is None:
        return None
    kind: Literal["corrected", "set-aside"]
    kind = "corrected" if query.on or query.other else "set-aside"
    return proposed(kind, query.event, on=query.on, unit=query.other)


def _choice(ruling: Ruling, unit: str, case: TreeCase, *, settles: bool) -> UnitChoice:
    then = days_of(unit, case.would_be(ruling), case)
    return UnitChoice.model_validate(
        {
            "ruling": ruling.kind,
            "event": ruling.event,
            "over": ruling.over,
            "on": ruling.on,
            "other": ruling.unit,
            "then": then,
            "settles": settles,
        }
    )


def days_of(unit: str, grown: Grown, case: TreeCase) -> UnitDays:
    known = grown.tree.get(unit)
    end = known.end if known else None
    left = case.left.get(unit)
    return UnitDays(
        stands=[
            UnitStands(since=at.since, until=at.until, name=at.name, parent=at.parent)
            for at in (known.placements if known else ())
        ],
        ended_on=end.on if end else None,
        merged_into=end.into if end else None,
        people_left=left.people if left and end and (end.on, end.into) == (left.on, None) else 0,
        unfit=len(grown.unfit),
    )


def _said(
    near: Mapping[str, HrEvent], case: TreeCase, heard: Mapping[str, datetime]
) -> list[UnitSaid]:
    """HR's events in the order of their days, as HR said them."""
    read = readings(case.rulings)
    counting = as_read(case.events, read)
    first = firsts(counting)
    problems = {(one.source, one.id, one.reason == TWICE): one for _, one in case.now.unfit}
    effective: set[Any] = set()
    lines = []
    for name, event in sorted(near.items(), key=lambda each: _age(each[1])):
        counts = counting.get(name)
        is_first = first.get((event.source, event.id)) == name
        problem = problems.get((event.source, event.id, not is_first)) if counts else None
        standing: Literal["counts", "unfit", "nothing-new", "set-aside"] = "counts"
        if counts is None:
            standing = "set-aside"
        elif problem and problem.reason != LEFT_IN_IT:
            standing = "unfit"
        elif counts.data in effective or not is_first:
            standing = "nothing-new"
        else:
            effective.add(counts.data)
        how = read.get(name, Reading())
        lines.append(
            UnitSaid(
                event=name,
                type=event.type,
                unit=event.subject_key,
                on=getattr(event.data, "on", None),
                name=getattr(event.data, "name", None),
                other=other_of(event),
                heard_at=heard[name],
                standing=standing,
                reason=problem and problem.reason,
                detail=problem and problem.sentence,
                corrected_on=how.on,
                corrected_other=how.unit,
            )
        )
    return lines


def _age(event: HrEvent) -> Any:
    return getattr(event.data, "on", None) or date.min, seniority(event)


_HEARD = text("""
    SELECT raw, heard_at FROM hr_event
    WHERE type LIKE 'hr.unit-%' AND about = ANY(:units)
    ORDER BY heard_at DESC
""")
_MADE = text(RULING_MADE.format(whom="about_unit"))


async def _heard_first(events: Mapping[str, HrEvent], session: ReadSession) -> dict[str, datetime]:
    units = {event.subject_key for event in events.values()}
    rows = await session.execute(_HEARD, {"units": list(units)})
    return {fingerprint(parse(row.raw)): row.heard_at for row in rows}


async def _rulings_made(unit: str, session: ReadSession) -> list[UnitRulingMade]:
    rows: Iterable[Any] = await session.execute(_MADE, {"whom": [unit]})
    return [UnitRulingMade.model_validate(row, from_attributes=True) for row in rows]
