"""The drift meter: what differs between HR's lists and the roll, counted by plant and day."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from deploy.local.home import Home
from services.membership.desk.counting import desk_counts
from services.membership.drift import drift, drift_days, note_drift
from services.membership.drift_lines import leave_drift
from services.membership.units import open_root
from shared.contracts.membership import (
    DeskCounts,
    Drift,
    DriftDays,
    DriftLine,
    DriftOf,
    LeaveDrift,
    NoteDrift,
)
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_hr_events import take
from tests.membership.test_roll import OF_ONE, story
from tests.membership.walking import in_pieces

HR = Actor("hr", None, (Grant("hr", "company"),))
MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)
MOVED = DriftLine(kind="moved", employee="R4", hr_unit="r-two", our_unit="r-team")
NEW = DriftLine(kind="unknown-to-us", employee="R9", name="孙九", hr_unit="r-two")
GONE = DriftLine(kind="unknown-to-hr", employee="R1", our_unit="r-one")


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session)
        yield session


async def note(
    session: Session, *lines: DriftLine, on: date = MAY, unit: str = "company", **more: Any
) -> UUID:
    said = {"comparison": uuid7(), "last": True} | more
    command = NoteDrift(unit=unit, on=on, lines=list(lines), **said)
    return (await note_drift(command, HR, session)).id


async def told(session: Session, actor: Actor = HR, **asked: Any) -> DriftOf:
    return await drift(Drift(**asked), actor, ReadSession(session))


async def seen(session: Session, **asked: Any) -> list[tuple[str, str]]:
    """Of the people of this story."""
    found = (await told(session, limit=1000, **asked)).items
    return [(each.employee, each.kind) for each in found if each.employee.startswith("R")]


async def counted(session: Session, unit: str = "company") -> dict[tuple[str, str], dict[str, int]]:
    """Plant and day → what there is of each kind, of this story and without zeros."""
    days = await drift_days(DriftDays(unit=unit, since=MAY), HR, ReadSession(session))
    return {
        (day.plant, day.on.isoformat()): {kind: n for kind, n in day.counts.items() if n}
        for day in days.days
        if day.plant.startswith("r-")
    }


async def test_what_differs_is_listed_where_it_is_to_be_settled_and_counted_by_plant(
    session: Session,
) -> None:
    await note(session, MOVED, NEW, GONE)
    assert await seen(session, unit="r-one") == [("R1", "unknown-to-hr"), ("R4", "moved")]
    assert await seen(session, unit="r-two") == [("R9", "unknown-to-us")]
    assert [each.name for each in (await told(session, unit="r-one")).items] == ["王一", "赵四"]
    assert await counted(session, "r-two") == {("r-two", "2024-05-01"): {"unknown-to-us": 1}}
    by_plant = await counted(session)
    assert sum(map(sum, (each.values() for each in by_plant.values()))) == 3


async def test_it_counts_with_its_last_part_and_takes_the_place_of_the_list_before(
    session: Session,
) -> None:
    await note(session, MOVED)
    half = await note(session, NEW, on=JUNE, last=False)
    assert await seen(session) == [("R4", "moved")]
    await note(session, GONE, on=JUNE, comparison=half)
    assert await seen(session) == [("R1", "unknown-to-hr"), ("R9", "unknown-to-us")]
    # One that was right on an earlier day is counted for its day and changes nothing else.
    await note(session, MOVED, on=MAY)
    assert await seen(session) == [("R1", "unknown-to-hr"), ("R9", "unknown-to-us")]
    assert ("r-two", "2024-06-01") in await counted(session)


async def test_a_comparison_that_ends_leaves_the_parts_of_one_that_is_coming_in(
    session: Session,
) -> None:
    coming = uuid7()
    await note(session, NEW, comparison=coming, last=False)
    await note(session, GONE)
    assert await seen(session) == [("R1", "unknown-to-hr")]
    await note(session, MOVED, comparison=coming)
    assert await seen(session) == [("R4", "moved"), ("R9", "unknown-to-us")]


async def test_a_list_of_one_plant_leaves_the_others_as_they_are(session: Session) -> None:
    await note(session, MOVED, NEW)
    await note(session, unit="r-two", on=JUNE)
    assert await seen(session) == [("R4", "moved")]


async def test_what_is_left_for_a_reason_stays_left_as_long_as_it_is_the_same(
    session: Session,
) -> None:
    await note(session, MOVED, NEW)
    (one,) = (await told(session, unit="r-one", kind="moved")).items
    command = LeaveDrift(drift=one.drift, reason="借调，年底回来")
    with pytest.raises(RuleBroken, match="forbidden"):
        await leave_drift(command, HR, session)
    await leave_drift(command, OF_ONE, session)
    assert await seen(session) == [("R9", "unknown-to-us")]
    left = (await told(session, unit="r-one", state="left")).items
    assert [each.reason for each in left] == ["借调，年底回来"]
    await note(session, MOVED, NEW, on=JUNE)
    assert await seen(session, state="left") == [("R4", "moved")]
    in_june = [kinds for (_, on), kinds in (await counted(session)).items() if on == "2024-06-01"]
    assert in_june
    assert all("moved" not in kinds for kinds in in_june)
    await note(session, MOVED.model_copy(update={"hr_unit": "r-one"}), on=date(2024, 7, 1))
    assert await seen(session) == [("R4", "moved")], "it is another one now"
    with pytest.raises(RuleBroken, match="unknown-drift"):
        await leave_drift(command, Actor("o", None, (Grant("officer", "company"),)), session)


async def test_it_is_seen_by_those_of_the_place(session: Session) -> None:
    await note(session, MOVED, NEW)
    assert [each.employee for each in (await told(session, OF_ONE, unit="r-one")).items] == ["R4"]
    for unit in ("company", "r-two", "no-such"):
        with pytest.raises(RuleBroken, match="forbidden"):
            await told(session, OF_ONE, unit=unit)
    with pytest.raises(RuleBroken, match="forbidden"):
        await note_drift(
            NoteDrift(comparison=uuid7(), on=MAY, lines=[], last=True), OF_ONE, session
        )


async def test_piece_by_piece_each_comes_once(session: Session) -> None:
    await note(session, MOVED, NEW, GONE)
    pieces = await in_pieces(told, session, limit=1)
    items = [each for piece in pieces for each in piece.items]
    found = [(each.employee, each.kind) for each in items if each.employee.startswith("R")]
    assert found == await seen(session)
    assert len(found) == 3


async def test_what_is_open_is_counted_without_names_within_reach(session: Session) -> None:
    async def open_at(*places: str) -> int:
        officer = Actor("o", None, tuple(Grant("officer", f"company/{at}") for at in places))
        return (await desk_counts(DeskCounts(), officer, ReadSession(session))).drift

    await note(session, MOVED, NEW, GONE)
    assert await open_at("r-one") == len((await told(session, unit="r-one", limit=9)).items) == 2
    assert await open_at("r-one", "r-one", "r-two") == 3, "each once"
    drift = (await told(session, unit="r-one", limit=9)).items[0].drift
    await leave_drift(LeaveDrift(drift=drift, reason="借调"), OF_ONE, session)
    assert await open_at("r-one") == 1
    with pytest.raises(RuleBroken, match="forbidden"):
        await open_at()
