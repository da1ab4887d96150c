"""The codes of all units that there are."""

from sqlalchemy import text

from shared.database import ReadSession, Session

_CODES = text("SELECT code FROM unit ORDER BY code")


async def codes(session: ReadSession | Session) -> list[str]:
    """HR's, in their order."""
    return list(await session.scalars(_CODES))
