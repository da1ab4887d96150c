"""Trying PostgreSQL from inside: every role on every schema and table, by every verb.

The tries are made of what the server itself says is there, so that a new table is tried too.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from deploy.local import postgres
from deploy.local.home import SERVICES, Home
from tests.walls.tries import Try

REFUSED = {"42501", "42939"}
"""insufficient_privilege; and reserved_name, of what not even a superuser may do to a predefined
role (PostgreSQL, appendix A)."""

_ON_TABLES = {
    "SELECT": "SELECT 1 FROM {table} LIMIT 0",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {column} = DEFAULT WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
    "DROP": "DROP TABLE {table} CASCADE",
    "ALTER": "ALTER TABLE {table} ADD COLUMN intruder int",
    "OWN": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "INDEX": "CREATE INDEX intruder ON {table} ({column})",
}
_ON_VIEWS = {verb: _ON_TABLES[verb] for verb in ("SELECT", "INSERT", "UPDATE", "DELETE")} | {
    "DROP": "DROP VIEW {table} CASCADE",
    "OWN": "ALTER VIEW {table} OWNER TO CURRENT_USER",
}
_ON_SEQUENCES = {
    "LAST VALUE": "SELECT last_value FROM {table}",
    "NEXTVAL": "SELECT nextval('{table}')",
    "SETVAL": "SELECT setval('{table}', 1)",
}
_ON_SCHEMAS = {
    "USE": "SELECT FROM {schema}.there_is_no_such_table",
    "CREATE TABLE": "CREATE TABLE {schema}.intruder (id int)",
    "CREATE VIEW": "CREATE VIEW {schema}.intruder AS SELECT 1",
    "CREATE TYPE": "CREATE TYPE {schema}.intruder AS ENUM ()",
    "CREATE FUNCTION": "CREATE FUNCTION {schema}.intruder() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER SCHEMA": "ALTER SCHEMA {schema} RENAME TO intruder",
    "DROP SCHEMA": "DROP SCHEMA {schema} CASCADE",
}
_PRIVILEGES = (
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
)
_OF_COLUMNS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
_SECRETS = (
    "pg_authid",
    "pg_shadow",
    "pg_statistic",
    "pg_user_mapping",
    "pg_hba_file_rules",
    "pg_file_settings",
    "pg_backend_memory_contexts",
)
_ACTS = {
    "CREATE SCHEMA": "CREATE SCHEMA intruder",
    "CREATE ROLE": "CREATE ROLE intruder",
    "CREATE TEMPORARY TABLE": "CREATE TEMPORARY TABLE intruder (id int)",
    "CREATE EXTENSION trusted": "CREATE EXTENSION ltree",
    "CREATE EXTENSION untrusted": "CREATE EXTENSION pg_stat_statements",
    "DROP EXTENSION": "DROP EXTENSION btree_gist CASCADE",
    "CREATE PUBLICATION": "CREATE PUBLICATION intruder",
    "CREATE SUBSCRIPTION": (
        "CREATE SUBSCRIPTION intruder CONNECTION 'host=127.0.0.1' PUBLICATION intruder "
        "WITH (connect = false)"
    ),
    "CREATE FOREIGN DATA WRAPPER": "CREATE FOREIGN DATA WRAPPER intruder",
    "CREATE LANGUAGE": "CREATE LANGUAGE intruder HANDLER plpgsql_call_handler",
    "ALTER DATABASE": "ALTER DATABASE tongxin SET statement_timeout = 0",
    "become a superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "become a maker of roles": "ALTER ROLE CURRENT_USER CREATEROLE",
    "see past row security": "ALTER ROLE CURRENT_USER BYPASSRLS",
    "give oneself the server's files": "GRANT pg_read_server_files TO CURRENT_USER",
    "COPY TO PROGRAM": "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY FROM PROGRAM": "COPY alembic_version FROM PROGRAM 'true'",
    "COPY TO a file": "COPY (SELECT 1) TO '/dev/null'",
    "COPY FROM a file": "COPY alembic_version FROM '/dev/null'",
    "pg_read_file": "SELECT pg_read_file('PG_VERSION')",
    "pg_read_binary_file": "SELECT pg_read_binary_file('PG_VERSION')",
    "pg_ls_dir": "SELECT pg_ls_dir('.')",
    "pg_ls_logdir": "SELECT pg_ls_logdir()",
    "pg_stat_file": "SELECT pg_stat_file('PG_VERSION')",
    "lo_import": "SELECT lo_import('/dev/null')",
    "lo_export": "SELECT lo_export(0, '/dev/null')",
    "LOAD": "LOAD 'auto_explain'",
    "SET a superuser's setting": "SET log_statement = 'all'",
    "SET session_replication_role": "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION": f"SET SESSION AUTHORIZATION {postgres.ADMIN}",
    "end the admin's session": (
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{postgres.ADMIN}'"
    ),
    "pg_reload_conf": "SELECT pg_reload_conf()",
    "pg_switch_wal": "SELECT pg_switch_wal()",
    "pg_create_restore_point": "SELECT pg_create_restore_point('intruder')",
    "pg_stat_reset": "SELECT pg_stat_reset()",
    "replicate": "SELECT pg_create_physical_replication_slot('intruder')",
}
_OUTSIDE_A_TRANSACTION = {
    "CREATE DATABASE": "CREATE DATABASE intruder",
    "ALTER SYSTEM": "ALTER SYSTEM SET log_statement = 'all'",
}
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname <> $1 ORDER BY rolname"
_RELATIONS = """
    SELECT format('%I.%I', nspname, relname) AS name, relkind,
        (SELECT quote_ident(attname) FROM pg_attribute
         WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attidentity = ''
           AND attgenerated = '' ORDER BY attnum LIMIT 1) AS column
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    ORDER BY 1
"""
_SCHEMAS = """
    SELECT quote_ident(nspname) FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1
"""
_HOLDS = """
    SELECT role, privilege, relation, has_table_privilege(role, relation, privilege)
        OR privilege = ANY($4) AND has_any_column_privilege(role, relation, privilege) AS held,
        has_table_privilege(role, relation, privilege || ' WITH GRANT OPTION') AS passed_on
    FROM unnest($1::text[]) AS role, unnest($2::text[]) AS privilege,
        unnest($3::text[]) AS relation
"""
# Each statement in a subtransaction that is taken back, whatever became of it.
_TRY_ALL = """
    DO $tries$
    DECLARE
        statement text;
        said text;
        outcomes text[] := '{}';
    BEGIN
        FOR statement IN
            SELECT json_array_elements_text(current_setting('walls.statements')::json)
        LOOP
            BEGIN
                EXECUTE statement;
                RAISE EXCEPTION USING ERRCODE = 'WENT1';
            EXCEPTION WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS said = RETURNED_SQLSTATE;
                outcomes := outcomes || said;
            END;
        END LOOP;
        PERFORM set_config('walls.outcomes', array_to_json(outcomes)::text, false);
    END $tries$
"""


@asynccontextmanager
async def database_of(
    home: Home, role: str, database: str = "tongxin", password: str | None = None
) -> AsyncIterator[asyncpg.Connection]:
    """A connection as that role, by default with its own password."""
    if password is None:
        password = home.secret(role, "postgres_password")
    connection = await asyncpg.connect(
        host=str(home.sockets), user=role, password=password, database=database
    )
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def admin_of(home: Home) -> AsyncIterator[asyncpg.Connection]:
    connection = await postgres.connect(home)
    try:
        yield connection
    finally:
        await connection.close()


async def statements_tried(home: Home, roles: Sequence[str] = SERVICES) -> dict[Try, bool]:
    """Every role, every schema, table and sequence, every verb: did it go through?"""
    async with admin_of(home) as admin:
        relations = await admin.fetch(_RELATIONS)
        schemas = [row[0] for row in await admin.fetch(_SCHEMAS)]
        names = [row["name"] for row in relations if row["relkind"] != b"S"]
        held = await admin.fetch(_HOLDS, list(roles), _PRIVILEGES, names, list(_OF_COLUMNS))
        others = {
            role: [row["rolname"] for row in await admin.fetch(_ROLES, role)] for role in roles
        }
    outcomes: dict[Try, bool] = {}
    for row in held:
        outcomes[Try(row["role"], f"hold {row['privilege']}", row["relation"])] = row["held"]
        outcomes[Try(row["role"], f"pass on {row['privilege']}", row["relation"])] = row[
            "passed_on"
        ]
    parts = await asyncio.gather(
        *(
            _tried_by(
                home,
                role,
                dict(_in_transactions(role, relations, schemas, others[role])),
            )
            for role in roles
        )
    )
    for part in parts:
        outcomes |= part
    return outcomes


def _in_transactions(
    role: str, relations: Sequence[asyncpg.Record], schemas: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[Try, str]]:
    for row in relations:
        verbs = {b"S": _ON_SEQUENCES, b"v": _ON_VIEWS}.get(row["relkind"], _ON_TABLES)
        for verb, statement in verbs.items():
            yield (
                Try(role, verb, row["name"]),
                statement.format(table=row["name"], column=row["column"]),
            )
    for schema in schemas:
        for verb, statement in _ON_SCHEMAS.items():
            yield Try(role, verb, schema), statement.format(schema=schema)
    for secret in _SECRETS:
        yield Try(role, "SELECT", f"pg_catalog.{secret}"), f"SELECT * FROM pg_catalog.{secret}"
    for verb, statement in _ACTS.items():
        yield Try(role, verb, "the server"), statement
    for other in others:
        yield Try(role, "SET ROLE", other), f'SET ROLE "{other}"'
        if other != "pg_database_owner":  # takes no members from anybody
            yield Try(role, "GRANT", other), f'GRANT "{other}" TO CURRENT_USER'
        yield Try(role, "ALTER ROLE", other), f"ALTER ROLE \"{other}\" PASSWORD 'intruder'"
        yield Try(role, "DROP ROLE", other), f'DROP ROLE "{other}"'


async def _tried_by(home: Home, role: str, statements: dict[Try, str]) -> dict[Try, bool]:
    async with database_of(home, role) as own:
        await own.execute(
            "SELECT set_config('walls.statements', $1, false)", json.dumps([*statements.values()])
        )
        await own.execute(_TRY_ALL)
        said = json.loads(await own.fetchval("SELECT current_setting('walls.outcomes')"))
        outcomes = {
            each: state not in REFUSED for each, state in zip(statements, said, strict=True)
        }
        for verb, statement in _OUTSIDE_A_TRANSACTION.items():
            try:
                await own.execute(statement)
                outcomes[Try(role, verb, "the server")] = True
            except asyncpg.InsufficientPrivilegeError:
                outcomes[Try(role, verb, "the server")] = False
    return outcomes


async def doors_tried(home: Home, roles: Sequence[str] = SERVICES) -> dict[Try, bool]:
    """Every role at every database, with its own password and with others; `what` is the database
    and `verb` the password."""
    outcomes: dict[Try, bool] = {}
    async with admin_of(home) as admin:
        databases = [
            row[0] for row in await admin.fetch("SELECT datname FROM pg_database ORDER BY 1")
        ]
    owners = [f"{role}_owner" for role in roles]
    for role in (*roles, *owners, postgres.ADMIN):
        passwords = {"a guessed password": "guessed", "no password": ""}
        if role in roles:
            passwords["its own password"] = home.secret(role, "postgres_password")
        for other in roles:
            if other != role:
                passwords[f"{other}'s password"] = home.secret(other, "postgres_password")
        for verb, password in passwords.items():
            for database in databases:
                outcomes[Try(role, verb, database)] = await _enters(home, role, database, password)
    return outcomes


async def _enters(home: Home, role: str, database: str, password: str) -> bool:
    try:
        async with database_of(home, role, database, password):
            return True
    except (
        asyncpg.InvalidPasswordError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InsufficientPrivilegeError,
    ):
        return False
    except asyncpg.ObjectNotInPrerequisiteStateError:
        # template0 takes no connections, not the admin's either.
        return False
