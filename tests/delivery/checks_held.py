"""Checks of what waits for a fact that fails, and what must not. Each says what was violated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from shared.held import Held, Patience
from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import judging, reader
from tests.delivery.bench import Bench
from tests.delivery.judging import against
from tests.delivery.reader import POISONED


@asynccontextmanager
async def reading(bench: Bench, *, tries: int, first: float = 0.02) -> AsyncIterator[None]:
    """A reader of little patience; `first` seconds until it tries again."""
    running = bench.running(reader.service)
    for ear in running.ears:
        ear.held = Held(ear.stream, Patience(tries=tries, first=first))
    async with running:
        yield


async def successors_wait(bench: Bench) -> list[str]:
    """What follows a failing fact of the same account waits behind it, however late it comes, and
    is taken in order once that one works."""
    sick = uuid7()
    said = []
    await bench.mood(broken=True)
    try:
        async with reading(bench, tries=1000):
            await _published(bench, sick, (1, 1), (2, POISONED), (3, 1))
            said += await _noted(bench, sick, 1, "the one before the failing fact")
            await _published(bench, sick, (4, 1))
            said += await _until_queued(bench, sick, [2, 3, 4])
            if (passed := await bench.notes(sick)) != [1]:
                said.append(f"successors passed the failing one: {passed}")
            await bench.mood(broken=False)
            said += await _noted(bench, sick, 4, "the failing fact and its successors")
        return said + against(await bench.notes(sick), 4)
    finally:
        await _healed(bench, sick)


async def a_copy_waits(bench: Bench) -> list[str]:
    """A held fact that comes again, and could be taken by now, is not taken beside the held one."""
    sick = uuid7()
    await bench.mood(broken=True)
    try:
        async with reading(bench, tries=1000, first=600.0):
            await _published(bench, sick, (1, 1), (2, POISONED))
            said = await _until_queued(bench, sick, [2])
            await bench.mood(broken=False)
            await _published(bench, sick, (2, POISONED))
            await _all_taken(bench)
            await bench.rows(
                "UPDATE reader.held SET next_at = now() WHERE aggregate = $1", str(sick)
            )
            said += await _noted(bench, sick, 2, "the failing fact")
            said += await _until_queued(bench, sick, [])
        return said + against(await bench.notes(sick), 2)
    finally:
        await _healed(bench, sick)


async def a_repeat_is_dropped(bench: Bench) -> list[str]:
    """One that was taken long ago, alone in its batch, as any other one."""
    account = uuid7()
    async with reading(bench, tries=1000):
        await _published(bench, account, (1, 1))
        said = await _noted(bench, account, 1, "the first")
        await _published(bench, account, (1, 1))
        await _all_taken(bench)
        await _published(bench, account, (2, 1))
        said += await _noted(bench, account, 2, "what follows the repeat")
    return said + against(await bench.notes(account), 2)


async def neighbours_pass(bench: Bench) -> list[str]:
    """While one account's fact fails, others go on, in the same batch and in later ones."""
    sick, beside, later = uuid7(), uuid7(), uuid7()
    said = []
    await bench.mood(broken=True)
    try:
        await _published(bench, sick, (1, POISONED))
        await _published(bench, beside, (1, 1), (2, 1))
        async with reading(bench, tries=1000):
            said += await _noted(bench, beside, 2, "a neighbour in the same batch")
            await _published(bench, later, (1, 1), (2, 1))
            said += await _noted(bench, later, 2, "a neighbour that came later")
            if await bench.notes(sick):
                said.append("the failing fact took effect: the check itself is void")
        return said
    finally:
        await _healed(bench, sick)


async def _published(bench: Bench, account: UUID, *facts: tuple[int, int]) -> None:
    """Facts (nth, amount) as a relay would send them; the sequence is the nth."""
    for nth, amount in facts:
        await bench.publish(account, nth, amount=amount)


async def _noted(bench: Bench, account: UUID, count: int, what: str) -> list[str]:
    async def all_of_them() -> bool:
        return len(await bench.notes(account)) >= count

    try:
        await eventually(all_of_them, seconds=judging.PATIENCE)
    except AssertionError:
        return [f"still waiting: {what}"]
    return []


async def _until_queued(bench: Bench, account: UUID, wanted: list[int]) -> list[str]:
    """Waits until these are held; says what is held instead."""

    async def queue() -> list[int]:
        rows = await bench.rows(
            "SELECT sequence FROM reader.held WHERE aggregate = $1 ORDER BY sequence", str(account)
        )
        return [row["sequence"] for row in rows]

    async def all_wait() -> bool:
        return await queue() == wanted

    try:
        await eventually(all_wait, seconds=judging.PATIENCE)
    except AssertionError:
        return [f"held are {await queue()} instead of {wanted}"]
    return []


_TO_COME = """
    SELECT FROM reader.held LEFT JOIN reader.position
        ON position.aggregate = CAST(held.aggregate AS uuid) AND position.owner = held.owner
    WHERE held.aggregate = $1 AND held.sequence > coalesce(position.last, 0)
"""


async def _healed(bench: Bench, account: UUID) -> None:
    """What is left fails no more and is taken, but for what a mutant has passed over."""
    await bench.mood(broken=False)
    await bench.rows("UPDATE reader.held SET next_at = now() WHERE aggregate = $1", str(account))
    async with bench.running(reader.service):
        await _all_taken(bench)

        async def only_what_was_passed() -> bool:
            return not await bench.rows(_TO_COME, str(account))

        await eventually(only_what_was_passed, seconds=30)
    await bench.rows("DELETE FROM reader.held WHERE aggregate = $1", str(account))


async def _all_taken(bench: Bench) -> None:
    async def nothing_left() -> bool:
        info = await bench.client.jetstream().consumer_info("FACTS", "reader")
        return not (info.num_pending or info.num_ack_pending)

    await eventually(nothing_left, seconds=30)
