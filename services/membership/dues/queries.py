"""What is told of dues: a payroll before it is booked, a month, its faults, a person's own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.dues import rules
from services.membership.dues.funds import funds_of_month, receipts_of
from services.membership.dues.matching import findings, is_fault, names_of
from services.membership.dues.payrolls import amounts_in, payroll_seen
from services.membership.dues.unreported import unreported
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.provinces.lying import province_of, provinces_known
from services.membership.units import known_unit
from services.membership.whose import IDS, WHOSE
from shared.calendar import today
from shared.contracts.membership import (
    DuesFault,
    DuesFaults,
    DuesFaultsOf,
    DuesOf,
    DuesOfPerson,
    DuesReport,
    DuesReportOf,
    Found,
    PaidMonth,
    PayrollCheck,
    PayrollChecked,
    PayrollFault,
    PayrollOf,
)
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor

Amounts = Mapping[tuple[UUID, int], bytes]


@asked(PayrollCheck)
async def payroll_check(query: PayrollCheck, actor: Actor, session: ReadSession) -> PayrollChecked:
    """What booking it would find."""
    payroll = await payroll_seen(query.payroll, session)
    query.for_whom.must_include(actor, at=payroll.path)
    payroll.must_be("open")
    found, counts = await findings(payroll, session)
    faults = [each for each in found if is_fault(each) and query.kind in (None, each.kind)]
    faults = faults[: query.limit]
    amounts = await _amounts([(payroll.id, each.lines) for each in faults], session)
    names = await names_of([each.person for each in faults if each.person], session)
    return PayrollChecked(
        payroll=payroll.id,
        unit=payroll.code,
        month=rules.name_of(payroll.month),
        state=payroll.state,
        rows=payroll.rows,
        rows_found=payroll.rows_found,
        wages=payroll.wages,
        wages_found=payroll.wages_found,
        dues=payroll.dues,
        dues_found=payroll.dues_found,
        fits=payroll.fits,
        found=counts,
        items=[
            PayrollFault(
                kind=each.kind,
                employee=each.number,
                name=names[each.person].name if each.person else None,
                lines=list(each.lines),
                why=each.why,
                **_sums(payroll.id, each.lines, amounts, session),
            )
            for each in faults
        ],
    )


async def _amounts(
    wanted: Iterable[tuple[UUID, Sequence[int]]], session: ReadSession
) -> dict[tuple[UUID, int], bytes]:
    places = [(payroll, line) for payroll, lines in wanted for line in lines]
    rows = await session.execute(
        text("""
            SELECT kept.payroll, kept.line, kept.amounts FROM payroll_row AS kept
            JOIN unnest(CAST(:payrolls AS uuid[]), CAST(:lines AS int[])) AS wanted (payroll, line)
                ON wanted.payroll = kept.payroll AND wanted.line = kept.line
        """),
        {
            "payrolls": [payroll for payroll, _ in places],
            "lines": [line for _, line in places],
        },
    )
    return {(row.payroll, row.line): row.amounts for row in rows}


def _sums(
    payroll: UUID, lines: Sequence[int], amounts: Amounts, session: ReadSession
) -> dict[str, int | None]:
    """Of several rows nobody can say what was owed: one may repeat another or add to it."""
    read = [amounts_in(amounts[payroll, line], payroll, line, session) for line in lines]
    return {
        "owed": read[0][0] if len(read) == 1 else None,
        "withheld": sum(withheld for _, withheld in read),
    }


@asked(DuesReport)
async def dues_report(query: DuesReport, actor: Actor, session: ReadSession) -> DuesReportOf:
    """A month of a unit, in numbers."""
    unit = await known_unit(query.unit, session, status=404)
    query.for_whom.must_include(actor, at=unit.path)
    month = rules.month_of(query.month)
    rows = await session.execute(
        text("""
            SELECT payroll.id AS payroll, state, rows, booked_on, reversed_on, reason, dues_found,
                all_wages, found, (
                    SELECT count(*) FROM dues_fault
                    WHERE dues_fault.payroll = payroll.id AND settled IS NULL
                ) AS unsettled
            FROM payroll WHERE unit = :unit AND month = :month ORDER BY id DESC
        """),
        {"unit": unit.id, "month": month},
    )
    payrolls = rows.all()
    booked: Any = next((row for row in payrolls if row.state == "booked"), None)
    receipts = await receipts_of(unit.id, month, session)
    wages = booked.all_wages if booked else None
    province = await province_of(unit.id, month, session)
    known, on = await provinces_known(session), today()
    late = await unreported([unit.path], month, month, known, session, on=on)
    return DuesReportOf(
        unit=query.unit,
        unit_name=unit.name,
        month=query.month,
        booked=booked.payroll if booked else None,
        dues=booked.dues_found if booked else None,
        found=Found.model_validate(booked.found) if booked else None,
        unsettled=booked.unsettled if booked else 0,
        rate=rules.cited(rules.rule("dues", month, province)),
        funds=funds_of_month(month, wages, receipts, on=on, province=province),
        payrolls=[PayrollOf.model_validate(row, from_attributes=True) for row in payrolls],
        unreported_since=next((each.since for each in late if each.id == unit.id), None),
    )


_FAULTS = f"""
    SELECT fault.*, person.employee, person.name, EXISTS (
        SELECT FROM payroll_row AS other JOIN payroll AS theirs ON theirs.id = other.payroll
        WHERE other.person = ANY({IDS.format(person="person.id")})
            AND other.money IN ('right', 'wrong')
            AND theirs.state = 'booked' AND theirs.month = payroll.month
            AND theirs.id <> payroll.id
    ) AS paid_elsewhere
    FROM payroll JOIN dues_fault AS fault ON fault.payroll = payroll.id
    LEFT JOIN person AS told_of ON told_of.id = fault.person
    LEFT JOIN person ON person.id = coalesce(told_of.same_as, told_of.id)
    WHERE payroll.unit = :unit AND payroll.month = :month AND payroll.state = 'booked'
        AND (CAST(:kind AS text) IS NULL OR fault.kind = :kind)
        AND (CAST(:settled AS boolean) IS NULL OR (fault.settled IS NOT NULL) = :settled)
        AND fault.place > CAST(:place AS int)
    ORDER BY fault.place LIMIT :limit
"""  # noqa: S608 - all of it is ours


@asked(DuesFaults)
async def dues_faults(query: DuesFaults, actor: Actor, session: ReadSession) -> DuesFaultsOf:
    """In the order of the sheet; who was missed comes last."""
    unit = await known_unit(query.unit, session, status=404)
    query.for_whom.must_include(actor, at=unit.path)
    (place,) = place_in(query.cursor, 1)
    if place is not None and not (place.isdecimal() and len(place) < 9):
        raise unknown_cursor()
    given = query.model_dump(include={"kind", "settled"}) | {
        "unit": unit.id,
        "month": rules.month_of(query.month),
        "place": int(place or 0),
        "limit": query.limit + 1,
    }
    rows = (await session.execute(text(_FAULTS), given)).all()
    shown = rows[: query.limit]
    amounts = await _amounts([(row.payroll, row.lines) for row in shown], session)
    return DuesFaultsOf(
        items=[
            DuesFault(
                fault=row.id,
                kind=row.kind,
                employee=row.employee or row.number,
                name=row.name,
                lines=row.lines,
                why=row.why,
                settled=row.settled,
                settled_on=row.settled_on,
                paid_elsewhere=row.paid_elsewhere,
                **_sums(row.payroll, row.lines, amounts, session),
            )
            for row in shown
        ],
        cursor=cursor_after(str(shown[-1].place)) if len(rows) > query.limit else None,
    )


_ONES_OWN = f"""
    SELECT payroll.month, payroll.id AS payroll, unit.code, unit.name, kept.verdict,
        array_agg(kept.line) AS lines, max(fault.settled) AS settled
    FROM payroll_row AS kept JOIN payroll ON payroll.id = kept.payroll
    JOIN unit ON unit.id = payroll.unit
    LEFT JOIN dues_fault AS fault ON fault.payroll = payroll.id AND kept.line = ANY(fault.lines)
        AND fault.person = kept.person
    WHERE kept.person = ANY({IDS.format(person="CAST(:person AS uuid)")})
        AND payroll.state = 'booked' AND kept.verdict <> 'malformed'
    GROUP BY payroll.id, unit.id, kept.verdict
    UNION ALL
    SELECT payroll.month, payroll.id, unit.code, unit.name, 'missing', '{{}}', fault.settled
    FROM dues_fault AS fault JOIN payroll ON payroll.id = fault.payroll
    JOIN unit ON unit.id = payroll.unit
    WHERE fault.person = ANY({IDS.format(person="CAST(:person AS uuid)")})
        AND fault.kind = 'missing' AND fault.lines = '{{}}'
        AND payroll.state = 'booked'
    ORDER BY month DESC LIMIT 120
"""  # noqa: S608


@asked(DuesOf)
async def dues_of(query: DuesOf, actor: Actor, session: ReadSession) -> DuesOfPerson:
    """Ten years at most; what was reversed is not among it."""
    person = (
        await session.execute(
            text(f"""
                SELECT person.id, unit.path FROM person
                LEFT JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
                LEFT JOIN unit ON unit.id = stay.unit
                WHERE person.id = ({WHOSE.format(number=":employee")})
            """),  # noqa: S608 - all of it is ours
            {"employee": query.employee, "today": today()},
        )
    ).one_or_none()
    query.for_whom.must_include(
        actor,
        at=person.path if person and person.path else COMPANY,
        whose=person.id if person else None,
    )
    if person is None:
        return DuesOfPerson(items=[])
    rows = (await session.execute(text(_ONES_OWN), {"person": person.id})).all()
    amounts = await _amounts([(row.payroll, row.lines) for row in rows], session)
    items = []
    for row in rows:
        sums = _sums(row.payroll, row.lines, amounts, session)
        items.append(
            PaidMonth(
                month=rules.name_of(row.month),
                unit=row.code,
                unit_name=row.name,
                state=row.verdict,
                owed=sums["owed"],
                withheld=sums["withheld"] or 0,
                settled=row.settled,
            )
        )
    return DuesOfPerson(items=items)
