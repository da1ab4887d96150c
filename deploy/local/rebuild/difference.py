"""Two schemas with the same tables: in which rows they differ, and making them the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

LIVE, NEW = "views", "views_new"
SHOWN = 20
_VOLATILE = {"held": {"error", "tries", "next_at", "held_at", "dead_at"}}
"""Columns that tell of trying, not of facts: two who try the same differ in them."""

_TABLES = """
    SELECT relname::text AS name,
        (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
            AND attgenerated = '') AS columns,
        (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
          JOIN pg_index ON indrelid = attrelid AND indisprimary AND attnum = ANY(indkey)
          WHERE attrelid = pg_class.oid) AS key
    FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r' ORDER BY relname
"""


@dataclass(frozen=True)
class Table:
    name: str
    columns: Sequence[str]
    key: Sequence[str]

    @property
    def told(self) -> list[str]:
        """Columns in which two rows can differ."""
        return [name for name in self.columns if name not in _VOLATILE.get(self.name, ())]


@dataclass(frozen=True)
class Difference:
    """Of one table: rows that the live one lacks, has too many, or has otherwise than the rebuilt
    one. `ids` are keys of some of them, in their text form."""

    table: str
    missing: int
    surplus: int
    changed: int
    ids: list[str]

    @property
    def rows(self) -> int:
        return self.missing + self.surplus + self.changed


async def tables(admin: asyncpg.Connection) -> list[Table]:
    """Of the live schema; each has a primary key."""
    return [Table(*row) for row in await admin.fetch(_TABLES, LIVE)]


async def compare(admin: asyncpg.Connection, table: Table) -> Difference:
    """Notes the keys of the rows that differ in a temporary table, until the transaction ends."""
    key = ", ".join(table.key)
    first = table.key[0]
    await admin.execute(f"""
        CREATE TEMPORARY TABLE {_differing(table)} ON COMMIT DROP AS
        SELECT {key}, live.{first} IS NULL AS missing, new.{first} IS NULL AS surplus
        FROM {LIVE}.{table.name} AS live FULL JOIN {NEW}.{table.name} AS new USING ({key})
        WHERE ({_columns(table.told, "live")}) IS DISTINCT FROM ({_columns(table.told, "new")})
    """)  # noqa: S608
    found = await admin.fetchrow(f"""
        SELECT count(*) FILTER (WHERE missing) AS missing,
            count(*) FILTER (WHERE surplus) AS surplus,
            count(*) FILTER (WHERE NOT missing AND NOT surplus) AS changed,
            ARRAY(SELECT concat_ws(' ', {key}) FROM {_differing(table)} LIMIT {SHOWN}) AS ids
        FROM {_differing(table)}
    """)  # noqa: S608
    assert found
    return Difference(table.name, **found)


async def mend(admin: asyncpg.Connection, table: Table) -> None:
    """Writes the rows that `compare` noted, and no others."""
    same = " AND ".join(f"row.{name} = differing.{name}" for name in table.key)
    columns = ", ".join(table.columns)
    await admin.execute(f"""
        DELETE FROM {LIVE}.{table.name} AS row USING {_differing(table)} AS differing WHERE {same}
    """)  # noqa: S608
    await admin.execute(f"""
        INSERT INTO {LIVE}.{table.name} ({columns}) OVERRIDING SYSTEM VALUE
        SELECT {_columns(table.columns, "row")} FROM {NEW}.{table.name} AS row
        JOIN {_differing(table)} AS differing ON {same}
    """)  # noqa: S608


def _differing(table: Table) -> str:
    return f"pg_temp.differing_{table.name}"


def _columns(names: Sequence[str], of: str) -> str:
    return ", ".join(f"{of}.{name}" for name in names)
