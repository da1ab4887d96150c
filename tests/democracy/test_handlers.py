"""Democracy's handlers on the real database, as its own role; nothing of it stays."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from deploy.local.home import Home
from services.democracy.clock import answer_is_overdue
from services.democracy.proposals import (
    ANSWER_DUE,
    Proposal,
    answer_proposal,
    submit_proposal,
    support_proposal,
)
from shared.calendar import midnight, today
from shared.contracts.democracy import AnswerProposal, Category, SubmitProposal, SupportProposal
from shared.contracts.membership import PersonPlaced, Spell, Stay, UnitPlaced
from shared.database import Session, put_through
from shared.messages import Fact, uuid7
from shared.outbox import keep_stated
from shared.rights import Actor, Grant, RuleBroken
from shared.roll import keep_people, keep_unit, know_speakers
from tests.conftest import rolled_back
from tests.statements import statements

PATH = "company/h-plant/h-team"


@dataclass
class Place:
    """A team with people in it."""

    session: Session
    unit: UUID

    async def person(self, *, employed: bool = True, placed: bool = True) -> Actor:
        person, since = uuid7(), today() - timedelta(days=100)
        until = None if employed else today()
        await keep_people(
            [
                PersonPlaced(
                    person=person,
                    employee=f"H{person.hex[-12:]}",
                    employed=[Spell(since=since, until=until)],
                    stays=[Stay(since=since, unit=self.unit, until=until)] if placed else [],
                )
            ],
            self.session,
        )
        return Actor("someone", person)

    async def submit(self, actor: Actor, **more: Any) -> UUID:
        command = SubmitProposal(title="护栏", body="平台缺护栏", category=Category.SAFETY, **more)
        self.session.info.pop("stated", None)
        submitted = await submit_proposal(command, actor, self.session)
        await put_through(self.session)
        return submitted.id

    async def support(self, actor: Actor, proposal: UUID) -> None:
        await support_proposal(SupportProposal(proposal=proposal), actor, self.session)

    async def answer(self, actor: Actor, proposal: UUID) -> None:
        command = AnswerProposal(proposal=proposal, decision="declined", reasons="没有预算")
        await answer_proposal(command, actor, self.session)

    async def proposal(self, id: UUID) -> Proposal:
        found = await self.session.scalar(select(Proposal).where(Proposal.id == id))
        assert found
        return found

    def stated(self) -> list[Fact]:
        facts: list[Fact] = self.session.info.get("stated", [])
        return facts

    async def due(self, id: UUID) -> Any:
        """When an answer to it falls due, written already or about to be."""
        waiting = self.session.info.get("due", {}).get((ANSWER_DUE, str(id)))
        return waiting or await self.session.scalar(
            text("SELECT at FROM due WHERE what = :what AND key = :key"),
            {"what": ANSWER_DUE, "key": str(id)},
        )


MANAGER = Actor("manager", uuid7(), (Grant("manager", "company/h-plant"),))


@pytest.fixture
async def place(home: Home) -> AsyncIterator[Place]:
    async with rolled_back(home, "democracy") as session:
        unit = uuid7()
        await keep_unit(
            UnitPlaced(
                unit=unit,
                code=f"h-{unit.hex[-8:]}",
                name="一班",
                kind="team",
                parent=uuid7(),
                path=PATH,
                plant="company/h-plant",
            ),
            session,
        )
        yield Place(session, unit)


def code_of(broken: pytest.ExceptionInfo[RuleBroken]) -> tuple[int, str]:
    return broken.value.answer.status, broken.value.answer.code


async def test_a_proposal_belongs_to_the_unit_of_its_author_and_is_due(place: Place) -> None:
    author = await place.person()
    id = await place.submit(author)
    row = await place.proposal(id)
    assert (row.unit, row.author, row.state, row.supports) == (place.unit, author.person, "open", 0)
    assert row.due_verdict["rule"] == "proposal-answer"
    assert await place.due(id) == midnight(row.due_on + timedelta(days=1))
    [fact] = place.stated()
    assert fact.model_dump()["due_on"] == row.due_on
    said = fact.model_dump()["due_by"]
    for word in ("rule", "version", "citation", "standing", "provisional"):
        assert said[word] == row.due_verdict[word]
    assert said["citation_en"]


async def test_a_hidden_author_is_in_no_row_and_no_fact(place: Place) -> None:
    author = await place.person()
    id = await place.submit(author, hidden=True)
    row = await place.proposal(id)
    assert row.author is None
    await keep_stated(place.session, "hq")
    payload = await place.session.scalar(
        text("SELECT payload FROM outbox WHERE aggregate = :id"), {"id": id}
    )
    assert payload is not None
    assert json.loads(payload)["data"]["author"] is None
    everything = [
        str(row)
        for table in ("proposal", "outbox", "due", "support")
        for row in await place.session.execute(text(f"SELECT {table}::text FROM {table}"))
    ]
    assert str(author.person) not in "".join(everything)
    with pytest.raises(RuleBroken) as broken:
        await place.support(author, id)
    assert code_of(broken) == (409, "own-proposal"), "the seal recognises whom it does not name"


async def test_only_people_who_are_employed_and_placed_may_speak(place: Place) -> None:
    with pytest.raises(RuleBroken) as broken:
        await place.submit(await place.person(employed=False))
    assert code_of(broken) == (403, "forbidden")
    with pytest.raises(RuleBroken) as broken:
        await place.submit(await place.person(placed=False))
    assert code_of(broken) == (409, "not-placed")
    with pytest.raises(RuleBroken) as broken:
        await place.submit(Actor("system"))
    assert code_of(broken) == (403, "forbidden")


async def test_who_may_speak_is_the_same_when_all_are_looked_up_at_once(place: Place) -> None:
    worker, leaver = await place.person(), await place.person(employed=False)
    unplaced, unknown = await place.person(placed=False), Actor("someone", uuid7())
    askers = [worker, leaver, unplaced, unknown, Actor("system")]
    async with statements(place.session) as said:
        await know_speakers(askers, place.session)
        assert (await place.proposal(await place.submit(worker))).author == worker.person
        told = []
        for nobody in askers[1:]:
            with pytest.raises(RuleBroken) as broken:
                await place.submit(nobody)
            told.append(code_of(broken))
    forbidden = (403, "forbidden")
    assert told == [forbidden, (409, "not-placed"), forbidden, forbidden]
    assert sum("FROM person" in one for one in said) == 1, said


async def test_support_is_given_once_each_and_shown_as_a_number(place: Place) -> None:
    id = await place.submit(await place.person())
    place.session.info.pop("stated")
    supporter = await place.person()
    await place.support(supporter, id)
    await place.support(await place.person(), id)
    with pytest.raises(RuleBroken) as broken:
        await place.support(supporter, id)
    assert code_of(broken) == (409, "already-supported")
    assert [fact.model_dump() for fact in place.stated()] == [
        {"proposal": id, "supports": 1},
        {"proposal": id, "supports": 2},
    ]


async def test_the_plant_answers_with_reasons_and_nothing_is_due_any_more(place: Place) -> None:
    id = await place.submit(await place.person())
    await place.answer(MANAGER, id)
    row = await place.proposal(id)
    assert (row.state, row.reasons, row.answered_on) == ("declined", "没有预算", today())
    assert await place.due(id) is None
    with pytest.raises(RuleBroken) as broken:
        await place.answer(MANAGER, id)
    assert code_of(broken) == (409, "already-answered")
    with pytest.raises(RuleBroken) as broken:
        await place.support(await place.person(), id)
    assert code_of(broken) == (409, "already-answered")


@pytest.mark.parametrize(
    "grants",
    [
        (),
        (Grant("officer", "company"), Grant("chair", "company")),
        (Grant("manager", "company/other"),),
        (Grant("manager", "company/h-plan"),),
        (Grant("leader", PATH),),
    ],
)
async def test_who_is_not_manager_or_director_there_cannot_answer(
    place: Place, grants: tuple[Grant, ...]
) -> None:
    id = await place.submit(await place.person())
    with pytest.raises(RuleBroken) as broken:
        await place.answer(Actor("someone", uuid7(), grants), id)
    assert code_of(broken) == (403, "forbidden")
    assert (await place.proposal(id)).state == "open"


async def test_what_is_not_there_is_named(place: Place) -> None:
    with pytest.raises(RuleBroken) as broken:
        await place.answer(MANAGER, uuid7())
    assert code_of(broken) == (409, "unknown-proposal")


async def test_an_open_proposal_becomes_overdue_once_and_an_answered_one_never(
    place: Place,
) -> None:
    late, answered = (
        await place.submit(await place.person()),
        await place.submit(await place.person()),
    )
    await place.answer(MANAGER, answered)
    place.session.info.pop("stated")
    for id in (late, late, answered):
        await answer_is_overdue(str(id), place.session)
    assert (await place.proposal(late)).overdue
    assert not (await place.proposal(answered)).overdue
    assert [fact.slug() for fact in place.stated()] == ["proposal-overdue"]


async def test_submitting_says_little_to_the_database(place: Place) -> None:
    author = await place.person()
    await place.submit(author)  # asyncpg asks about types the first time
    await keep_stated(place.session, "hq")
    async with statements(place.session) as said:
        await place.submit(author)
        await keep_stated(place.session, "hq")
    assert len(said) <= 3, said
