"""A sheet whose rows are commands, each by itself: what one row cannot be stops no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from services.gateway.pages.bulk.kind import Account, Job, Verdict
from services.gateway.problems import Problem
from services.gateway.sheets_in.kinds import Row
from shared.messages import Command, Position

AT_ONCE = 16
Asked = TypeVar("Asked", bound=Command)


async def each_row(
    job: Job,
    rows: Sequence[tuple[Row, Asked | Verdict]],
    about: Callable[[Asked], str],
    ask: Callable[[Row, Asked], Awaitable[Verdict]],
) -> Account:
    """Several at a time; told how far it is after each few. `about` is whom a command is about."""
    verdicts: list[Verdict] = []

    async def one(row: Row, read: Asked | Verdict) -> Verdict:
        if isinstance(read, Verdict):
            return read
        try:
            return await ask(row, read)
        except Problem as problem:
            return Verdict.of_problem(row, about(read), problem)

    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        verdicts += await asyncio.gather(*(one(row, read) for row, read in some))
        await job.tell(len(verdicts))
    return Account(job.sheet.header, verdicts)


async def done_by_rows(
    job: Job,
    rows: Sequence[tuple[Row, Asked | Verdict]],
    about: Callable[[Asked], str],
    became: str,
) -> Account:
    """Each row is a command whose key is made of the sheet and the row: begun a second time it does
    nothing twice. Returns when the views show it."""
    reached: list[Position] = []

    async def do(row: Row, command: Asked) -> Verdict:
        key = f"sheet {job.id} {row.number}"
        accepted = await job.site.asking.command(command, job.actor, key)
        reached.extend(accepted.facts)
        return Verdict(row.number, about(command), became)

    account = await each_row(job, rows, about, do)
    await job.site.applied.reached(reached)
    return account
