"""A database of membership alone, for tests that commit: nobody else sees what they leave there."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local import postgres
from deploy.local.home import Home
from shared import database
from tests.conftest import settings_of

NAME = "membership_alone"


@pytest.fixture(scope="package")
async def own_database(home: Home) -> AsyncIterator[str]:
    """Its name. Migrated; the roles are those of the cluster. Gone after this folder, because the
    walls are tried against every database there is."""
    admin = await postgres.connect(home, "postgres")
    await admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'")
    await admin.execute(f"GRANT CONNECT ON DATABASE {NAME} TO membership")
    inside = await postgres.connect(home, NAME)
    await inside.execute("CREATE EXTENSION btree_gist SCHEMA public")
    await inside.execute("CREATE SCHEMA membership AUTHORIZATION membership_owner")
    await inside.execute("GRANT USAGE ON SCHEMA membership TO membership")
    await inside.execute("""
        ALTER DEFAULT PRIVILEGES FOR ROLE membership_owner IN SCHEMA membership
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO membership
    """)
    await inside.close()
    await _migrate(home)
    yield NAME
    await admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    await admin.close()


async def _migrate(home: Home) -> None:
    url = postgres.admin_url(home).replace("@/tongxin?", f"@/{NAME}?")
    await asyncio.to_thread(database.migrate, "membership", url)


@pytest.fixture
async def committing(home: Home, own_database: str) -> AsyncIterator[database.Sessions]:
    """Sessions of membership's role on that database."""
    settings = settings_of(home, "membership")
    url = settings.database_url.replace("/tongxin?", f"/{own_database}?")
    assert url != settings.database_url
    engine: AsyncEngine = database.engine(
        settings.model_copy(update={"database_url": url}), pool_size=4
    )
    yield database.Sessions(engine, settings.seal_key.get_secret_value().encode()[:64])
    await engine.dispose()
