"""What the two servers are told at their start, and what provisioning repairs."""

from deploy.local.home import SERVICES, Home
from deploy.local.provision import build_walls
from deploy.postgres.walls import breaches
from tests.walls.database import admin_of, database_of


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
