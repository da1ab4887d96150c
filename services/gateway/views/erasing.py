"""What the views no longer show of who was erased."""

from collections.abc import Mapping

from services.gateway.views.proposals import words_of_answer, words_of_proposal
from shared.contracts.democracy import ProposalRedacted
from shared.contracts.membership import PersonErased
from shared.database import Session, sql
from shared.personal import GONE, erased_number
from shared.reacting import heard

REDACTED: Mapping[str, str | None] = {"author": None, "title": GONE, "body": GONE}
"""What a `proposal-submitted` says by then."""


@heard(PersonErased)
async def empty_name(fact: PersonErased, session: Session) -> None:
    """The days stay, of nobody whom anybody can name."""
    await session.execute(
        sql("UPDATE person SET employee = :nobody, numbers = '[]' WHERE id = :person"),
        {"nobody": erased_number(fact.person), "person": fact.person},
    )


@heard(ProposalRedacted)
async def redact_proposal(fact: ProposalRedacted, session: Session) -> None:
    """As if it had been said in these words; what was answered stays."""
    reasons = await session.scalar(
        sql("SELECT reasons FROM proposal WHERE id = :proposal"), {"proposal": fact.proposal}
    )
    answer = words_of_answer(reasons) if reasons is not None else ""
    await session.execute(
        sql("""
            UPDATE proposal SET author = NULL, title = :title, body = :body,
                words = CAST(:made AS tsvector) || CAST(:answer AS tsvector)
            WHERE id = :proposal
        """),
        {
            "proposal": fact.proposal,
            "title": GONE,
            "body": GONE,
            "made": words_of_proposal(GONE, GONE),
            "answer": answer,
        },
    )
