"""What welfare does when something falls due."""

from uuid import UUID

from services.welfare.visits import VISIT_DUE, Visit, mark_overdue
from shared.database import Session, locked
from shared.ticker import due


@due(VISIT_DUE, at_once=100)
async def visit_is_overdue(key: str, session: Session) -> None:
    """The last day for a visit has passed."""
    await mark_overdue(await locked(session, Visit, UUID(key)), session)
