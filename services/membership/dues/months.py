"""How the months stand, unit by unit."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import text

from services.membership.dues import rules
from services.membership.dues.funds import funds_of_month
from services.membership.dues.unreported import Unreported, unreported
from services.membership.provinces.lying import provinces_known
from services.membership.provinces.map import Map
from shared.calendar import today
from shared.contracts.membership import DuesMonth, DuesMonths, DuesMonthsOf
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

# Of a unit and month the booked payroll, else the newest open one; what came in; what is unsettled.
_MONTHS = """
    WITH within AS MATERIALIZED (
        SELECT id, code, name, path FROM unit WHERE kind IN ('company', 'plant')
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ), standing AS (
        SELECT DISTINCT ON (payroll.unit, payroll.month) payroll.*
        FROM payroll WHERE month BETWEEN :first AND :last AND state <> 'reversed'
            AND unit IN (SELECT id FROM within)
        ORDER BY payroll.unit, payroll.month, state, payroll.id DESC
    ), came AS (
        SELECT unit, month, sum(amount) AS amount FROM fund_receipt
        WHERE month BETWEEN :first AND :last AND taken_back_on IS NULL
            AND unit IN (SELECT id FROM within)
        GROUP BY unit, month
    )
    SELECT within.code AS unit, within.name AS unit_name, within.path, month,
        standing.state, standing.id AS payroll, standing.all_wages, standing.dues_found AS dues,
        coalesce(came.amount, 0) AS came_in, (
            SELECT count(*) FROM dues_fault
            WHERE dues_fault.payroll = standing.id AND settled IS NULL
        ) AS unsettled
    FROM standing FULL JOIN came USING (unit, month)
    JOIN within ON within.id = unit
    ORDER BY month DESC, within.path
"""


@asked(DuesMonths)
async def dues_months(query: DuesMonths, actor: Actor, session: ReadSession) -> DuesMonthsOf:
    """Within the reach of who asks."""
    reach = query.for_whom.reach(actor)
    last = rules.month_of(query.until) if query.until else today().replace(day=1)
    months = [rules.months_before(last, back) for back in range(query.months)]
    rows = await session.execute(
        text(_MONTHS), {"reach": reach, "first": months[-1], "last": months[0]}
    )
    known, on = await provinces_known(session), today()
    late = await unreported(reach, months[-1], months[0], known, session, on=on)
    return DuesMonthsOf(
        months=[rules.name_of(month) for month in months],
        items=list(_with_missing(_shown(rows, known, on=on), late)),
    )


def _with_missing(shown: Iterable[DuesMonth], late: Iterable[Unreported]) -> Iterable[DuesMonth]:
    """Marks the months that should have been booked; of which there is nothing come after those of
    which there is something."""
    since = {(rules.name_of(each.month), each.unit): each for each in late}
    for one in shown:
        missing = since.pop((one.month, one.unit), None)
        yield one.model_copy(update={"unreported_since": missing.since}) if missing else one
    for (month, unit), missing in since.items():
        yield DuesMonth(
            unit=unit,
            unit_name=missing.unit_name,
            month=month,
            state=None,
            payroll=None,
            unsettled=0,
            dues=None,
            funds_owed=None,
            funds_came_in=0,
            funds_overdue=False,
            unreported_since=missing.since,
        )


def _shown(rows: Iterable[Any], known: Map, *, on: date) -> Iterable[DuesMonth]:
    for row in rows:
        booked = row.state == "booked"
        wages, province = row.all_wages if booked else None, known.at(row.path, row.month)
        funds = funds_of_month(row.month, wages, [], on=on, province=province)
        short = funds.owed is not None and funds.owed > row.came_in
        yield DuesMonth(
            unit=row.unit,
            unit_name=row.unit_name,
            month=rules.name_of(row.month),
            state=row.state,
            payroll=row.payroll,
            unsettled=row.unsettled,
            dues=row.dues if booked else None,
            funds_owed=funds.owed,
            funds_came_in=row.came_in,
            funds_overdue=short and funds.due_on < on,
        )
