"""The walls in PostgreSQL: a database, and for each service a schema and a role that reaches it.

Idempotent, and it repairs: run at every start, by the admin alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "membership": ("membership",),
    "democracy": ("democracy",),
    "training": ("training",),
    "welfare": ("welfare",),
    "gateway": ("gateway", "views"),
}
"""Role → its schemas. Each schema belongs to `<role>_owner`, who cannot sign in."""
APPEND_ONLY = ("gateway.audit_entry", "gateway.audit_seal")
"""Tables to which their role may add, and nothing else."""
EXTENSIONS = ("btree_gist", "pg_trgm")
TIMEOUTS: Mapping[str, str] = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
}
"""Of the services' roles. The admin's migrations take the time they need."""

Connect = Callable[[str], Awaitable[Any]]


async def build(connect: Connect, passwords: Mapping[str, str]) -> None:
    """`connect(database)` gives an admin's connection; `passwords` are the roles' own."""
    admin: asyncpg.Connection = await connect("postgres")
    try:
        await admin.execute("ALTER ROLE CURRENT_USER SET statement_timeout = 0")
        # Everyone may enter these two by default, and make temporary tables there.
        await admin.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
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
            await _close(admin, role)
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


async def _close(admin: asyncpg.Connection, role: str) -> None:
    """Takes away what the role was given beyond its own: memberships, other schemas."""
    for group in await admin.fetch(_MEMBERSHIPS, role):
        await admin.execute(f"REVOKE {group['granted']} FROM {role}")
    for schemas in (theirs for owner, theirs in SCHEMAS.items() if owner != role):
        for schema in schemas:
            if await admin.fetchval("SELECT to_regnamespace($1)::oid", schema):
                await admin.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {role}")
                await admin.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")


async def breaches(admin: asyncpg.Connection) -> list[str]:
    """What stands open in the database `tongxin`; nothing when the walls are whole."""
    known = await admin.fetchval(
        "SELECT array_agg(rolname::text) FROM pg_roles WHERE rolname = ANY($1)", list(SCHEMAS)
    )
    missing = sorted(set(SCHEMAS) - set(known or ()))
    if missing:
        return [f"no role {role}" for role in missing]
    found = []
    for role, own in SCHEMAS.items():
        if await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = $1", role):
            found.append(f"{role} is a superuser")
        found += [
            f"{role} is a member of {group['granted']}"
            for group in await admin.fetch(_MEMBERSHIPS, role)
        ]
        every = {schema for schemas in SCHEMAS.values() for schema in schemas}
        open_to_role = await admin.fetchval(_REACHED, role, list(every))
        for schema in sorted(set(open_to_role or ()) ^ set(own)):
            found.append(f"{role} {'cannot reach' if schema in own else 'reaches'} {schema}")
    return found


_MEMBERSHIPS = """
    SELECT quote_ident(held.rolname) AS granted
    FROM pg_auth_members JOIN pg_roles held ON held.oid = roleid
    JOIN pg_roles holder ON holder.oid = member
    WHERE holder.rolname = $1
"""
_REACHED = """
    SELECT array_agg(nspname::text) FROM pg_namespace
    WHERE nspname = ANY($2::text[]) AND has_schema_privilege($1, oid, 'USAGE')
"""


async def _schemas(admin: asyncpg.Connection, role: str, schemas: tuple[str, ...]) -> None:
    owner = f"{role}_owner"
    await admin.execute(f"GRANT CONNECT ON DATABASE tongxin TO {role}")
    await admin.execute(f"ALTER ROLE {role} SET search_path TO {', '.join(schemas)}, public")
    for name, length in TIMEOUTS.items():
        await admin.execute(f"ALTER ROLE {role} SET {name} = '{length}'")
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
        for table in APPEND_ONLY:
            if table.startswith(f"{schema}.") and await admin.fetchval(
                "SELECT to_regclass($1)", table
            ):
                await admin.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {role}")
