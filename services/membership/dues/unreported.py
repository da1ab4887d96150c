"""Months of which the firm owes the union money and nobody knows how much: their payroll was not
booked by the day by which the 2 % was due."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.membership.dues import rules
from services.membership.provinces.map import Map
from shared.database import ReadSession

# Plants that stood at the end of the month and had people in it, by the tree of that day, and whose
# month is booked neither for them nor for what they are part of or is part of them. Of one for
# which nobody ever booked anything only the newest months are looked at: when its union began to
# keep books is not known, and the newest says that it does not.
UNREPORTED = """
    WITH within AS MATERIALIZED (
        SELECT id, code, name, path FROM unit WHERE kind = 'plant' AND known
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ), booked AS MATERIALIZED (
        SELECT payroll.month, payroll.state, unit.path
        FROM payroll JOIN unit ON unit.id = payroll.unit WHERE payroll.state <> 'open'
    ), begun AS MATERIALIZED (
        SELECT within.*, (
            SELECT min(month) FROM booked
            WHERE within.path = booked.path OR starts_with(within.path, booked.path || '/')
        ) AS first FROM within
    ), month AS (
        SELECT CAST(first AS date) AS first, CAST(first + interval '1 month' AS date) AS next
        FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp),
            interval '1 month') AS each (first)
    )
    SELECT begun.id, begun.code AS unit, begun.name AS unit_name, begun.path,
        month.first AS month, begun.first IS NULL AS never
    FROM month JOIN begun ON month.first >= coalesce(begun.first, CAST(:newest AS date))
    JOIN unit_placement AS here ON here.unit = begun.id AND here.during @> month.next - 1
    WHERE NOT EXISTS (
        SELECT FROM booked WHERE booked.state = 'booked' AND booked.month = month.first
            AND (booked.path = begun.path OR starts_with(begun.path, booked.path || '/')
                OR starts_with(booked.path, begun.path || '/'))
    ) AND EXISTS (
        SELECT FROM unit_placement AS placed CROSS JOIN LATERAL (
            SELECT FROM stay WHERE stay.unit = placed.unit
                AND stay.during && daterange(month.first, month.next) LIMIT 1
        ) AS somebody
        WHERE placed.during @> month.next - 1
            AND (placed.path = here.path OR starts_with(placed.path, here.path || '/'))
    )
    ORDER BY month.first DESC, begun.path
"""


class Unreported(NamedTuple):
    """A month of a plant. `since`: the first day on which it was late."""

    id: UUID
    unit: str
    unit_name: str
    path: str
    month: date
    since: date


async def unreported(
    reach: Sequence[str], first: date, last: date, known: Map, session: ReadSession, *, on: date
) -> list[Unreported]:
    """Of these months, newest first, as of the day `on`; within a reach."""
    this = on.replace(day=1)
    given = {
        "reach": list(reach),
        "first": first,
        "last": min(last, rules.months_before(this, 1)),
        "newest": rules.months_before(this, 2),
    }
    return list(_late((await session.execute(text(UNREPORTED), given)).all(), known, on))


def _late(rows: Sequence[Any], known: Map, on: date) -> Iterator[Unreported]:
    """By the rule of the province in which the plant lay. Of one that never booked, one month."""
    told = set[UUID]()
    for row in rows:
        due_by = rules.rule("funds-due", rules.next_month(row.month), known.at(row.path, row.month))
        since = rules.funds_due_on(row.month, due_by) + timedelta(days=1)
        if since > on or (row.never and row.id in told):
            continue
        told.add(row.id)
        yield Unreported(row.id, row.unit, row.unit_name, row.path, row.month, since)
