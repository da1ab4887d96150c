"""A site that has run for a while gets a new version."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic import command as alembic
from alembic.config import Config

from deploy.local import postgres
from deploy.local.home import Home
from services.gateway.views.proposals import words_of_answer, words_of_proposal
from services.membership.provinces.saying import UNTOLD
from shared.database import SERVICES, migrate

DATABASE = "upgrade"


@pytest.fixture
async def admin(home: Home) -> AsyncIterator[asyncpg.Connection]:
    """In a database of its own, with the gateway's schemas empty."""
    above = await postgres.connect(home)
    await above.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    inside = await postgres.connect(home, DATABASE)
    try:
        for schema in ("gateway", "views"):
            await inside.execute(f"CREATE SCHEMA {schema} AUTHORIZATION gateway_owner")
        for extension in ("btree_gist", "pg_trgm"):
            await inside.execute(f"CREATE EXTENSION {extension} SCHEMA public")
        yield inside
    finally:
        await inside.close()
        await above.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        await above.close()


def url_of(home: Home) -> str:
    return postgres.admin_url(home).replace("/tongxin?", f"/{DATABASE}?")


def as_far_as(revision: str, home: Home, service: str = "gateway") -> None:
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    config.attributes |= {"service": service, "admin_url": url_of(home)}
    alembic.upgrade(config, revision)


async def test_accounts_and_sessions_from_before_browsers_had_their_own_are_kept(
    home: Home, admin: asyncpg.Connection
) -> None:
    """Which sessions were of browsers nobody knows: the stricter rule holds for all of them."""
    await asyncio.to_thread(as_far_as, "0004", home)
    await admin.execute("""
        INSERT INTO gateway.account (name, password_hash, roles) VALUES ('old', 'hash', '{it}');
        INSERT INTO gateway.session (token_hash, account, expires_at)
            VALUES ('one', 'old', now() + interval '1 hour'),
                ('two', 'old', now() + interval '1 hour')
    """)
    await asyncio.to_thread(migrate, "gateway", url_of(home))
    [account] = await admin.fetch("SELECT * FROM gateway.account")
    assert (account["password_hash"], account["roles"]) == ("hash", ["it"])
    assert not account["must_change"]
    sessions = await admin.fetch("SELECT * FROM gateway.session")
    assert {each["kind"] for each in sessions} == {"browser"}
    assert len({each["id"] for each in sessions}) == 2
    assert all(each["seen_at"] <= each["expires_at"] for each in sessions)


async def test_what_was_proposed_before_there_was_a_search_is_found_after_it(
    home: Home, admin: asyncpg.Connection
) -> None:
    await asyncio.to_thread(as_far_as, "0008", home)
    await admin.execute("""
        INSERT INTO views.proposal (id, unit, category, title, body, state, supports, overdue,
            submitted_on, due_on, stated_at, reasons)
        SELECT uuidv7(), uuidv7(), 'safety', '洗眼器 ' || number, '结冰了', 'open', 0, false,
            '2026-01-05', '2026-02-05', now(), CASE WHEN number = 7 THEN '已列入检修' END
        FROM generate_series(1, 1001) AS number;
        INSERT INTO views.course (id, unit, title, starts_on, seats, open_to, enrolled)
        VALUES (uuidv7(), uuidv7(), '登高作业', '2026-01-05', 9, 'unit', 0)
    """)
    await asyncio.to_thread(migrate, "gateway", url_of(home))
    count = "SELECT count(*) FROM views.{} WHERE words @@ CAST($1 AS tsquery)"
    for table, words, number in (
        ("proposal", "'眼器':A & '结冰':C", 1001),
        ("proposal", "'7' & '检修':D", 1),
        ("course", "'登高':A", 1),
    ):
        assert await admin.fetchval(count.format(table), words) == number
    words = await admin.fetchval("SELECT words FROM views.proposal WHERE title = '洗眼器 7'")
    assert words == await admin.fetchval(
        "SELECT CAST($1 AS tsvector) || CAST($2 AS tsvector)",
        words_of_proposal("洗眼器 7", "结冰了"),
        words_of_answer("已列入检修"),
    )


async def test_where_plants_were_said_to_lie_has_held_since_ever_and_is_told_once(
    home: Home, admin: asyncpg.Connection
) -> None:
    await admin.execute("CREATE SCHEMA membership AUTHORIZATION membership_owner")
    await asyncio.to_thread(as_far_as, "0021", home, "membership")
    await admin.execute("""
        INSERT INTO membership.unit (id, code, name, kind, path, plant, known)
        VALUES (uuidv7(), 'p', '厂', 'plant', 'company/p', 'company/p', true);
        INSERT INTO membership.province (unit, code, said_by)
        SELECT id, 'CN-SX', 'it' FROM membership.unit
    """)
    await asyncio.to_thread(migrate, "membership", url_of(home))
    [said] = await admin.fetch("SELECT code, CAST(during AS text) FROM membership.province")
    assert tuple(said) == ("CN-SX", "(,)")
    due = await admin.fetch("SELECT what, at <= now() AS ripe FROM membership.due")
    assert [tuple(each) for each in due] == [(UNTOLD, True)]
