"""Which sessions hold: neither ended, nor too old, nor unused for too long."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import text

from shared.database import Session

HOLDS = """
    session.expires_at > now()
        -- A token may lie unused.
        AND (session.kind = 'token' OR session.seen_at > now() - CASE session.kind
            WHEN 'kiosk' THEN CAST(:kiosk_idle AS interval) ELSE CAST(:idle AS interval) END)
        -- A clock that was set back must not make sessions younger.
        AND session.seen_at < now() + interval '5 minutes'
"""
_STILL_OPEN = text(f"""
    SELECT session.token_hash FROM session
    JOIN account ON account.name = session.account AND account.active
    WHERE session.token_hash = ANY(:hashes) AND {HOLDS}
""")  # noqa: S608 - all of it is ours


async def still_open(hashes: Collection[bytes], idle: timedelta, session: Session) -> set[bytes]:
    """Those of the digests of tokens whose session holds; none of a kiosk, which may not listen.
    Looking is not using it."""
    given = {"hashes": list(hashes), "idle": idle, "kiosk_idle": timedelta()}
    return set((await session.scalars(_STILL_OPEN, given)).all())
