"""Leaves that are heard and the ticker want the same rows, and take them in one order."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from deploy.local.home import Home
from services.welfare.reactions import owe_visits
from services.welfare.visits import VISIT_DUE, Visit, for_leaves
from shared.calendar import today
from shared.contracts.membership import LeaveStarted
from shared.database import Session, locked
from shared.messages import uuid7
from shared.outbox import keep_stated
from shared.testing import eventually
from tests.conftest import rolled_back


async def one_owed(home: Home) -> tuple[UUID, UUID]:
    """A leave and the visit that it made due, long ago; kept."""
    leave = LeaveStarted(leave=uuid7(), person=uuid7(), kind="sick", since=today(), until=None)
    async with rolled_back(home, "welfare") as session:
        await owe_visits([leave], session)
        await keep_stated(session, home.site)
        [visit] = (await for_leaves([leave.leave], session)).values()
        await session.commit()
    return leave.leave, visit.id


async def waits_for(one: Session, other: int) -> bool:
    blocking = text("SELECT pg_backend_pid() = ANY(pg_blocking_pids(:other))")
    return bool(await one.scalar(blocking, {"other": other}))


async def test_who_hears_of_a_leave_does_not_hold_the_visit_that_the_ticker_is_to_mark(
    home: Home,
) -> None:
    leave, visit = await one_owed(home)
    owed = {"what": VISIT_DUE, "key": str(visit)}
    async with rolled_back(home, "welfare") as ticker, rolled_back(home, "welfare") as hearer:
        claimed = "SELECT true FROM due WHERE what = :what AND key = :key FOR UPDATE"
        assert await ticker.scalar(text(claimed), owed)
        pid = await hearer.scalar(text("SELECT pg_backend_pid()"))
        hearing = asyncio.create_task(for_leaves([leave], hearer))
        await eventually(lambda: waits_for(ticker, int(pid or 0)))
        async with asyncio.timeout(5):
            assert (await locked(ticker, Visit, visit)).due_on is not None
        await ticker.rollback()
        assert set(await hearing) == {leave}
        over = LeaveStarted(
            leave=leave,
            person=uuid7(),
            kind="sick",
            since=today() - timedelta(days=400),
            until=today() - timedelta(days=390),
        )
        await owe_visits([over], hearer)
        await hearer.commit()
