"""The walls of PostgreSQL and NATS, tried from inside with each service's own credentials."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import permutations

import asyncpg
import nats.errors
import pytest
from nats.aio.client import Client

from deploy.local import postgres
from deploy.local.home import NATS_USERS, SERVICES, Home
from deploy.local.provision import build_walls
from deploy.postgres.walls import SCHEMAS, breaches
from shared.broker import connect
from shared.testing import eventually

PAIRS = list(permutations(SERVICES, 2))


@asynccontextmanager
async def database_of(
    home: Home, role: str, database: str = "tongxin"
) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        host=str(home.sockets),
        user=role,
        password=home.secret(role, "postgres_password"),
        database=database,
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


@asynccontextmanager
async def user_of(home: Home, user: str) -> AsyncIterator[Client]:
    client = await connect(home.nats_url, user, home.secret(user, "nats_password"))
    try:
        yield client
    finally:
        await client.close()


class Complaints:
    """What the server tells a client that it refuses."""

    def __init__(self, client: Client) -> None:
        self.said: list[str] = []
        client._error_cb = self._note

    async def _note(self, error: Exception) -> None:
        self.said.append(str(error).lower())

    async def name_all(self, subjects: list[str]) -> None:
        """Returns when each of the subjects was refused."""

        def heard() -> bool:
            said = " ".join(self.said)
            missing = [each for each in subjects if f'"{each.lower()}"' not in said]
            assert not missing, f"not refused: {missing}"
            return True

        await eventually(heard, seconds=5)


@pytest.mark.parametrize(("role", "other"), PAIRS)
async def test_a_role_reaches_no_table_of_another_service(
    home: Home, role: str, other: str
) -> None:
    async with database_of(home, role) as own:
        assert await own.fetchval("SELECT count(*) FROM alembic_version") == 1
        for schema in SCHEMAS[other]:
            for statement in (
                f"SELECT * FROM {schema}.alembic_version",
                f"CREATE TABLE {schema}.intruder (id int)",
                f"DROP SCHEMA {schema} CASCADE",
                f"SET ROLE {other}_owner",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await own.execute(statement)


@pytest.mark.parametrize("role", SERVICES)
async def test_a_role_changes_no_table_of_its_own_and_stays_out_of_the_other_databases(
    home: Home, role: str
) -> None:
    async with database_of(home, role) as own:
        for statement in (
            "DROP TABLE alembic_version",
            "CREATE TABLE intruder (id int)",
            "CREATE TABLE public.intruder (id int)",
            "CREATE TEMPORARY TABLE intruder (id int)",
            f"SET ROLE {role}_owner",
            "SET SESSION AUTHORIZATION tongxin_admin",
            "COPY alembic_version TO PROGRAM 'cat'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(statement)
    for database in ("postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database_of(home, role, database):
                pass


@pytest.mark.parametrize("role", [*SERVICES, "tongxin_admin", "membership_owner"])
async def test_nobody_enters_without_the_right_password(home: Home, role: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host=str(home.sockets), user=role, password="guessed", database="tongxin"
        )


async def test_a_forgotten_transaction_and_a_long_statement_end_by_themselves(home: Home) -> None:
    async with database_of(home, "democracy") as own:
        for name in (
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
        ):
            assert await own.fetchval(f"SELECT current_setting('{name}')") not in ("0", "")
    async with admin_of(home) as admin:
        assert await admin.fetchval("SHOW statement_timeout") == "0"
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert await admin.fetchval(f"SHOW {name}") == "on"
        assert await admin.fetchval("SHOW listen_addresses") == ""


async def test_provisioning_closes_what_was_opened(home: Home) -> None:
    async with admin_of(home) as admin:
        assert await breaches(admin) == []
        await admin.execute("GRANT membership_owner TO democracy")
        await admin.execute("GRANT USAGE ON SCHEMA membership TO gateway")
        await admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA membership TO gateway")
        await admin.execute("ALTER ROLE gateway SUPERUSER")
        found = await breaches(admin)
        assert "democracy is a member of membership_owner" in found
        assert "gateway is a superuser" in found
        await build_walls(home)
        assert await breaches(admin) == []
        assert not await admin.fetchval(
            "SELECT has_table_privilege('gateway', 'membership.outbox', 'SELECT')"
        )


def forbidden(home: Home, user: str) -> list[str]:
    """Subjects that the user must not publish on."""
    site = home.site
    subjects = [
        f"events.{site}.{other}.intruder" for other in (*SERVICES, "training") if other != user
    ]
    for other in (*SERVICES, "training"):
        if other != user:
            subjects += [
                f"$JS.API.CONSUMER.MSG.NEXT.FACTS.{other}",
                f"$JS.API.CONSUMER.INFO.FACTS.{other}",
                f"$JS.ACK.FACTS.{other}.1.1.1.1.0",
                f"$JS.ACK.{site}.hash.FACTS.{other}.1.1.1.1.0",
            ]
    if user != "gateway":
        subjects += [f"commands.{site}.{other}.any" for other in SERVICES]
    if user not in ("gateway", "operator"):
        subjects += [f"events.{site}.hr.employee-hired"]
    if user != "provisioner":
        subjects += [
            f"$JS.API.STREAM.{verb}.FACTS" for verb in ("CREATE", "UPDATE", "DELETE", "PURGE")
        ]
        subjects += [
            "$JS.API.STREAM.MSG.GET.FACTS",
            "$JS.API.DIRECT.GET.FACTS",
            "$JS.API.CONSUMER.DURABLE.CREATE.FACTS.intruder",
            "$JS.API.CONSUMER.CREATE.FACTS.intruder",
            f"$JS.API.CONSUMER.DELETE.FACTS.{user}",
            "$SYS.REQ.SERVER.PING",
        ]
        return subjects
    return [subject for subject in subjects if not subject.startswith("$JS.API.")]


@pytest.mark.parametrize("user", NATS_USERS)
async def test_a_user_publishes_its_own_subjects_only(home: Home, user: str) -> None:
    async with user_of(home, user) as client:
        complaints = Complaints(client)
        subjects = forbidden(home, user)
        for subject in subjects:
            await client.publish(subject, b"{}")
        await complaints.name_all(subjects)


@pytest.mark.parametrize("user", NATS_USERS)
async def test_a_user_listens_to_its_own_subjects_only(home: Home, user: str) -> None:
    others = [each for each in (*SERVICES, "training") if each != user]
    subjects = [f"_INBOX_{other}.>" for other in others]
    subjects += [f"commands.{home.site}.{other}.>" for other in others]
    subjects += [">", "_INBOX.>", "events.>", "$JS.>", f"events.{home.site}.hr.>"]
    async with user_of(home, user) as client:
        complaints = Complaints(client)
        for subject in subjects:
            await client.subscribe(subject)
        await complaints.name_all(subjects)


async def test_a_service_reads_its_own_durable(home: Home) -> None:
    async with user_of(home, "democracy") as client:
        info = await client.jetstream().consumer_info("FACTS", "democracy")
        assert info.config.ack_policy == "explicit"


async def test_nobody_connects_without_the_right_password(home: Home) -> None:
    for user, password in (("gateway", "guessed"), ("", ""), ("provisioner", "")):
        client = Client()
        with pytest.raises(nats.errors.Error):
            await client.connect(home.nats_url, user=user, password=password, allow_reconnect=False)


async def test_secrets_are_private_and_stand_in_no_configuration(home: Home) -> None:
    secrets = [file for file in (home.path / "secrets").rglob("*") if file.is_file()]
    assert len({file.read_text() for file in secrets}) == len(secrets)
    for file in secrets:
        assert file.stat().st_mode & 0o077 == 0
        assert file.parent.stat().st_mode & 0o077 == 0
    config = (home.run / "nats.json").read_text()
    assert not [file for file in secrets if file.read_text() in config]
    for service in SERVICES:
        told = " ".join(home.environment(service, demo=False).values())
        assert not [file for file in secrets if file.read_text() in told]
