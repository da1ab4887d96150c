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
    publishing,
    relay,
    ticker,
)
from shared.rights import RuleBroken
from tests.delivery import ledger, mutants_hearing, reader

TOYS = {"ledger": ledger, "reader": reader}


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


def late_ones_missed(patch: pytest.MonkeyPatch) -> None:
    """What fell due more than an hour ago is left, as by a clock that looks at the hour only."""
    late = "at > now() - interval '1 hour' AND at <= now()"
    patch.setattr(ticker, "_CLAIM", ticker._CLAIM.replace("at <= now()", late))


def unclaimed(patch: pytest.MonkeyPatch) -> None:
    """Two tickers may take the same row."""
    patch.setattr(ticker, "_CLAIM", ticker._CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))


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
    patch.setattr(locks, "_FREE", text("SELECT CAST(:name AS text), CAST(:silence AS int)"))
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
        mutants_hearing.positions_ignored,
        mutants_hearing.successors_pass,
        mutants_hearing.held_not_looked_for,
        mutants_hearing.places_not_looked_at,
        mutants_hearing.neighbours_wait,
        mutants_hearing.lock_shared_by_all,
        mutants_hearing.lock_never_given_back,
        mutants_hearing.heard_kept,
        failures_forgotten,
        nothing_leaves,
        answers_bring_nothing,
        ids_forgotten,
        refusal_final,
        impatient,
        late_ones_missed,
        unclaimed,
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
