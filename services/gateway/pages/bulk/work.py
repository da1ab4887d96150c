"""Working on a sheet while its bringer looks on: the dry run and the deed, in the background."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

import structlog

from services.gateway.pages.bulk.kind import REFUSED, Account, Bulk, Job
from services.gateway.problems import Problem
from services.gateway.sheets_in.kept import Brought
from services.gateway.sheets_in.kinds import Sheet
from services.gateway.sheets_in.values import words_of
from services.gateway.site import Site
from shared.rights import Actor
from shared.telemetry import fault

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds that a page waits for the work to be done, before it says how far it is."""


@dataclass
class Works:
    """What this gateway works on, and why what it worked on last could not go on."""

    site: Site
    _running: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _failed: dict[UUID, str] = field(default_factory=dict)

    async def begin(
        self,
        bulk: Bulk,
        actor: Actor,
        brought: Brought,
        state: Literal["weighing", "doing"],
        *,
        columns: Mapping[str, int] | None = None,
        said: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing happens when it is worked on already, or done. `said` is what was confirmed."""
        asked = {**brought.asked, **said} if said is not None else brought.asked
        if not await self.site.sheets_in.begin(brought.id, state, columns=columns, asked=asked):
            return
        self._failed.pop(brought.id, None)
        assert brought.sheet
        job = Job(
            self.site,
            actor,
            brought.id,
            brought.sheet,
            columns if columns is not None else brought.columns or {},
            asked,
            lambda so_far: self.site.sheets_in.go_on(brought.id, so_far),
        )
        self._running[brought.id] = asyncio.create_task(self._work(bulk, job, state))
        await self.wait(brought.id)

    async def wait(self, id: UUID) -> None:
        """For a while."""
        if task := self._running.get(id):
            await asyncio.wait({task}, timeout=PATIENCE)

    def failed(self, id: UUID) -> str | None:
        """Why it could not go on: the code of a reason."""
        return self._failed.get(id)

    async def _work(self, bulk: Bulk, job: Job, state: Literal["weighing", "doing"]) -> None:
        weighs = state == "weighing"
        try:
            account = await (bulk.weigh if weighs else bulk.do)(job)
            told = with_cells(account, job.sheet).as_json()
            await self.site.sheets_in.account(job.id, "weighed" if weighs else "done", told)
        except Exception as error:
            code = "fault"
            if isinstance(error, Problem):
                code = error.code
            else:
                log.error("sheet not worked on", kind=bulk.kind, **fault(error))
            while len(self._failed) > 1000:
                self._failed.pop(next(iter(self._failed)))
            self._failed[job.id] = code
            await self.site.sheets_in.let_go(job.id, "brought" if weighs else "weighed")
        finally:
            self._running.pop(job.id, None)


def with_cells(account: Account, sheet: Sheet) -> Account:
    """Refused rows keep what stands in them, to be put right and brought again."""
    rows = {row.number: row for row in sheet.rows}
    return replace(
        account,
        verdicts=[
            replace(each, cells=[words_of(cell) for cell in rows[each.row].cells])
            if each.becomes == REFUSED and each.row in rows
            else each
            for each in account.verdicts
        ],
    )
