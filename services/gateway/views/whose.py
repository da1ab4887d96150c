"""All that one human being is known by, in the views: ids, and numbers with the days on which they
are theirs. A number may have been another human being's before (decision 0060)."""

from services.gateway.views.people import EITHER

NUMBERS = f"""
    SELECT held.number, held.since, held.until
    FROM person AS one CROSS JOIN LATERAL
        jsonb_to_recordset(one.numbers) AS held (number text, since date, until date)
    WHERE one.id = :person
    UNION ALL
    SELECT called.employee, NULL, NULL FROM person AS called
    WHERE called.id = ANY({EITHER}) AND called.employee NOT IN (
        SELECT held.number FROM person AS one CROSS JOIN LATERAL
            jsonb_to_recordset(one.numbers) AS held (number text)
        WHERE one.id = :person)
"""
"""Numbers of `:person`, with their days; a number that nobody ruled about has none."""
