"""Checks of a whole site through HTTP. Each returns what was violated, a sentence each."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable

from deploy.local import nats
from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import judging
from tests.delivery.cell import Cell, Said

Check = Callable[[Cell], Awaitable[list[str]]]
AT_ONCE = 3.0
"""Seconds within which a site whose lines are down says so, each of a hundred times, on a machine
that has other things to do. It takes some hundredths; a gateway that waits, waits for five."""


async def broker_away(cell: Cell, *, seconds: float = 30) -> list[str]:
    """NATS is away, a service is started meanwhile, and something falls due. The gateway says
    `away` at once and nothing is done; `/health` names who is away. Afterwards what was accepted
    or fell due is in the stream and the view once, and the same keys settle what was unknown."""
    said: list[str] = []
    known = await cell.submit(f"known-{uuid7()}")
    assert known.status == 201, known
    keys = [f"around-{uuid7()}" for _ in range(12)]
    asking = [asyncio.create_task(cell.submit(key)) for key in keys]
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    await cell.end("training")
    await cell.stop_nats()
    stopped_at = time.monotonic()
    try:
        cell.start("training")
        answers = dict(zip(keys, await asyncio.gather(*asking), strict=True))
        await cell.rows("UPDATE democracy.due SET at = now() WHERE key = $1", str(known.body["id"]))
        said += await _told_away(cell, until=stopped_at + seconds)
        waiting = await cell.rows("SELECT count(*) FROM democracy.outbox WHERE sent_at IS NULL")
        if not waiting[0]["count"]:
            said.append("nothing was stated meanwhile: the check itself is void")
    finally:
        cell.start_nats()
        await nats.wait_until_up(cell.home)
    try:
        await cell.healthy()
    except AssertionError:
        said.append("it did not become healthy by itself")
        return said
    for key in keys:
        again = await _settled(cell, key)
        if again.status != 201 or (answers[key].status == 201 and again.body != answers[key].body):
            said.append(f"the same key was answered {again.status} {again.code}")
    said += await _once_each(cell, keys)
    return said + await _overdue_once(cell, str(known.body["id"]))


async def _told_away(cell: Cell, *, until: float) -> list[str]:
    """Asks until then: a command and the site's health, four times a second."""
    said: set[str] = set()

    async def asked() -> bool:
        command = await cell.submit(f"meanwhile-{uuid7()}")
        if (command.status, command.code) != (503, "away"):
            said.add(f"a command was answered {command.status} {command.code}")
        if command.seconds > AT_ONCE:
            said.add("a command was not answered at once")
        health = await cell.http.get("/health")
        if health.status_code != 503 or "democracy" not in health.json()["status"]:
            said.add("health did not say who is away")
        return time.monotonic() >= until

    await eventually(asked, seconds=until - time.monotonic() + 60, every=0.25)
    done = await cell.rows(
        "SELECT count(*) FROM democracy.proposal WHERE starts_with(title, 'meanwhile')"
    )
    if done[0]["count"]:
        said.add("what was answered `away` was done")
    return sorted(said)


async def _settled(cell: Cell, key: str) -> Said:
    """The answer that the key gets once somebody answers it for good."""

    async def answered() -> Said | None:
        said = await cell.submit(key)
        return None if said.status == 503 else said

    found: Said = await eventually(answered, seconds=judging.PATIENCE, every=0.2)
    return found


async def _once_each(cell: Cell, keys: list[str]) -> list[str]:
    """Each of these titles is one proposal, one fact, and one row of the view."""
    said = []
    for where, counted in (
        ("democracy", "SELECT title FROM democracy.proposal WHERE title = ANY($1)"),
        ("the view", "SELECT title FROM views.proposal WHERE title = ANY($1)"),
        (
            "the outbox",
            """SELECT convert_from(payload, 'UTF8')::jsonb #>> '{data,title}' AS title
               FROM democracy.outbox WHERE convert_from(payload, 'UTF8')::jsonb #>> '{data,title}'
                    = ANY($1) AND sent_at IS NOT NULL""",
        ),
    ):
        titles = [row["title"] for row in await cell.rows(counted, keys)]
        if lost := set(keys) - set(titles):
            said.append(f"lost in {where}: {len(lost)}")
        if len(titles) > len(set(titles)):
            said.append(f"doubled in {where}: {len(titles) - len(set(titles))}")
    return said


async def _overdue_once(cell: Cell, proposal: str) -> list[str]:
    """What fell due meanwhile was stated once, and the view shows it."""

    async def shown() -> bool:
        rows = await cell.rows("SELECT overdue FROM views.proposal WHERE id = $1::uuid", proposal)
        return bool(rows and rows[0]["overdue"])

    said = []
    try:
        await eventually(shown, seconds=judging.PATIENCE, every=0.1)
    except AssertionError:
        said.append("lost: what fell due while NATS was away")
    stated = await cell.rows(
        "SELECT FROM democracy.outbox WHERE aggregate = $1::uuid"
        " AND subject LIKE '%.proposal-overdue'",
        proposal,
    )
    if len(stated) != 1:
        said.append(f"what fell due was stated {len(stated)} times")
    return said


async def no_answer_in_time(cell: Cell) -> list[str]:
    """The service is stopped in the middle of a command: the gateway says `outcome-unknown` after
    five seconds, and the same key tells what became of it once the service goes on."""
    said = []
    submitted = await cell.submit(f"to-support-{uuid7()}")
    assert submitted.status == 201, submitted
    proposal = str(submitted.body["id"])
    key = f"support-{uuid7()}"

    async def support() -> Said:
        return await cell.ask("mate", "democracy/support-proposal", {"proposal": proposal}, key)

    democracy = cell.processes["democracy"]
    admin = await cell.admin()
    try:
        async with admin.transaction():
            await admin.execute(
                "SELECT FROM democracy.proposal WHERE id = $1::uuid FOR UPDATE", proposal
            )
            asking = asyncio.create_task(support())
            await eventually(lambda: _waits_for_a_lock(cell))
            democracy.send_signal(signal.SIGSTOP)
        unknown = await asking
    finally:
        democracy.send_signal(signal.SIGCONT)
        await admin.close()
    if (unknown.status, unknown.code) != (503, "outcome-unknown"):
        said.append(f"no answer was told as {unknown.status} {unknown.code}")
    if unknown.body.get("idempotency_key") != key:
        said.append("the key to ask again with was not told")
    if not 4 < unknown.seconds < 7:
        said.append(f"no answer was told after {unknown.seconds:.0f} s instead of 5")

    async def settled() -> Said | None:
        answer = await support()
        return None if answer.status == 503 else answer

    first: Said = await eventually(settled, seconds=judging.PATIENCE, every=0.2)
    second = await support()
    if first.status != 201 or second.body != first.body:
        said.append(f"the same key did not settle it: {first.status} {first.code}")
    stated = await cell.rows(
        "SELECT FROM democracy.outbox WHERE aggregate = $1::uuid"
        " AND subject LIKE '%.proposal-supported'",
        proposal,
    )
    if len(stated) != 1:
        said.append(f"{len(stated)} effects instead of 1")
    return said


async def _waits_for_a_lock(cell: Cell) -> bool:
    rows = await cell.rows(
        "SELECT FROM pg_stat_activity WHERE usename = 'democracy' AND wait_event_type = 'Lock'"
    )
    return bool(rows)
