"""Everything in PostgreSQL that may be somebody's is declared: what is held, and what becomes of
it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import asyncpg
import pytest

from deploy.local import postgres
from deploy.local.home import Home
from deploy.postgres.walls import SCHEMAS
from services.democracy.inventory import INVENTORY as DEMOCRACY
from services.gateway.inventory import INVENTORY as GATEWAY
from services.membership.inventory import INVENTORY as MEMBERSHIP
from services.training.inventory import INVENTORY as TRAINING
from services.welfare.inventory import INVENTORY as WELFARE
from shared.personal import Holding, Inventory

INVENTORIES: dict[str, Inventory] = {
    "membership": MEMBERSHIP,
    "democracy": DEMOCRACY,
    "training": TRAINING,
    "welfare": WELFARE,
    "gateway": GATEWAY,
}
BOOKKEEPING = {"alembic_version"}
"""Alembic's own: which revision the schema has."""
WORDS = {"text", "jsonb", "json", "bytea", "tsvector", "ARRAY", "character varying"}
"""Types of columns that could hold what somebody is called or has said."""

Columns = dict[str, dict[str, str]]
"""Table → column → type."""


async def columns_of(admin: asyncpg.Connection, service: str) -> Columns:
    rows = await admin.fetch(
        """
        SELECT table_name::text, column_name::text, data_type::text
        FROM information_schema.columns JOIN information_schema.tables
            USING (table_schema, table_name)
        WHERE table_schema = ANY($1::text[]) AND table_type = 'BASE TABLE'
        """,
        list(SCHEMAS[service]),
    )
    found: Columns = {}
    for table, column, kind in rows:
        if table not in BOOKKEEPING:
            found.setdefault(table, {})[column] = kind
    return found


def undeclared(columns: Columns, inventory: Sequence[Holding]) -> Iterator[str]:
    """What the inventory does not say of these tables, one sentence each."""
    declared = {each.table: each for each in inventory}
    times = Counter(each.table for each in inventory)
    for table in sorted(columns.keys() | declared.keys()):
        if table not in declared:
            yield f"the table {table} is in no inventory: say what of it is a person's"
            continue
        if table not in columns:
            yield f"there is no table {table}"
            continue
        if times[table] > 1:
            yield f"the table {table} is declared twice"
        yield from _columns_undeclared(declared[table], columns[table])


def _columns_undeclared(holding: Holding, columns: dict[str, str]) -> Iterator[str]:
    told = {*holding.hides, *holding.stays, *holding.blanks}
    told |= set(re.findall(r"\w+", " ".join((*holding.shows.values(), holding.whose))))
    for column in sorted({*holding.hides, *holding.stays, *holding.blanks} - columns.keys()):
        yield f"there is no column {holding.table}.{column}"
    for column, kind in sorted(columns.items()):
        if holding.whose and column not in told:
            yield f"{holding.table}.{column} is neither shown nor left out for a reason"
        if holding.goes or kind not in WORDS:
            continue
        if column not in {*holding.blanks, *holding.stays}:
            yield f"{holding.table}.{column} could hold words: blank it, or say why it stays"
    for column, why in (*holding.hides.items(), *holding.stays.items()):
        if not why.strip():
            yield f"{holding.table}.{column} has no reason"
    if not holding.goes and not holding.blanks and not holding.because:
        yield f"{holding.table} stays as it is without a reason"


@pytest.mark.parametrize("service", INVENTORIES)
async def test_every_table_and_column_is_in_the_inventory(home: Home, service: str) -> None:
    admin = await postgres.connect(home)
    try:
        columns = await columns_of(admin, service)
    finally:
        await admin.close()
    assert columns
    missing = list(undeclared(columns, INVENTORIES[service]))
    assert not missing, "\n".join(missing)


async def test_a_table_or_column_that_nobody_declared_is_found() -> None:
    known = {
        "honour": {"person": "uuid", "title": "text"},
        "unit": {"id": "uuid"},
        "diary": {"person": "uuid", "words": "text"},
    }
    inventory = [
        Holding(table="honour", whose="person = ANY(:people)", blanks={"person": "NULL"}),
        Holding(table="unit", because="HR's"),
    ]
    assert list(undeclared(known, inventory)) == [
        "the table diary is in no inventory: say what of it is a person's",
        "honour.title is neither shown nor left out for a reason",
        "honour.title could hold words: blank it, or say why it stays",
    ]


@pytest.mark.parametrize("service", INVENTORIES)
def test_what_looks_like_a_person_is_found_by_a_person(service: str) -> None:
    """A table about nobody has no column in which a person stands."""
    for each in INVENTORIES[service]:
        if not each.whose:
            assert not {"employee", "author"} & {*each.stays}, each.table
