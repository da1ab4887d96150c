"""What was known when, so that a later correction does not rewrite what a vote rested on.

Rows of these tables say since when they are known (`known_since`); one that is changed or taken
away goes into `…_before`, with the time for which it was known (by triggers). What was said of the
bodies of the union is added and never changed, so there it is enough to know when. Moments
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
    "body": "id, kind, unit, name, founded_on, dissolved_on",
}
"""Table → the columns of which it is known when they held."""
ADDED = {
    "term": "id, body, number, years, since, elected_on, due_on, prepare_on, seats, members, "
    "counted, minutes, verdicts, "
    "CASE WHEN withdrawn_at <= CAST(:known AS timestamptz) THEN withdrawn_at END AS withdrawn_at",
    "seat": "id, term, post, person, since, acting, vouched, role",
    "seat_end": "seat, nth, until, why",
}
"""Table → what its rows, once they were entered (`entered_at`), have said ever since."""


def as_known(statement: str) -> str:
    """The same statement of what was known at `:known`: it meets views under the tables' names.
    Inside of each the name still means the table."""
    views = ", ".join(
        [
            *(
                f"""
                {table} AS NOT MATERIALIZED (
                    SELECT {columns} FROM {table}
                    WHERE known_since <= CAST(:known AS timestamptz)
                    UNION ALL
                    SELECT {columns} FROM {table}_before
                    WHERE known @> CAST(:known AS timestamptz)
                )"""  # noqa: S608 - all of it is ours
                for table, columns in VERSIONED.items()
            ),
            *(
                f"""
                {table} AS NOT MATERIALIZED (
                    SELECT {columns} FROM {table} WHERE entered_at <= CAST(:known AS timestamptz)
                )"""  # noqa: S608
                for table, columns in ADDED.items()
            ),
        ]
    )
    first, _, more = statement.strip().partition(" ")
    return f"WITH {views}, {more}" if first == "WITH" else f"WITH {views} {statement}"


def moment(known: date | datetime | None) -> datetime | None:
    """The moment meant: of a day its end, in the plant's zone."""
    if known is None or isinstance(known, datetime):
        return known
    return midnight(known + timedelta(days=1)) - timedelta(microseconds=1)
