"""The rows that a feed leaves behind, written again by multi-row INSERT into empty copies."""

import time
from collections.abc import Mapping

import asyncpg

from deploy.local import postgres
from deploy.local.home import Home
from tests.bench.rig import copies

ROWS = 1000
"""Rows a statement, each statement a transaction."""

PEOPLE = "SELECT id FROM membership.person WHERE employee LIKE $1"
HISTORIES = f"{PEOPLE} UNION ALL SELECT id FROM membership.leave WHERE person IN ({PEOPLE})"
ROLL = {
    "membership.person": "employee LIKE $1",
    "membership.employment": f"person IN ({PEOPLE})",
    "membership.stay": f"person IN ({PEOPLE})",
    "views.person": "employee LIKE $1",
    "views.stay": f"person IN ({PEOPLE})",
}
"""The roll and its views: which rows of a table belong to the people of one feed."""
LEFT_BEHIND = ROLL | {
    "membership.hr_event": "about LIKE $1",
    "membership.leave": f"person IN ({PEOPLE})",
    "membership.aggregate": f"id IN ({HISTORIES})",
    "membership.outbox": f"aggregate IN ({HISTORIES})",
    "democracy.person": "employee LIKE $1",
    "training.person": "employee LIKE $1",
    "welfare.person": "employee LIKE $1",
    **{
        f"{schema}.position": f"aggregate IN ({HISTORIES})"
        for schema in ("democracy", "training", "welfare", "views")
    },
}
"""All that the same people leave with everyone who has to have heard of them: HR's events as heard,
the facts and how far each consumer has come, the copies."""


async def insert_again(
    home: Home, prefix: str, tables: Mapping[str, str] = ROLL
) -> tuple[float, int]:
    """Seconds and rows, for all whose employee number begins with `prefix`."""
    admin = await postgres.connect(home)
    seconds, rows = 0.0, 0
    try:
        async with copies(home, {table.replace(".", "_"): table for table in tables}):
            for table, whose in tables.items():
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
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped "
        "AND attidentity = '' ORDER BY attnum",
        table,
    )
    read = ", ".join(f"{column['name']}::text" for column in types)
    kept = await admin.fetch(f"SELECT {read} FROM {table} WHERE {whose}", f"{prefix}%")
    given = ", ".join(f"${place}::text[]" for place in range(1, len(types) + 1))
    into = ", ".join(f'"{column["name"]}"' for column in types)
    made = ", ".join(f"c{place}::{column['type']}" for place, column in enumerate(types))
    names = ", ".join(f"c{place}" for place in range(len(types)))
    insert = await admin.prepare(
        f"INSERT INTO bench.{table.replace('.', '_')} ({into}) "
        f"SELECT {made} FROM unnest({given}) AS given ({names})"
    )
    begun = time.perf_counter()
    for start in range(0, len(kept), ROWS):
        part = kept[start : start + ROWS]
        await insert.fetch(*([row[place] for row in part] for place in range(len(types))))
    return time.perf_counter() - begun, len(kept)
