"""What is due and the log are found by index, however much was told; shown by the plans."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.local import postgres
from deploy.local.home import Home
from services.gateway.back.lanes import TAKE
from services.gateway.back.log import DeliveriesAsked, statement
from services.gateway.views.rows import spelled
from shared.messages import uuid7
from tests.pages.test_plans import scans

TOLD = 50_000
GROW = """
    WITH asks AS (
        INSERT INTO back_subscription (id, url, kinds)
        SELECT uuidv7(), 'https://hr.invalid/grown-' || n, '{member-joined}'
        FROM generate_series(1, 3) AS n RETURNING id
    ), told AS (
        INSERT INTO back_event (id, kind, person, fact, stated_at)
        SELECT uuidv7(), 'member-joined', uuidv7(), '{"on": "2024-05-06"}', now()
        FROM generate_series(1, $1 / 3) RETURNING id, kind
    )
    INSERT INTO back_delivery (subscription, event, kind, state, due_at)
    SELECT asks.id, told.id, told.kind, 'delivered', now() FROM asks, told
"""
LATE = """
    UPDATE back_delivery SET state = CASE WHEN place % 2 = 0 THEN 'pending' ELSE 'given-up' END
    WHERE place IN (SELECT place FROM back_delivery ORDER BY place LIMIT 100)
"""


@pytest.fixture
async def grown(home: Home) -> AsyncIterator[asyncpg.Connection]:
    """Much has been told; nothing of it stays."""
    admin = await postgres.connect(home)
    transaction: Any = admin.transaction()
    await transaction.start()
    try:
        await admin.execute("SET LOCAL search_path TO gateway, views, public")
        # The events' keys are looked at after the statement.
        await admin.execute(GROW, TOLD)
        await admin.execute(LATE)
        await admin.execute("ANALYZE back_subscription, back_event, back_delivery")
        await admin.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        yield admin
    finally:
        await transaction.rollback()
        await admin.close()


async def looked_at(admin: asyncpg.Connection, sql: str, *given: Any) -> dict[str, float]:
    told = await admin.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given)
    found: dict[str, float] = {}
    for table, rows in scans(json.loads(told)[0]["Plan"]):
        found[table] = found.get(table, 0) + rows
    return found


async def test_taking_looks_at_what_is_due(grown: asyncpg.Connection) -> None:
    found = await looked_at(grown, TAKE, [], [], 8, 200, timedelta(minutes=3))
    assert found["back_delivery"] < 500
    assert found["back_event"] < 100


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"state": "given-up"},
        {"state": "pending"},
        {"kind": "ping"},
        {"subscription": str(UUID(int=1))},
        {"event": str(uuid7())},
        {"cursor": "1000"},
    ],
)
async def test_a_page_of_the_log_looks_at_a_page(
    grown: asyncpg.Connection, asked: dict[str, Any]
) -> None:
    said, given = statement(DeliveriesAsked.model_validate_strings(asked))
    sql, names = spelled(said)
    found = await looked_at(grown, sql, *(given[name] for name in names))
    assert found.get("back_delivery", 0) < 500
    assert found.get("back_event", 0) < 500
