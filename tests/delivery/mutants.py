"""Planted violations: each breaks one law of the kernel, so that a check can show that it sees.

`python -m tests.delivery.mutants MUTANT SERVICE` runs a toy, or a service of the site, as a process
with it (`none` for none).
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local import provision
from services.gateway import ask, site
from shared import (
    broker,
    commands,
    handling,
    health,
    hearing,
    locks,
    outbox,
    positions,
    publishing,
    relay,
    ticker,
)
from shared.database import raw
from shared.facts import Heard
from shared.rights import RuleBroken
from tests.delivery import ledger, reader

TOYS = {"ledger": ledger, "reader": reader}


def positions_ignored(patch: pytest.MonkeyPatch) -> None:
    """A repeat is applied again."""

    async def all_due(ear: Any, batch: Sequence[Heard], session: Any) -> list[Heard]:
        return list(batch)

    patch.setattr(hearing.Ear, "_sort", all_due)


def failures_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What the broker did not take is marked as sent all the same."""
    publish = publishing.Publisher.publish

    async def careless(publisher: Any, messages: Sequence[Any]) -> list[int]:
        try:
            return await publish(publisher, messages)
        except Exception:
            return [0] * len(messages)

    patch.setattr(publishing.Publisher, "publish", careless)


def nothing_leaves(patch: pytest.MonkeyPatch) -> None:
    """The relay sleeps."""

    async def asleep(_: Any) -> None:
        await asyncio.Event().wait()

    patch.setattr(relay.Relay, "run", asleep)


def answers_bring_nothing(patch: pytest.MonkeyPatch) -> None:
    """The views wait for the stream."""
    patch.setattr(hearing.Ear, "bring", lambda *_: None)


def ids_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Facts are sent without the ids by which a stream knows repeats."""
    patch.setattr(publishing.Outgoing, "headers", lambda _: {})


def refusal_final(patch: pytest.MonkeyPatch) -> None:
    """What the server refused as a batch is marked as sent."""
    together = publishing.Publisher._together

    async def final(publisher: Any, messages: Sequence[Any]) -> list[int]:
        return await together(publisher, messages) or [0] * len(messages)

    patch.setattr(publishing.Publisher, "_together", final)


def impatient(patch: pytest.MonkeyPatch) -> None:
    """A service that does not find NATS at its start gives up."""
    patch.setitem(broker.CONNECTION, "max_reconnect_attempts", 1)


def successors_pass(patch: pytest.MonkeyPatch) -> None:
    """Whatever is new is applied, whether one of the same aggregate is held or not."""

    async def all_new(ear: Any, batch: Sequence[Heard], session: Any) -> list[Heard]:
        histories = {one.history for one in batch}
        last, _ = await positions.known(raw(session), ear.stream, histories)
        return [one for one in batch if one.sequence > last.get(one.history, 0)]

    patch.setattr(hearing.Ear, "_sort", all_new)


def held_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    """A place is claimed though its fact is held."""
    patch.setattr(positions, "_CLAIM", positions._CLAIM.replace("AND NOT EXISTS", "OR EXISTS"))


def places_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A place is claimed wherever the history stands."""
    patch.setattr(
        positions,
        "_CLAIM",
        positions._CLAIM.replace("told.before = coalesce(heard.last, 0)", "true"),
    )


def neighbours_wait(patch: pytest.MonkeyPatch) -> None:
    """A batch is tried until it works, and everyone behind it waits."""

    async def stubborn(ear: Any, batch: Sequence[Heard], connection: Any) -> None:
        while True:
            try:
                await ear._together(batch, connection)
                return
            except Exception:
                await asyncio.sleep(0.05)

    patch.setattr(hearing.Ear, "hear", stubborn)


def late_ones_missed(patch: pytest.MonkeyPatch) -> None:
    """What fell due more than an hour ago is left, as by a clock that looks at the hour only."""
    late = "at > now() - interval '1 hour' AND at <= now()"
    patch.setattr(ticker, "_CLAIM", ticker._CLAIM.replace("at <= now()", late))


def unclaimed(patch: pytest.MonkeyPatch) -> None:
    """Two tickers may take the same row."""
    patch.setattr(ticker, "_CLAIM", ticker._CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))


def lock_shared_by_all(patch: pytest.MonkeyPatch) -> None:
    """Who takes a batch of a stream keeps every service's commands waiting."""
    together, work = hearing.Ear._together, commands.Commands._work

    async def alone(ear: Any, batch: Sequence[Heard], connection: Any) -> None:
        async with ear.sessions.on(connection) as session:
            await raw(session).execute("SELECT pg_advisory_lock(1)")
        try:
            await together(ear, batch, connection)
        finally:
            async with ear.sessions.on(connection) as session:
                await raw(session).execute("SELECT pg_advisory_unlock(1)")

    async def behind(self: Any, batch: Any, session: Any) -> Any:
        await raw(session).execute("SELECT pg_advisory_xact_lock_shared(1)")
        return await work(self, batch, session)

    patch.setattr(hearing.Ear, "_together", alone)
    patch.setattr(commands.Commands, "_work", behind)


def heard_kept(patch: pytest.MonkeyPatch) -> None:
    """Whoever hears remembers all that it ever heard."""
    hear, kept = hearing.Ear.hear, []

    async def collecting(ear: Any, batch: Sequence[Heard], connection: Any) -> None:
        kept.append(list(batch))
        await hear(ear, batch, connection)

    patch.setattr(hearing.Ear, "hear", collecting)


def kept_while_away(patch: pytest.MonkeyPatch) -> None:
    """What is asked while NATS is away waits for it, as is the way of the client."""
    patch.setitem(broker.CONNECTION, "pending_size", 2 * 2**20)
    patch.setattr(site.Site, "connection", lambda gateway: gateway.client)


def long_patience(patch: pytest.MonkeyPatch) -> None:
    """The gateway waits longer for an answer than it promises."""
    patch.setattr(ask, "PATIENCE", 8.0)


def refill_unmarked(patch: pytest.MonkeyPatch) -> None:
    """A new stream is left empty."""

    async def nothing(*_: Any) -> list[str]:
        return []

    patch.setattr(provision, "_refill", nothing)


def presence_claimed(patch: pytest.MonkeyPatch) -> None:
    """Health says of every durable that it is there."""

    async def there(_: Any, ear: Any) -> health.DurableState:
        return health.DurableState(
            stream=ear.stream, name=ear.durable, present=True, listening=True
        )

    patch.setattr(health, "_durable", there)


def given_up(patch: pytest.MonkeyPatch) -> None:
    """Relay and ear end with their first error."""

    async def relay_once(relay: Any) -> None:
        async with relay.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await relay._hold(connection)

    async def hear_once(ear: Any, client: Any) -> None:
        async with ear.engine.connect() as connection:
            await ear._listen(client, connection)

    patch.setattr(relay.Relay, "run", relay_once)
    patch.setattr(hearing.Ear, "run", hear_once)


def unlocked(patch: pytest.MonkeyPatch) -> None:
    """Everyone thinks that the lock is theirs."""

    async def mine(*_: Any) -> bool:
        return True

    patch.setattr(locks, "try_lock", mine)
    patch.setattr(hearing, "try_lock", mine)


def never_let_go(patch: pytest.MonkeyPatch) -> None:
    """A holder that fell silent keeps its lock, also in the middle of a transaction."""
    patch.setattr(locks, "SILENCE", 0)
    try_lock = locks.try_lock

    async def keeping(connection: Any, name: str) -> bool:
        taken = await try_lock(connection, name)
        if taken:
            await connection.execute(text("SET idle_in_transaction_session_timeout TO 0"))
        return taken

    patch.setattr(locks, "try_lock", keeping)
    patch.setattr(hearing, "try_lock", keeping)


def table_locked(patch: pytest.MonkeyPatch) -> None:
    """The relay waits for every open transaction that states something."""
    send_all = relay.Relay.send_all

    async def waiting(relay: Any, connection: Any) -> None:
        await connection.execute(text("DO $$ BEGIN LOCK TABLE outbox IN SHARE MODE; END $$"))
        await send_all(relay, connection)

    patch.setattr(relay.Relay, "send_all", waiting)


def once_only_off(patch: pytest.MonkeyPatch) -> None:
    """No command is remembered, whatever its answer."""

    async def forgetful(session: Any, site: str, closings: Sequence[Any]) -> dict[bytes, bytes]:
        outbox.state(session, *(fact for one in closings for fact in one.facts))
        await outbox.keep_stated(session, site)
        return {one.digest: one.accepted.model_dump_json().encode() for one in closings}

    async def unknown(*_: Any) -> None:
        return None

    async def unkept(session: Any, digest: Any, body: Any, refused: Any) -> Any:
        return refused

    patch.setattr(commands, "close_commands", forgetful)
    patch.setattr(commands, "recall", unknown)
    patch.setattr(commands, "refuse", unkept)


def body_ignored(patch: pytest.MonkeyPatch) -> None:
    """The same key gets the same answer, whatever was asked."""
    patch.setattr(handling.Ask, "body_hash", lambda ask, seal: b"same")


def account_ignored(patch: pytest.MonkeyPatch) -> None:
    """A key is one for all accounts and commands."""
    patch.setattr(handling.Ask, "digest", lambda ask, seal: ask.key.encode())


def faults_stored(patch: pytest.MonkeyPatch) -> None:
    """A fault is remembered as if it were a refusal."""
    work = commands.Commands._work

    async def refusing(self: Any, batch: Any, session: Any) -> Any:
        try:
            return await work(self, batch, session)
        except Exception as error:
            raise RuleBroken("fault", "kept") from error

    patch.setattr(commands.Commands, "_work", refusing)


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    mutant.__name__: mutant
    for mutant in (
        positions_ignored,
        failures_forgotten,
        nothing_leaves,
        answers_bring_nothing,
        ids_forgotten,
        refusal_final,
        impatient,
        successors_pass,
        held_not_looked_for,
        places_not_looked_at,
        neighbours_wait,
        late_ones_missed,
        unclaimed,
        lock_shared_by_all,
        heard_kept,
        kept_while_away,
        long_patience,
        refill_unmarked,
        presence_claimed,
        given_up,
        unlocked,
        never_let_go,
        table_locked,
        once_only_off,
        body_ignored,
        account_ignored,
        faults_stored,
    )
}


if __name__ == "__main__":
    mutant, name = sys.argv[1:]
    locks.SILENCE = 2 if name in TOYS else locks.SILENCE
    if mutant != "none":
        MUTANTS[mutant](pytest.MonkeyPatch())
    if name in TOYS:
        TOYS[name].service.run()
    elif name == "gateway":
        import_module("services.gateway.app").main()
    else:
        import_module(f"services.{name}.app").service.run()
