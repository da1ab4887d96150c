"""Which proposals somebody made under a hidden name: told to who comes themselves, and needed when
somebody is erased. Each has a seal of its own (decision 0009)."""

from collections.abc import Collection
from uuid import UUID

from shared.database import Session, raw
from shared.sealing import seal


async def hidden_proposals(people: Collection[UUID], session: Session) -> list[UUID]:
    """Each one that has no open author is tried."""
    rows = await raw(session).fetch("SELECT id, author_seal FROM proposal WHERE author IS NULL")
    return [
        row["id"]
        for row in rows
        if any(row["author_seal"] == seal(session, "author", row["id"], each) for each in people)
    ]
