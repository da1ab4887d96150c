"""What membership does when it hears facts of others: it notes that somebody took part, and of it
nothing but the day. A proposal whose author is hidden, and who supports one, is in no fact."""

from datetime import date
from uuid import UUID

from services.membership.lapse.admonishing import look_again
from services.membership.lapse.evidence import note_activity
from shared.contracts.democracy import ProposalRedacted, ProposalSubmitted
from shared.contracts.training import CourseCompleted
from shared.database import Session
from shared.erasing import redact_put_aside
from shared.personal import GONE
from shared.reacting import heard


@heard(CourseCompleted)
async def took_a_course(fact: CourseCompleted, session: Session) -> None:
    """Passed or not: they were there."""
    await _took_part(fact.person, fact.on, session)


@heard(ProposalSubmitted, only=lambda fact: fact.author is not None)
async def made_a_proposal(fact: ProposalSubmitted, session: Session) -> None:
    """Under their own name."""
    assert fact.author
    await _took_part(fact.author, fact.submitted_on, session)


@heard(ProposalRedacted)
async def redact_proposal(fact: ProposalRedacted, session: Session) -> None:
    """Nothing of its words was kept, but where it could not be taken."""
    put = {"author": None, "title": GONE, "body": GONE}
    await redact_put_aside(ProposalSubmitted, [fact.proposal], put, session)


async def _took_part(person: UUID, on: date, session: Session) -> None:
    await note_activity(person, on, session)
    await look_again([person], session)
