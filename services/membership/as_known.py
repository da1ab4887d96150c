"""What was known when, so that a later correction does not rewrite what a vote rested on.

Rows of these tables say since when they are known (`known_since`); one that is changed or taken
away goes into `…_before`, with the time for which it was known (by triggers). Moments
are those at which transactions began; an event of HR is heard and known at the same one.
"""

from datetime import date, datetime, timedelta

from shared.calendar import midnight

VERSIONED = {
    "employment": "person, during",
    "stay": "person, unit, post, during",
    "member": "person, during, kept",
    "post": "id, person, role, unit, during",
    "unit_placement": "unit, name, parent, path, plant, during",
}
"""Table → the columns of which it is known when they held."""


def as_known(statement: str) -> str:
    """The same statement, which begins with WITH, of what was known at `:known`: it meets views
    under the tables' names. Inside of each the name still means the table."""
    views = ", ".join(
        f"""
        {table} AS NOT MATERIALIZED (
            SELECT {columns} FROM {table} WHERE known_since <= CAST(:known AS timestamptz)
            UNION ALL
            SELECT {columns} FROM {table}_before WHERE known @> CAST(:known AS timestamptz)
        )"""  # noqa: S608 - all of it is ours
        for table, columns in VERSIONED.items()
    )
    begin, body = statement.split("WITH", 1)
    return f"{begin}WITH {views},{body}"


def moment(known: date | datetime | None) -> datetime | None:
    """The moment meant: of a day its end, in the plant's zone."""
    if known is None or isinstance(known, datetime):
        return known
    return midnight(known + timedelta(days=1)) - timedelta(microseconds=1)
