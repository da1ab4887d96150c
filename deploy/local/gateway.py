"""What the operator does at the gateway's own tables: accounts and sessions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.home import Home
from shared import database
from shared.database import Session
from shared.settings import Settings


@asynccontextmanager
async def gateway_session(home: Home) -> AsyncIterator[Session]:
    """A session of the gateway's role; the caller commits."""
    settings = Settings(
        site=home.site,
        nats_url=home.nats_url,
        database_url=home.database_url("gateway"),
        url=home.url,
        secrets=home.path / "secrets" / "gateway",
    )
    engine = database.engine(settings, pool_size=1)
    try:
        async with database.Sessions(engine)() as session:
            yield session
    finally:
        await engine.dispose()
