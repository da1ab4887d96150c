"""Checks of once-only (a command takes effect once). Each returns what was violated."""

import asyncio
from uuid import UUID

from shared import database
from shared.messages import Accepted, Failed, Refused, uuid7
from shared.testing import eventually
from tests.delivery import ledger
from tests.delivery.bench import Bench
from tests.delivery.judging import alike
from tests.delivery.ledger import FAULTY, REFUSED


async def bookings(bench: Bench, account: UUID) -> int:
    rows = await bench.rows("SELECT bookings FROM ledger.account WHERE id = $1", account)
    return rows[0]["bookings"] if rows else 0


async def _counts(bench: Bench, account: UUID, wanted: int) -> list[str]:
    found = await bookings(bench, account)
    return [] if found == wanted else [f"{found} effects instead of {wanted}"]


async def five_at_once(bench: Bench) -> list[str]:
    """Copies at the same time, at two processes' worth of handlers."""
    account = uuid7()
    async with bench.running(ledger.service), bench.running(ledger.service):
        answers = await asyncio.gather(*(bench.ask(account, 5, f"{account}") for _ in range(5)))
    said = await _counts(bench, account, 1)
    if not alike(answers):
        said.append("the copies got different answers")
    return said


async def other_body(bench: Bench) -> list[str]:
    account = uuid7()
    async with bench.running(ledger.service):
        await bench.ask(account, 5, f"{account}")
        answer = await bench.ask(account, 6, f"{account}")
    said = await _counts(bench, account, 1)
    if not (isinstance(answer, Refused) and answer.status == 422):
        said.append(f"a key with another body was answered {answer.kind}")
    return said


async def refusal_stored(bench: Bench) -> list[str]:
    account = uuid7()
    async with bench.running(ledger.service):
        first = await bench.ask(account, REFUSED, f"{account}")
        before = await bench.rows("SELECT count(*) FROM ledger.command")
        second = await bench.ask(account, REFUSED, f"{account}")
        other = await bench.ask(account, 5, f"{account}")
    said = await _counts(bench, account, 0)
    if not isinstance(first, Refused) or second != first:
        said.append("the second answer differs from the first")
    if isinstance(other, Accepted):
        said.append("the key of a refusal was free for another body")
    if not before[0]["count"]:
        said.append("nothing was stored")
    return said


async def fault_free(bench: Bench) -> list[str]:
    """A fault is not stored: the same key with what works is a first try."""
    account = uuid7()
    async with bench.running(ledger.service):
        first = await bench.ask(account, FAULTY, f"{account}")
        second = await bench.ask(account, 5, f"{account}")
    said = await _counts(bench, account, 1)
    if not isinstance(first, Failed):
        said.append(f"a fault was answered {first.kind}")
    if not isinstance(second, Accepted):
        said.append(f"after a fault the key was answered {second.kind}")
    return said


async def others_independent(bench: Bench) -> list[str]:
    """One key in the hands of two accounts, and for two commands, names three commands."""
    account, key = uuid7(), str(uuid7())
    async with bench.running(ledger.service):
        answers = [
            await bench.ask(account, 5, key),
            await bench.ask(account, 5, key, asker="another"),
            await bench.ask(account, 5, key, command=ledger.Correct),
        ]
    said = await _counts(bench, account, 3)
    if not all(isinstance(answer, Accepted) for answer in answers):
        said.append("a key of somebody else, or of another command, was taken for this one")
    return said


async def after_restarts(bench: Bench) -> list[str]:
    """The key is known after the service and NATS were started anew."""
    account = uuid7()
    async with bench.running(ledger.service):
        answers = [await bench.ask(account, 5, f"{account}")]
    async with bench.running(ledger.service):
        answers.append(await bench.ask(account, 5, f"{account}"))
    await bench.stop("nats")
    bench.start("nats")
    await bench.connected()
    async with bench.running(ledger.service):
        answers.append(await bench.ask(account, 5, f"{account}"))
    said = await _counts(bench, account, 1)
    if not alike(answers):
        said.append("a copy after a restart got another answer")
    return said


async def commit_answer_lost(bench: Bench) -> list[str]:
    """The connection dies after the commit and before its answer: the same key tells."""
    account, commit = uuid7(), database._Work.commit
    lost: list[bool] = []

    async def commit_unheard(session: database._Work) -> None:
        await commit(session)
        if not lost and await bookings(bench, account):
            lost.append(True)
            raise ConnectionResetError("the answer of the commit was lost")

    async with bench.running(ledger.service):
        database._Work.commit = commit_unheard  # type: ignore[method-assign, assignment]
        try:
            first = await bench.ask(account, 5, f"{account}")
        finally:
            database._Work.commit = commit  # type: ignore[method-assign]
        second = await bench.ask(account, 5, f"{account}")
    said = await _counts(bench, account, 1)
    if not (isinstance(first, Failed) and first.code == "outcome-unknown"):
        said.append(f"a lost answer of a commit was answered {first.kind}")
    if not isinstance(second, Accepted):
        said.append(f"the same key did not settle it: {second.kind}")
    return said


async def killed_while_working(bench: Bench) -> list[str]:
    """The row is locked by somebody, the connection is killed meanwhile: away, then done once."""
    account = uuid7()
    async with bench.running(ledger.service):
        await bench.ask(account, 5)
        blocker = await bench.admin()
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("SELECT FROM ledger.account WHERE id = $1 FOR UPDATE", account)
        asking = asyncio.create_task(bench.ask(account, 5, f"{account}"))

        async def killed() -> bool:
            rows = await bench.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'ledger' AND wait_event_type = 'Lock'"
            )
            return bool(rows)

        await eventually(killed)
        first = await asking
        await transaction.rollback()
        await blocker.close()
        second = await bench.ask(account, 5, f"{account}")
        third = await bench.ask(account, 5, f"{account}")
    said = await _counts(bench, account, 2)
    if not (isinstance(first, Failed) and first.away):
        said.append(f"a killed connection was answered {first.kind}")
    if not alike([second, third]) or not isinstance(second, Accepted):
        said.append("the same key did not settle it")
    return said
