"""Planted violations: each breaks one law of the kernel, so that a check can show that it sees.

`python -m tests.delivery.mutants MUTANT TOY` runs a toy as a process with it (`none` for none).
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local import provision
from shared import commands, handling, health, hearing, outbox, publishing
from shared.facts import Heard
from shared.rights import RuleBroken
from tests.delivery import ledger, reader


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

    patch.setattr(outbox.Relay, "run", relay_once)
    patch.setattr(hearing.Ear, "run", hear_once)


def unlocked(patch: pytest.MonkeyPatch) -> None:
    """Everyone thinks that the lock is theirs."""

    async def mine(*_: Any) -> bool:
        return True

    patch.setattr(outbox, "try_lock", mine)
    patch.setattr(hearing, "try_lock", mine)


def never_let_go(patch: pytest.MonkeyPatch) -> None:
    """A holder that fell silent keeps its lock."""
    patch.setattr(outbox, "SILENCE", 0)


def table_locked(patch: pytest.MonkeyPatch) -> None:
    """The relay waits for every open transaction that states something."""
    send_all = outbox.Relay.send_all

    async def waiting(relay: Any, connection: Any) -> None:
        await connection.execute(text("DO $$ BEGIN LOCK TABLE outbox IN SHARE MODE; END $$"))
        await send_all(relay, connection)

    patch.setattr(outbox.Relay, "send_all", waiting)


def once_only_off(patch: pytest.MonkeyPatch) -> None:
    """No command is remembered, whatever its answer."""

    async def forgetful(session: Any, site: str, closings: Sequence[Any]) -> dict[bytes, bytes]:
        outbox.state(session, *(fact for one in closings for fact in one.facts))
        await outbox.keep_stated(session, site)
        return {one.digest: one.accepted.model_dump_json().encode() for one in closings}

    async def unknown(*_: Any) -> None:
        return None

    async def unkept(session: Any, one: Any, refused: Any) -> Any:
        return refused

    patch.setattr(commands, "close_commands", forgetful)
    patch.setattr(commands, "_recall", unknown)
    patch.setattr(commands, "_refuse", unkept)


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
    outbox.SILENCE = 2
    if sys.argv[1] != "none":
        MUTANTS[sys.argv[1]](pytest.MonkeyPatch())
    {"ledger": ledger, "reader": reader}[sys.argv[2]].service.run()
