"""Following: somebody wants to hear what becomes of a proposal that is not theirs.

Who does is visible to nobody else. A row holds a keyed digest of the person, the proposal and how
far its way was known then; no name, and no time at which it was chosen.
"""

import hmac
from collections.abc import Sequence
from uuid import UUID

from services.gateway.views.rows import Reader, rows
from shared.database import Session, sql
from shared.rights import Actor

_FOLLOW = sql("""
    INSERT INTO follow (follower, proposal, known_until)
    SELECT :follower, id, greatest(stated_at, supported_at, overdue_at, answered_at)
    FROM proposal WHERE id = :proposal
    ON CONFLICT DO NOTHING
""")
_LET_GO = sql("DELETE FROM follow WHERE follower = ANY(:followers) AND proposal = :proposal")
_FOLLOWS = """
    SELECT true FROM follow WHERE follower = ANY(:followers) AND proposal = :proposal LIMIT 1
"""


def follower_of(key: bytes, person: UUID | str) -> bytes:
    """Stands for a person, or for an account that is nobody's; the key is the gateway's alone."""
    return hmac.digest(key, str(person).encode(), "sha256")


def followers_of(key: bytes, actor: Actor) -> list[bytes]:
    """One's own first, then those of ids that turned out to be the same human being's."""
    who: list[UUID] | list[str] = actor.ids or [actor.account]
    return [follower_of(key, each) for each in who]


async def follow(follower: bytes, proposal: UUID, session: Session) -> None:
    """From what it has come to by now. Done twice it is done once."""
    await session.execute(_FOLLOW, {"follower": follower, "proposal": proposal})


async def let_go(followers: Sequence[bytes], proposal: UUID, session: Session) -> None:
    await session.execute(_LET_GO, {"followers": list(followers), "proposal": proposal})


async def follows(followers: Sequence[bytes], proposal: UUID, reader: Reader) -> bool:
    given = {"followers": list(followers), "proposal": proposal}
    return bool(await rows(reader, _FOLLOWS, given))
