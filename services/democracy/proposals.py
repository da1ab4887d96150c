"""职工提议: proposals, from being said to being answered."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.democracy.tables import Table
from shared.calendar import calendar_days_after, midnight, today, working_days_after
from shared.contracts.democracy import (
    AnswerProposal,
    Category,
    Decision,
    ProposalAnswered,
    ProposalOverdue,
    ProposalSubmitted,
    ProposalSupported,
    SubmitProposal,
    SupportProposal,
)
from shared.database import Session, locked, put_off
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.outbox import state
from shared.rights import Actor, RuleBroken
from shared.roll import know_speakers, speaker, unit_path
from shared.rulebook import Basis, Verdict, in_force, read_rule
from shared.sealing import seal
from shared.ticker import fall_due, no_longer_due

ANSWER_DUE = "proposal-answer"
RULE = Path(__file__).parent / "rulebook" / "proposal-answer.toml"

State = Literal["open", "adopted", "declined"]


# ---------------------------------------------------------------------------------- tables


class Proposal(Table):
    """A proposal. A hidden author stands here as a seal only, which recognises but names nobody."""

    __tablename__ = "proposal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit: Mapped[UUID]
    author: Mapped[UUID | None]
    author_seal: Mapped[bytes]
    category: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    state: Mapped[str]
    supports: Mapped[int]
    submitted_on: Mapped[date]
    due_on: Mapped[date]
    due_verdict: Mapped[dict[str, Any]] = mapped_column(JSONB)
    overdue: Mapped[bool]
    reasons: Mapped[str | None]
    answered_on: Mapped[date | None]
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def must_be_open(self) -> None:
        if self.state != "open":
            raise RuleBroken(
                "already-answered",
                f"this proposal was {self.state} on {self.answered_on}; make a new one to go on",
                field="proposal",
            )

    def answer(self, decision: Decision, reasons: str, *, on: date) -> None:
        """An answer is given once, with its reasons (奖励条例 1986, article 14)."""
        self.must_be_open()
        self.state, self.reasons, self.answered_on = decision, reasons, on

    def support(self) -> None:
        self.must_be_open()
        self.supports += 1


_SUBMITTED = """
    INSERT INTO proposal (id, unit, author, author_seal, category, title, body, submitted_on,
        due_on, due_verdict, state, supports, overdue)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', 0, false)
"""


class Support(Table):
    """Who stands behind a proposal. Never leaves this service: managers get no such list."""

    __tablename__ = "support"

    proposal: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())


# ---------------------------------------------------------------------------------- rules


@dataclass(frozen=True)
class AnswerDue:
    """By when an answer is owed, and by which version of the rule."""

    on: date
    basis: Basis
    verdict: Verdict

    @classmethod
    def of(cls, category: Category, *, submitted_on: date, province: str = "*") -> Self:
        """The last day in time: so many calendar or working days after the day of submission."""
        version = in_force(read_rule(RULE), submitted_on, province)
        terms = version.values.get(category.value, version.values)
        days, working = terms["days"], terms["count"] == "working"
        counted = (working_days_after if working else calendar_days_after)(submitted_on, days)
        inputs = {
            "category": category.value,
            "submitted_on": submitted_on.isoformat(),
            "days": days,
            "count": terms["count"],
            "province": province,
        }
        return cls(
            counted.day,
            version.basis(days=days, working=working, provisional=counted.provisional),
            version.verdict(inputs, provisional=counted.provisional),
        )


# ---------------------------------------------------------------------------------- commands


@asked(SubmitProposal, ahead=know_speakers)
async def submit_proposal(command: SubmitProposal, actor: Actor, session: Session) -> Accepted:
    """A worker says what should be better; from here the plant owes an answer by a day."""
    on = today()
    author = await speaker(command, actor, session, on=on)
    unit = author.must_be_in_a_unit()
    due = AnswerDue.of(command.category, submitted_on=on, province=author.province)
    id = uuid7()
    named = None if command.hidden else author.person
    put_off(
        session,
        _SUBMITTED,
        id,
        unit,
        named,
        seal(session, "author", id, author.person),
        command.category.value,
        command.title,
        command.body,
        on,
        due.on,
        json.dumps(due.verdict.as_json()),
    )
    fall_due(session, ANSWER_DUE, key=str(id), at=midnight(day_after(due.on)))
    state(
        session,
        ProposalSubmitted(
            proposal=id,
            unit=unit,
            author=named,
            category=command.category,
            title=command.title,
            body=command.body,
            submitted_on=on,
            due_on=due.on,
            due_by=due.basis,
        ),
    )
    return Accepted(id=id)


@asked(SupportProposal, ahead=know_speakers)
async def support_proposal(command: SupportProposal, actor: Actor, session: Session) -> Accepted:
    """One more worker stands behind it. Once each, and not behind one's own."""
    person = (await speaker(command, actor, session, on=today())).person
    proposal = await locked(session, Proposal, command.proposal)
    ids = [person, *actor.also]
    if proposal.author_seal in {seal(session, "author", proposal.id, id) for id in ids}:
        raise RuleBroken(
            "own-proposal", "a proposal needs the support of others; this one is yours"
        )
    proposal.support()
    mine = (Support.proposal == proposal.id) & Support.person.in_(ids)
    if await session.scalar(select(Support.person).where(mine).limit(1)):
        raise RuleBroken("already-supported", "you stand behind this proposal already")
    await session.execute(insert(Support).values(proposal=proposal.id, person=person))
    state(session, ProposalSupported(proposal=proposal.id, supports=proposal.supports))
    return Accepted(id=proposal.id)


@asked(AnswerProposal)
async def answer_proposal(command: AnswerProposal, actor: Actor, session: Session) -> Accepted:
    """The plant decides and says why; what was due is due no longer."""
    proposal = await locked(session, Proposal, command.proposal)
    command.for_whom.must_include(actor, at=await unit_path(session, proposal.unit))
    proposal.answer(command.decision, command.reasons, on=today())
    await no_longer_due(session, ANSWER_DUE, key=str(proposal.id))
    state(
        session,
        ProposalAnswered(
            proposal=proposal.id,
            unit=proposal.unit,
            decision=command.decision,
            reasons=command.reasons,
            answered_on=today(),
        ),
    )
    return Accepted(id=proposal.id)


async def mark_overdue(proposal: Proposal, session: Session) -> None:
    """Nobody answered in time: from here it is shown to everyone."""
    if proposal.state == "open" and not proposal.overdue:
        proposal.overdue = True
        state(
            session,
            ProposalOverdue(proposal=proposal.id, unit=proposal.unit, due_on=proposal.due_on),
        )


def day_after(day: date) -> date:
    return calendar_days_after(day, 1).day
