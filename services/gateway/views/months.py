"""What a unit and all below it have said and were answered, month by month."""

from datetime import date

from pydantic import BaseModel, TypeAdapter

from services.gateway.views.rows import Reader, rows
from services.gateway.views.within import units

MONTHS = 12


class Month(BaseModel):
    """`month` is its first day. Proposals submitted in it, and proposals answered in it, whenever
    they were submitted; up to the day that was asked for."""

    month: date
    submitted: int
    answered: int


# Unit by unit, for the reason said in `plant.py`.
_MONTHS = f"""
    WITH {units("within")}, months AS (
        SELECT CAST(month AS date) AS month FROM generate_series(
            CAST(:first AS timestamp), CAST(:on AS timestamp), interval '1 month'
        ) AS month
    ), theirs AS MATERIALIZED (
        SELECT submitted_on, answered_on FROM within CROSS JOIN LATERAL (
            SELECT submitted_on, answered_on FROM proposal
            WHERE proposal.unit = within.id
                AND (submitted_on BETWEEN :first AND :on OR answered_on BETWEEN :first AND :on)
            OFFSET 0
        ) AS proposal
    )
    SELECT month, coalesce(submitted, 0) AS submitted, coalesce(answered, 0) AS answered
    FROM months LEFT JOIN (
        SELECT CAST(date_trunc('month', submitted_on) AS date) AS month, count(*) AS submitted
        FROM theirs WHERE submitted_on BETWEEN :first AND :on GROUP BY 1
    ) AS said USING (month) LEFT JOIN (
        SELECT CAST(date_trunc('month', answered_on) AS date) AS month, count(*) AS answered
        FROM theirs WHERE answered_on BETWEEN :first AND :on GROUP BY 1
    ) AS answers USING (month)
    ORDER BY month
"""
SEEN = TypeAdapter(list[Month])


def first_of(on: date) -> date:
    """The first day of the twelve months that end with the month of the day."""
    months = on.year * 12 + on.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


async def months(path: str, on: date, reader: Reader) -> list[Month]:
    """Twelve, oldest first, empty ones too. One statement. Whoever calls has seen to the right."""
    found = await rows(reader, _MONTHS, {"within": [path], "first": first_of(on), "on": on})
    return SEEN.validate_python([dict(row) for row in found])
