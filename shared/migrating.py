"""The one alembic environment: each service's `migrations/env.py` runs this in its own schema."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from shared.database import run_migrations


def run() -> None:
    """All steps to the newest revision in one transaction: a failing one leaves nothing behind."""

    def upgrade(connection: Connection) -> None:
        context.configure(
            connection=connection, version_table_schema=context.config.attributes["service"]
        )
        with context.begin_transaction():
            context.run_migrations()

    asyncio.run(run_migrations(context.config, upgrade))
