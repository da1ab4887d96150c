"""An address is somebody's once they have typed the code that was sent there."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.gateway.telling.digests import keep_digest
from services.gateway.telling.due import Every
from shared.database import Session, sql
from shared.sealing import decrypt, encrypt, seal

GOOD_FOR = timedelta(minutes=15)
TRIES = 5

_ASK = sql("""
    INSERT INTO digest_asked AS asked (account, every, hour, language, address, code, expires_at)
    VALUES (:account, :every, :hour, :language, :address, :code,
        now() + CAST(:good_for AS interval))
    ON CONFLICT (account) DO UPDATE SET every = excluded.every, hour = excluded.hour,
        language = excluded.language, address = excluded.address, code = excluded.code,
        expires_at = excluded.expires_at, tries = 0
""")
_OPEN = """
    account = :account AND tries < :tries AND expires_at > now()
        AND expires_at <= now() + CAST(:good_for AS interval)
"""
_ASKED = sql(f"SELECT every, hour, language, address FROM digest_asked WHERE {_OPEN}")  # noqa: S608
_TRY = sql(f"""
    UPDATE digest_asked SET tries = tries + 1 WHERE {_OPEN}
    RETURNING every, hour, language, address, code
""")  # noqa: S608 - all of it is ours
_SWEEP = sql("DELETE FROM digest_asked WHERE expires_at <= now() OR account = :account")


@dataclass(frozen=True)
class Asked:
    """What waits for its code."""

    every: Every
    hour: int
    language: str
    address: str


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


async def ask_for_code(account: str, asked: Asked, code: str, session: Session) -> None:
    """Instead of what was asked before; its code is good for nothing then."""
    given: dict[str, Any] = vars(asked) | {
        "account": account,
        "address": encrypt(session, asked.address, "digest asked", account),
        "code": seal(session, "digest code", account, asked.address, code),
        "good_for": GOOD_FOR,
    }
    await session.execute(_ASK, given)


async def asked_of(account: str, session: Session) -> Asked | None:
    """None when no code can be typed any more."""
    given = {"account": account, "tries": TRIES, "good_for": GOOD_FOR}
    row = (await session.execute(_ASKED, given)).one_or_none()
    if row is None:
        return None
    address = decrypt(session, row.address, "digest asked", account)
    return Asked(row.every, row.hour, row.language, address)


async def confirm(account: str, code: str, session: Session) -> bool:
    """The digest begins when the code is right. Each try counts, right or wrong, and the caller
    commits either."""
    given = {"account": account, "tries": TRIES, "good_for": GOOD_FOR}
    row = (await session.execute(_TRY, given)).one_or_none()
    if row is None:
        return False
    address = decrypt(session, row.address, "digest asked", account)
    wanted = seal(session, "digest code", account, address, code)
    if not hmac.compare_digest(wanted, row.code):
        return False
    await keep_digest(account, row.every, row.hour, row.language, address, session)
    await session.execute(_SWEEP, {"account": account})
    return True


async def forget_asked(account: str, session: Session) -> None:
    """And all that were left lying."""
    await session.execute(_SWEEP, {"account": account})
