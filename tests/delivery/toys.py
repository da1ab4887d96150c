"""What the toy services need of the servers: users, tables, a stream and a durable."""

import json
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from nats.js.api import ConsumerConfig, StreamConfig
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local import postgres
from deploy.local.home import Home, free_port
from shared import kernel_tables
from shared.broker import Durable, streams

TOYS = ("ledger", "reader")
ACK_WAIT = 2.0
PASSWORD = "toy"


def stream() -> StreamConfig:
    """As a site's FACTS, with its window for repeats, but for the toys' subjects."""
    [real] = [each for each in streams("hq") if each.name == "FACTS"]
    return StreamConfig(
        name="FACTS",
        subjects=["events.hq.ledger.>", "events.hq.thief.>"],
        allow_atomic=real.allow_atomic,
        duplicate_window=real.duplicate_window,
    )


class ToyDurable(Durable):
    """As a service's, but what is not acknowledged comes again soon."""

    def config(self) -> ConsumerConfig:
        config = super().config()
        config.ack_wait = ACK_WAIT
        return config


READER = ToyDurable("FACTS", "reader", ("events.hq.ledger.>", "events.hq.thief.>"))


def write_nats_config(home: Home) -> None:
    port = free_port()
    (home.run / "nats.port").write_text(str(port))
    users = [{"user": user, "password": PASSWORD} for user in (*TOYS, "tester")]
    provisioner = home.secret("provisioner", "nats_password")
    users.append({"user": "provisioner", "password": provisioner})
    config = {
        "listen": f"127.0.0.1:{port}",
        "jetstream": {"store_dir": str(home.nats), "sync_interval": "always", "domain": "hq"},
        "authorization": {"users": users},
    }
    (home.run / "nats.json").write_text(json.dumps(config))
    for toy in TOYS:
        directory: Path = home.path / "toys" / toy
        directory.mkdir(parents=True)
        for name in ("postgres_password", "nats_password", "seal_key"):
            (directory / name).write_text(PASSWORD)


async def make_tables(home: Home) -> None:
    admin = await postgres.connect(home, "postgres")
    await admin.execute("CREATE DATABASE tongxin")
    await admin.close()
    admin = await postgres.connect(home)
    for toy in TOYS:
        await admin.execute(
            f"CREATE ROLE {toy} LOGIN PASSWORD '{PASSWORD}'; CREATE SCHEMA {toy} "
            f"AUTHORIZATION {toy}; ALTER ROLE {toy} SET search_path TO {toy};"
            # Who is stopped in the middle of a transaction gives up its locks, as on a site.
            f"ALTER ROLE {toy} SET idle_in_transaction_session_timeout TO '3s'"
        )
    await admin.close()
    await _run_in(home, "ledger", ["CREATE TABLE account (id uuid PRIMARY KEY, bookings int)"])
    await _run_in(
        home,
        "reader",
        [
            "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, account uuid, nth int,"
            " amount int)",
            "CREATE TABLE mood (broken bool)",
            "INSERT INTO mood VALUES (false)",
        ],
    )


async def _run_in(home: Home, toy: str, statements: list[str]) -> None:
    engine = create_async_engine(
        f"postgresql+asyncpg://{toy}:{PASSWORD}@/tongxin?host={home.sockets}"
    )

    def make(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            kernel_tables.command_tables_v1()
            kernel_tables.hearing_tables_v1()
            kernel_tables.hearing_tables_v2()
            kernel_tables.hearing_tables_v3()
            kernel_tables.skipped_table_v2()
            kernel_tables.redacted_table_v1()
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()

    async with engine.connect() as connection:
        await connection.run_sync(make)
    await engine.dispose()
