"""Who has been without dues and without taking part for long: the officers' list, and one member's
own. What it says follows from the books and days of now; nothing of it is kept."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.dues.rules import cited, months_before, name_of
from services.membership.lapse import rules
from services.membership.lapse.evidence import evidence_of, law_at
from services.membership.lapse.rules import Evidence, Law, Run
from services.membership.on_paper import must_look_after
from services.membership.paging import cursor_after, place_in
from services.membership.provinces.lying import provinces_known
from services.membership.rules import RULEBOOK
from services.membership.units import known_unit
from services.membership.whereabouts import LAST
from services.membership.whose import IDS, JOINED
from shared.calendar import today
from shared.contracts.membership import (
    Admonition,
    Declaration,
    Lapse,
    LapseCount,
    LapseCounts,
    LapseCountsOf,
    LapseOf,
    LapseOfPerson,
    Lapses,
    LapseSeen,
    LapsesOf,
    LapseState,
)
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor
from shared.rulebook import Version, read_rule

AT_ONCE = 500
COUNTED = 1000

# Faults of the months that can prove something, payroll by payroll; and whoever is admonished.
CANDIDATES = f"""
    WITH joined AS MATERIALIZED ({JOINED}), missed AS (
        SELECT coalesce(joined.same_as, fault.person) AS person
        FROM payroll JOIN dues_fault AS fault ON fault.payroll = payroll.id
        LEFT JOIN joined ON joined.id = fault.person
        WHERE payroll.state = 'booked' AND payroll.month >= :since AND fault.kind = 'missing'
            AND fault.settled IS NULL AND fault.person IS NOT NULL
        GROUP BY 1 HAVING count(DISTINCT payroll.month) >= :months
    ), candidate AS (
        SELECT person FROM missed UNION
        SELECT coalesce(joined.same_as, admonition.person)
        FROM admonition LEFT JOIN joined ON joined.id = admonition.person
        WHERE admonition.ended IS NULL
    )
    SELECT person.id AS person, person.employee, person.name, last.code AS unit,
        last.name AS unit_name, last.path, admonition.id AS admonition, admonition.said_on,
        admonition.way, admonition.reason, admonition.due_on, admonition.ended, admonition.ended_on,
        admonition.ended_for, admonition.first_month, admonition.last_month,
        admonition.verdict
    FROM candidate JOIN LATERAL (
        SELECT id, employee, name FROM person
        WHERE id = candidate.person AND employee > :after OFFSET 0
    ) AS person ON true
    LEFT JOIN LATERAL ({LAST}) AS last ON true
    LEFT JOIN LATERAL (
        SELECT * FROM admonition
        WHERE admonition.person = ANY({IDS.format(person="person.id")}) AND ended IS NULL
        ORDER BY id LIMIT 1
    ) AS admonition ON true
    WHERE EXISTS (
        SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
        WHERE coalesce(last.path, '{COMPANY}') = above.path
            OR starts_with(last.path, above.path || '/')
    ) AND (
        :path = '{COMPANY}' OR last.path = :path OR starts_with(last.path, :path || '/')
    )
    ORDER BY person.employee LIMIT :limit
"""  # noqa: S608 - all of it is ours


@asked(Lapses)
async def lapses(query: Lapses, actor: Actor, session: ReadSession) -> LapsesOf:
    """By employee number."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    (after,) = place_in(query.cursor, 1)
    items: list[LapseSeen] = []
    async for row, lapse, away, state in _found(reach, path, after or "", session):
        if query.state in (None, state):
            items.append(_seen(row, lapse, state, away=away))
        if len(items) > query.limit:
            break
    shown = items[: query.limit]
    more = len(items) > query.limit
    return LapsesOf(items=shown, cursor=cursor_after(shown[-1].employee) if more else None)


@asked(LapseCounts)
async def lapse_counts(query: LapseCounts, actor: Actor, session: ReadSession) -> LapseCountsOf:
    """For the list of what waits."""
    reach = query.for_whom.reach(actor)
    found: Counter[tuple[str | None, str | None, LapseState]] = Counter()
    async for row, _, _, state in _found(reach, COMPANY, "", session):
        if found.total() == COUNTED:
            return LapseCountsOf(items=_by_unit(found), more=True)
        found[row.unit, row.unit_name, state] += 1
    return LapseCountsOf(items=_by_unit(found), more=False)


def _by_unit(found: Counter[tuple[str | None, str | None, LapseState]]) -> list[LapseCount]:
    units = sorted({(code, name) for code, name, _ in found}, key=lambda unit: unit[0] or "")
    return [
        LapseCount(
            unit=code,
            unit_name=name,
            to_admonish=found[code, name, "to-admonish"],
            running=found[code, name, "running"],
            over=found[code, name, "over"],
        )
        for code, name in units
    ]


async def _found(
    reach: list[str], path: str, after: str, session: ReadSession
) -> AsyncIterator[tuple[Any, Lapse, bool, LapseState]]:
    """Those against whom the months speak, from that number on."""
    on, known = today(), await provinces_known(session)
    laws = {code: rules.law(on, code) for code in known.codes()}
    given: dict[str, Any] = {
        "since": months_before(on.replace(day=1), max(by.within for by in laws.values())),
        "months": min(by.months for by in laws.values()),
        "reach": reach,
        "path": path,
        "today": on,
        "limit": AT_ONCE,
    }
    while True:
        rows = (await session.execute(text(CANDIDATES), given | {"after": after})).all()
        evidence = await evidence_of([row.person for row in rows], session)
        for row in rows:
            seen, by = evidence[row.person], laws[known.at(row.path, on)]
            run = _run(row, seen, by)
            state = rules.state(row.due_on, row.ended, run, on)
            if run and state:
                yield row, _lapse(run, seen, by.deemed), rules.away_on(seen, on), state
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].employee


def _run(row: Any, seen: Evidence, by: Law) -> Run | None:
    """Of the admonition that stands, while its months do; else those for which one may be given."""
    if row is None or row.first_month is None:
        return rules.lapsed(seen, today(), by)
    run = Run(row.first_month, row.last_month)
    return run if rules.stands(run, seen, today(), by) else None


def _seen(row: Any, lapse: Lapse, state: LapseState, *, away: bool) -> LapseSeen:
    return LapseSeen(
        employee=row.employee,
        name=row.name,
        unit=row.unit,
        unit_name=row.unit_name,
        state=state,
        away=away,
        lapse=lapse,
        admonition=_admonition(row) if row.admonition else None,
    )


def _lapse(run: Run, seen: Evidence, by: Version) -> Lapse:
    return Lapse(
        first_month=name_of(run.first),
        last_month=name_of(run.last),
        months=len(list(rules.months_of(run))),
        active_on=seen.active_on,
        days_away=rules.days_away(seen, run.first, run.after),
        by=cited(by),
    )


def _admonition(row: Any) -> Admonition:
    return Admonition(
        on=row.said_on,
        way=row.way,
        reason=row.reason,
        due_on=row.due_on,
        ended=row.ended,
        ended_on=row.ended_on,
        ended_for=row.ended_for,
        by=cited(_version(row.verdict)),
    )


def _version(verdict: Mapping[str, Any]) -> Version:
    """The one that it was judged by."""
    versions = read_rule(RULEBOOK / f"{verdict['rule']}.toml")
    return next(each for each in versions if each.number == verdict["version"])


# ---------------------------------------------------------------------------------- one member

_ADMONITIONS = text(f"""
    SELECT said_on, way, reason, due_on, ended, ended_on, ended_for, first_month, last_month,
        verdict
    FROM admonition WHERE person = ANY({IDS.format(person="CAST(:person AS uuid)")})
    ORDER BY id DESC
""")  # noqa: S608 - all of it is ours
_DECLARATIONS = text(f"""
    SELECT left_on AS "on", reference, reversed_on, reversed_for
    FROM deemed_left WHERE person = ANY({IDS.format(person="CAST(:person AS uuid)")})
    ORDER BY id DESC
""")  # noqa: S608


@asked(LapseOf)
async def lapse_of(query: LapseOf, actor: Actor, session: ReadSession) -> LapseOfPerson:
    """The member reads the same as the officers of their place."""
    person: UUID = await must_look_after(query.employee, query.for_whom, actor, session, status=404)
    by = await law_at(person, session)
    seen = (await evidence_of([person], session))[person]
    admonitions = (await session.execute(_ADMONITIONS, {"person": person})).all()
    standing: Any = next((each for each in admonitions if each.ended is None), None)
    run = _run(standing, seen, by)
    declarations = await session.execute(_DECLARATIONS, {"person": person})
    return LapseOfPerson(
        person=person,
        employee=query.employee,
        state=rules.state(standing and standing.due_on, None, run, today()),
        lapse=_lapse(run, seen, by.deemed) if run else None,
        away=rules.away_on(seen, today()),
        admonitions=[_admonition(row) for row in admonitions],
        declarations=[
            Declaration.model_validate(row, from_attributes=True) for row in declarations
        ],
        proof=cited(by.proof),
        mending=cited(by.mending),
    )
