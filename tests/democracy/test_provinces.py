"""By which rules a proposal is answered: those of the province in which its plant lies."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deploy.local import postgres
from deploy.local.home import Home
from services.democracy import proposals
from services.democracy.proposals import Proposal, submit_proposal
from shared import roll
from shared.calendar import today
from shared.contracts.democracy import Category, ProposalSubmitted, SubmitProposal
from shared.contracts.membership import InProvince, UnitPlaced
from shared.database import Session, put_through
from shared.messages import uuid7
from shared.rights import Actor
from tests.conftest import rolled_back
from tests.provincial import CITED, plant_and_team, rulebook, someone_in


@pytest.fixture
async def session(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Session]:
    of_shanxi = '[version.values]\ndays = 10\ncount = "calendar"'
    monkeypatch.setattr(proposals, "RULE", rulebook(proposals.RULE, tmp_path, of_shanxi))
    async with rolled_back(home, "democracy") as session:
        yield session


async def submitted(
    session: Session, *lies: InProvince, ahead: bool = False
) -> tuple[ProposalSubmitted, dict[str, Any]]:
    """By somebody of a team in a plant that lies there."""
    plant, team = plant_and_team(*lies)
    for unit in (team, plant):
        await roll.keep_unit(unit, session)
    author = someone_in(team.unit)
    await roll.keep_people([author], session)
    actor = Actor("someone", author.person)
    if ahead:
        await roll.know_speakers([actor], session)
    command = SubmitProposal(title="护栏", body="平台缺护栏", category=Category.PRODUCTION)
    await submit_proposal(command, actor, session)
    fact: ProposalSubmitted = session.info["stated"][-1]
    await put_through(session)
    found = await session.scalar(select(Proposal.due_verdict).where(Proposal.id == fact.proposal))
    assert found
    return fact, found


@pytest.mark.parametrize("ahead", [True, False])
async def test_an_answer_is_due_by_the_rule_of_the_province_and_by_the_land_s_where_it_has_none(
    session: Session, ahead: bool
) -> None:
    mine, _ = await submitted(session, InProvince(province="CN-SX"), ahead=ahead)
    assert mine.due_by
    assert (mine.due_by.citation, mine.due_on) == (CITED, today() + timedelta(10))
    for lies in ([InProvince(province="CN-ZJ")], []):
        other, verdict = await submitted(session, *lies, ahead=ahead)
        assert verdict["inputs"]["province"] == (lies[0].province if lies else "*")
        assert other.due_by
        assert other.due_by.citation != CITED
        assert other.due_on == today() + timedelta(30)


async def test_the_verdict_keeps_the_province_of_the_day_on_which_it_was_given(
    session: Session,
) -> None:
    tomorrow = today() + timedelta(1)
    lies = [
        InProvince(province="CN-ZJ", until=today()),
        InProvince(province="CN-SX", since=today(), until=tomorrow),
        InProvince(province="CN-AH", since=tomorrow),
    ]
    fact, verdict = await submitted(session, *lies)
    assert (verdict["citation"], verdict["inputs"]["province"]) == (CITED, "CN-SX")
    assert fact.due_by
    assert fact.due_by.citation == CITED


async def test_a_plant_of_which_it_is_said_no_longer_lies_where_the_company_does(
    session: Session,
) -> None:
    plant, team = plant_and_team(InProvince(province="CN-SX"))
    root = f"c-{plant.code}"
    company = UnitPlaced(
        unit=uuid7(),
        code=root,
        name="某",
        kind="company",
        parent=None,
        path=root,
        plant=root,
        provinces=(InProvince(province="CN-JS"),),
    )
    below = [
        each.model_copy(update={"path": each.path.replace("company", root)})
        for each in (plant, team)
    ]
    author = someone_in(team.unit)
    for unit in (company, *below):
        await roll.keep_unit(unit, session)
    await roll.keep_people([author], session)
    told = []
    for lies in (plant.provinces, ()):
        await roll.keep_unit(below[0].model_copy(update={"provinces": lies}), session)
        placed = await roll.placed(author.person, session, on=today())
        assert placed
        told.append(placed.province)
    assert told == ["CN-SX", "CN-JS"]


async def test_where_somebody_s_unit_lies_is_read_without_reading_all_units(home: Home) -> None:
    admin = await postgres.connect(home)
    begun = admin.transaction()
    await begun.start()
    try:
        await admin.execute("SET LOCAL search_path TO democracy, public")
        await admin.execute("""
            INSERT INTO unit (id, code, path, plant, provinces)
            SELECT uuidv7(), 'many-' || number, 'company/many-' || number, 'company',
                CASE WHEN number % 1000 = 0 THEN CAST('[{"province": "CN-SX"}]' AS jsonb) END
            FROM generate_series(1, 20000) AS number
        """)
        await admin.execute("ANALYZE unit")
        for statement, whose, on in (
            (roll.SPEAKERS, [uuid7()], today()),
            (roll.PROVINCES, [uuid7()], [today()]),
        ):
            plan = await admin.fetch(f"EXPLAIN {statement}", whose, on)
            said = "\n".join(row[0] for row in plan)
            assert "Seq Scan on unit" not in said, said
    finally:
        await begun.rollback()
        await admin.close()
