"""What the checks share: making trouble for the toys, and saying what came of it."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import pytest

from deploy.local import provision
from shared import broker, database
from shared.messages import Accepted, Answer, Failed, uuid7
from shared.outbox import keep_stated, state
from shared.testing import eventually
from tests.delivery.bench import Bench
from tests.delivery.ledger import Booked
from tests.delivery.toys import READER, TOYS, stream


async def stated(bench: Bench, account: UUID, *nths: int) -> None:
    """Facts that are committed without anybody to ask."""
    engine = database.engine(bench.settings("ledger"), pool_size=1)
    async with database.Sessions(engine)() as session:
        state(session, *(Booked(account=account, amount=1, nth=nth) for nth in nths))
        await keep_stated(session, "hq")
        await session.commit()
    await engine.dispose()


async def settled_ask(bench: Bench, account: UUID) -> Answer:
    """Asks with one key until somebody answers it for good."""
    key = str(uuid7())

    async def answered() -> Answer | None:
        answer = await bench.ask(account, 1, key)
        return None if isinstance(answer, Failed) and answer.away else answer

    answer: Answer = await eventually(answered, seconds=PATIENCE, every=0.1)
    return answer


def as_stored(answer: Answer) -> Answer:
    """Without the facts that it brings to whoever asked first: a copy is told none."""
    return answer.model_copy(update={"stated": []}) if isinstance(answer, Accepted) else answer


def alike(answers: Iterable[Answer]) -> bool:
    """Whether all were told the same."""
    return len({as_stored(answer).model_dump_json() for answer in answers}) == 1


async def booked(bench: Bench, account: UUID, count: int) -> list[str]:
    """Books so many times, one after the other."""
    try:
        answers = [await settled_ask(bench, account) for _ in range(count)]
    except AssertionError:
        return ["nobody answered for good"]
    return [f"answered {answer}" for answer in answers if not isinstance(answer, Accepted)]


PATIENCE = 20.0
"""Seconds until something that has not come will not come."""


async def judged(bench: Bench, account: UUID, count: int) -> list[str]:
    """Waits until all is sent and heard, then compares what the reader did with 1..count."""
    said = []

    async def quiet() -> bool:
        rows = await bench.rows(
            """SELECT (SELECT count(*) FROM ledger.outbox WHERE sent_at IS NULL)
                    + (SELECT count(*) FROM reader.held WHERE aggregate = $1) AS left""",
            str(account),
        )
        info = await bench.client.jetstream().consumer_info("FACTS", "reader")
        return not (rows[0]["left"] or info.num_pending or info.num_ack_pending)

    try:
        await eventually(quiet, seconds=PATIENCE, every=0.1)
    except AssertionError:
        said.append("it never became quiet")
    return said + against(await bench.notes(account), count)


def against(nths: list[int], count: int) -> list[str]:
    """What is wrong with these effects, when 1..count were meant."""
    said = []
    if lost := sorted(set(range(1, count + 1)) - set(nths)):
        said.append(f"lost: {lost}")
    if len(set(nths)) < len(nths):
        said.append(f"doubled: {sorted({nth for nth in nths if nths.count(nth) > 1})}")
    first = list(dict.fromkeys(nths))
    if first != sorted(first):
        said.append(f"out of order: {first}")
    return said


async def provisioned(bench: Bench) -> list[str]:
    """A round of the provisioner, with the toys declared in the place of the services."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker, "streams", lambda site: [stream()])
        patch.setattr(broker, "durables", lambda site: [READER])
        patch.setattr(broker, "durables_outside", lambda site: [])
        patch.setattr(provision, "SERVICES", TOYS)
        patch.setattr(provision, "STATED", {"FACTS": ("events", None)})
        patch.setattr(provision, "FILLED_AGAIN", ("FACTS",))
        return await provision.reconcile_streams(bench.home)


async def holders(bench: Bench, toy: str) -> dict[int, int]:
    """How many hold each advisory lock of the toy, by the lock's number."""
    rows = await bench.rows(
        """SELECT objid, count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
           WHERE locktype = 'advisory' AND granted AND usename = $1 GROUP BY 1""",
        toy,
    )
    return {row["objid"]: row["count"] for row in rows}


async def until_held(bench: Bench, toy: str, locks: int) -> list[str]:
    """Waits until the toy's locks have a holder each; says when they have not."""

    async def all_held() -> bool:
        return len(await holders(bench, toy)) == locks

    try:
        await eventually(all_held, seconds=PATIENCE, every=0.1)
    except AssertionError:
        return [f"{toy} has nobody who holds its {locks} locks"]
    return []


async def ended(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()
