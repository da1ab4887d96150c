"""The walls in PostgreSQL: a database, and for each service a schema and a role that reaches it.

Idempotent, and it repairs: run at every start, by the admin alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "membership": ("membership",),
    "democracy": ("democracy",),
    "gateway": ("gateway", "views"),
}
"""Role → its schemas. Each schema belongs to `<role>_owner`, who cannot sign in."""
EXTENSIONS = ("btree_gist", "pg_trgm")

Connect = Callable[[str], Awaitable[Any]]


async def build(connect: Connect, passwords: Mapping[str, str]) -> None:
    """`connect(database)` gives an admin's connection; `passwords` are the roles' own."""
    admin: asyncpg.Connection = await connect("postgres")
    try:
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = 'tongxin'"):
            await admin.execute("CREATE DATABASE tongxin TEMPLATE template0 ENCODING 'UTF8'")
        for role in SCHEMAS:
            await _role(admin, f"{role}_owner", login=False)
            await _role(admin, role, login=True, password=passwords[role])
    finally:
        await admin.close()
    admin = await connect("tongxin")
    try:
        await admin.execute("REVOKE ALL ON DATABASE tongxin FROM PUBLIC")
        await admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await admin.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")  # extensions live there
        for extension in EXTENSIONS:
            await admin.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
        for role, schemas in SCHEMAS.items():
            await _schemas(admin, role, schemas)
    finally:
        await admin.close()


async def _role(
    admin: asyncpg.Connection, name: str, *, login: bool, password: str | None = None
) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await admin.execute(f"CREATE ROLE {name}")
    await admin.execute(
        f"ALTER ROLE {name} {'LOGIN' if login else 'NOLOGIN'} NOSUPERUSER NOCREATEDB NOCREATEROLE "
        "NOINHERIT NOREPLICATION NOBYPASSRLS"
    )
    if password:
        quoted = await admin.fetchval("SELECT quote_literal($1::text)", password)
        await admin.execute(f"ALTER ROLE {name} PASSWORD {quoted}")


async def _schemas(admin: asyncpg.Connection, role: str, schemas: tuple[str, ...]) -> None:
    owner = f"{role}_owner"
    await admin.execute(f"GRANT CONNECT ON DATABASE tongxin TO {role}")
    await admin.execute(f"ALTER ROLE {role} SET search_path TO {', '.join(schemas)}, public")
    for schema in schemas:
        await admin.execute(f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}")
        await admin.execute(f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC")
        await admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        await admin.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"
        )
        await admin.execute(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} "
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
