"""What democracy does when something falls due."""

from uuid import UUID

from services.democracy.proposals import ANSWER_DUE, Proposal, mark_overdue
from shared.database import Session, locked
from shared.ticker import due


@due(ANSWER_DUE)
async def answer_is_overdue(key: str, session: Session) -> None:
    """The last day for an answer has passed."""
    await mark_overdue(await locked(session, Proposal, UUID(key)), session)
