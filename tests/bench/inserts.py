"""The rows that a feed leaves behind, written again by multi-row INSERT into empty copies."""

import time

import asyncpg

from deploy.local import postgres
from deploy.local.home import Home
from tests.bench.rig import copies

ROWS = 1000
"""Rows a statement, each statement a transaction."""

OF_PERSON = "person IN (SELECT id FROM {schema}.person WHERE employee LIKE $1)"
TABLES = {
    "membership.person": "employee LIKE $1",
    "membership.employment": OF_PERSON.format(schema="membership"),
    "membership.stay": OF_PERSON.format(schema="membership"),
    "views.person": "employee LIKE $1",
    "views.stay": OF_PERSON.format(schema="views"),
}
"""What is compared, and which of its rows belong to the people of one feed."""


async def insert_again(home: Home, prefix: str) -> tuple[float, int]:
    """Seconds and rows, for all whose employee number begins with `prefix`."""
    admin = await postgres.connect(home)
    seconds, rows = 0.0, 0
    try:
        async with copies(home, {table.replace(".", "_"): table for table in TABLES}):
            for table, whose in TABLES.items():
                taken, written = await _again(admin, table, whose, prefix)
                seconds, rows = seconds + taken, rows + written
    finally:
        await admin.close()
    return seconds, rows


async def _again(
    admin: asyncpg.Connection, table: str, whose: str, prefix: str
) -> tuple[float, int]:
    """Values travel as text, so that ranges and jsonb need no codec in this client."""
    types = await admin.fetch(
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        table,
    )
    read = ", ".join(f"{column['name']}::text" for column in types)
    kept = await admin.fetch(f"SELECT {read} FROM {table} WHERE {whose}", f"{prefix}%")
    given = ", ".join(f"${place}::text[]" for place in range(1, len(types) + 1))
    made = ", ".join(f"c{place}::{column['type']}" for place, column in enumerate(types))
    names = ", ".join(f"c{place}" for place in range(len(types)))
    insert = await admin.prepare(
        f"INSERT INTO bench.{table.replace('.', '_')} "
        f"SELECT {made} FROM unnest({given}) AS given ({names})"
    )
    begun = time.perf_counter()
    for start in range(0, len(kept), ROWS):
        part = kept[start : start + ROWS]
        await insert.fetch(*([row[place] for row in part] for place in range(len(types))))
    return time.perf_counter() - begun, len(kept)
