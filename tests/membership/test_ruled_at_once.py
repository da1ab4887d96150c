"""HR speaks and an officer rules at the same moment: whoever is first is seen by the other."""

import asyncio
from typing import Any

import pytest

from services.membership.desk.settling import settle_unfit
from services.membership.timeline.rulings import fingerprint
from services.membership.units import open_root
from shared.contracts.hr import parse
from shared.contracts.membership import SettleUnfit
from shared.database import Session, Sessions
from tests.membership.desk_made import WHOLE, roll_of
from tests.membership.test_as_known import plant
from tests.membership.test_hr_events import event, take

HIRED = {"name": "甲", "birth_date": "1990-02-03", "on": "2024-01-01"}


async def told(sessions: Sessions, *events: dict[str, Any]) -> None:
    async with sessions() as session:
        await open_root(session)
        await take(list(events), session, batch=10)
        await session.commit()


async def held_up(first: Session, second: asyncio.Task[Any]) -> None:
    """The second one waits for what the first one holds; then the first one is done."""
    blocked = """
        SELECT count(*) FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()
    """
    connection = await first.connection()
    while not second.done():
        if (await connection.exec_driver_sql(blocked)).scalar():
            break
        await asyncio.sleep(0)
    assert not second.done(), "it did not wait"
    await first.commit()


@pytest.mark.parametrize("hr_first", [True, False])
async def test_an_event_and_a_ruling_about_one_person_at_once_end_as_in_either_order(
    committing: Sessions, hr_first: bool
) -> None:
    """Two units at once is ruled to be a move; HR tells of the next one meanwhile."""
    number = f"Q{int(hr_first)}"
    who, units = {"employee": number}, ("q-one", "q-two", "q-three")
    torn = event("employee-assigned", **who, unit="q-two", on="2024-03-01")
    await told(
        committing,
        *(plant(code) for code in units),
        event("employee-hired", **who, **HIRED),
        event("employee-assigned", **who, unit="q-one", on="2024-01-01"),
        torn,
    )
    then = event("employee-transferred", **who, unit="q-three", from_unit="q-two", on="2024-05-01")
    ruling = SettleUnfit(
        employee=number,
        ruling="corrected",
        event=fingerprint(parse(torn)),
        from_unit="q-one",
        reason="核实",
    )

    async def hear(session: Session) -> None:
        await take([then], session)

    async def rule(session: Session) -> None:
        await settle_unfit(ruling, WHOLE, session)

    one, other = (hear, rule) if hr_first else (rule, hear)
    async with committing() as first, committing() as second:
        await one(first)

        async def follow() -> None:
            await other(second)
            await second.commit()

        waiting = asyncio.create_task(follow())
        await held_up(first, waiting)
        await waiting
    async with committing() as session:
        assert await roll_of(session, number) == [
            ("q-one", "[2024-01-01,2024-03-01)"),
            ("q-two", "[2024-03-01,2024-05-01)"),
            ("q-three", "[2024-05-01,)"),
        ]
