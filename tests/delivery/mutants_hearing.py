"""Planted violations in how facts are heard."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from shared import commands, hearing, positions
from shared.database import raw
from shared.facts import Heard


def positions_ignored(patch: pytest.MonkeyPatch) -> None:
    """A repeat is applied again."""

    async def all_due(ear: Any, batch: Sequence[Heard], session: Any) -> list[Heard]:
        return list(batch)

    patch.setattr(hearing.Ear, "_sort", all_due)


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


def lock_never_given_back(patch: pytest.MonkeyPatch) -> None:
    """Who has once taken a batch keeps every service's commands waiting from then on."""
    take, work = hearing.Ear.take, commands.Commands._work
    kept: set[str] = set()

    async def keeping(ear: Any, messages: Any, connection: Any) -> Any:
        if ear.stream not in kept:
            await connection.execute(text("SELECT pg_advisory_lock_shared(1)"))
            kept.add(ear.stream)
        return await take(ear, messages, connection)

    async def behind(self: Any, batch: Any, session: Any) -> Any:
        # Asked for again and again, since who waits for a lock keeps others from sharing it.
        while not await raw(session).fetchval("SELECT pg_try_advisory_xact_lock(1)"):
            await asyncio.sleep(0.02)
        return await work(self, batch, session)

    patch.setattr(hearing.Ear, "take", keeping)
    patch.setattr(commands.Commands, "_work", behind)


def heard_kept(patch: pytest.MonkeyPatch) -> None:
    """Whoever hears remembers all that it ever heard."""
    hear, kept = hearing.Ear.hear, []

    async def collecting(ear: Any, batch: Sequence[Heard], connection: Any) -> None:
        kept.append(list(batch))
        await hear(ear, batch, connection)

    patch.setattr(hearing.Ear, "hear", collecting)
