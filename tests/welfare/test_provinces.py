"""By which rules a visit is owed: those of the province where the person was when it began."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from deploy.local.home import Home
from services.welfare import visits
from services.welfare.reactions import owe_visits
from services.welfare.visits import Visit, occasion_of
from shared import roll
from shared.calendar import calendar_days_after, today, working_days_after
from shared.contracts.membership import InProvince, LeaveStarted, Stay
from shared.database import Session
from shared.messages import uuid7
from tests.conftest import rolled_back
from tests.provincial import CITED, LONG_AGO, plant_and_team, rulebook, someone_in

OF_SHANXI = """[version.values]
working_days = 1
lapses_after_days = 30

[version.values.occasions]
sick = "bereavement"
work-injury = "hospital"
maternity = "birth"
bereavement = "bereavement"
"""
CHANGED = today() - timedelta(days=4)


@pytest.fixture
async def session(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Session]:
    monkeypatch.setattr(visits, "RULE", rulebook(visits.RULE, tmp_path, OF_SHANXI))
    async with rolled_back(home, "welfare") as session:
        yield session


async def owed(session: Session, *leaves: tuple[UUID, date]) -> dict[UUID, tuple[str, str, date]]:
    """Person → citation, province and last day of the visit that their leave calls for."""
    facts = [
        LeaveStarted(leave=uuid7(), person=person, kind="sick", since=since, until=None)
        for person, since in leaves
    ]
    await owe_visits(facts, session)
    people = [person for person, _ in leaves]
    found = await session.scalars(select(Visit).where(Visit.person.in_(people)))
    return {
        each.person: (
            each.due_verdict["citation"],
            each.due_verdict["inputs"]["province"],
            each.due_on,
        )
        for each in found
        if each.due_verdict and each.due_on
    }


async def test_a_leave_of_before_a_change_is_judged_by_the_earlier_province(
    session: Session,
) -> None:
    plant, team = plant_and_team(
        InProvince(province="CN-SX", until=CHANGED), InProvince(province="CN-ZJ", since=CHANGED)
    )
    for unit in (plant, team):
        await roll.keep_unit(unit, session)
    before, after = someone_in(team.unit), someone_in(team.unit)
    await roll.keep_people([before, after], session)
    earlier = calendar_days_after(CHANGED, -1).day
    unknown = uuid7()
    found = await owed(
        session, (before.person, earlier), (unknown, CHANGED), (after.person, CHANGED)
    )
    citation, province, due_on = found[before.person]
    assert (citation, province) == (CITED, "CN-SX")
    assert due_on == working_days_after(earlier, 1).day
    citation, province, due_on = found[after.person]
    assert (citation != CITED, province) == (True, "CN-ZJ")
    assert due_on == working_days_after(CHANGED, 3).day
    assert found[unknown][1] == "*", "who is not known here yet is judged by the land's rules"


async def test_where_somebody_was_when_it_began_counts_and_whoever_they_turned_out_to_be(
    session: Session,
) -> None:
    _, elsewhere = plant_and_team()
    plant, team = plant_and_team(InProvince(province="CN-SX"))
    for unit in (plant, team, elsewhere):
        await roll.keep_unit(unit, session)
    moved = someone_in(elsewhere.unit)
    stays = [
        Stay(since=LONG_AGO, until=CHANGED, unit=team.unit),
        Stay(since=CHANGED, unit=elsewhere.unit),
    ]
    moved = moved.model_copy(update={"stays": stays})
    same = someone_in(elsewhere.unit).model_copy(
        update={"employed": [], "stays": [], "same_as": moved.person}
    )
    await roll.keep_people([moved, same], session)
    earlier = calendar_days_after(CHANGED, -1).day
    found = await owed(session, (moved.person, earlier), (same.person, earlier))
    assert [found[who][1] for who in (moved.person, same.person)] == ["CN-SX", "CN-SX"]
    assert await roll.provinces_of([(moved.person, CHANGED)], session) == ["*"]


def test_the_occasion_is_that_of_the_province_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "RULE", rulebook(visits.RULE, tmp_path, OF_SHANXI))
    assert occasion_of("sick", on=today(), province="CN-SX") == "bereavement"
    assert occasion_of("sick", on=today(), province="CN-ZJ") == "hospital"
