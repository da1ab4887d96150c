"""Passwords: kept as argon2id hashes (RFC 9106), and what a new one must be."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import text

from shared.database import Session
from shared.rights import RuleBroken

SHORTEST, LONGEST = 10, 200
"""Characters. Length counts; no rule asks for a digit or a sign (NIST SP 800-63B, 5.1.1)."""

T = TypeVar("T")
_SLOW = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Hashing takes its time on purpose: a crowd at the door must not take every core from the rest."""
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked when there is no such account, so that time does not tell which accounts exist."""
_KEEP = text("""
    UPDATE account SET password_hash = :hash WHERE name = :name AND password_hash = :stored
""")


async def _slowly(work: Callable[..., T], *given: str) -> T:
    """The event loop must not wait for it."""
    return await asyncio.get_running_loop().run_in_executor(_SLOW, work, *given)


async def hashed_password(password: str) -> str:
    return await _slowly(_HASHER.hash, password)


async def password_is_right(session: Session, account: str, password: str) -> bool:
    """Hashes anew, within the session, what was hashed with weaker parameters than today's."""
    stored = await session.scalar(
        text("SELECT password_hash FROM account WHERE name = :name AND active"), {"name": account}
    )
    try:
        await _slowly(_HASHER.verify, stored or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    if stored is None:
        return False
    if _HASHER.check_needs_rehash(stored):
        hashed = await hashed_password(password)
        await session.execute(_KEEP, {"hash": hashed, "name": account, "stored": stored})
    return True


def must_be_a_password(password: str, account: str) -> None:
    """Raises `RuleBroken` (422)."""
    said = None
    if len(password) < SHORTEST:
        said = f"a password has at least {SHORTEST} characters"
    elif len(password) > LONGEST:
        said = f"a password has at most {LONGEST} characters"
    elif "\0" in password:
        said = "a password is text"
    elif len(set(password)) < 4 or password.casefold().strip() == account.casefold():
        said = "this password is the first that anybody would guess; choose another"
    if said:
        raise RuleBroken("weak-password", said, field="password", status=422)


async def set_password(
    session: Session, account: str, password: str, *, must_change: bool = False
) -> bool:
    """False when there is no such account. `must_change`: somebody else knows it."""
    hashed = await hashed_password(password)
    changed = await session.scalar(
        text("""
            UPDATE account SET password_hash = :hash, must_change = :must_change
            WHERE name = :name AND active RETURNING name
        """),
        {"hash": hashed, "name": account, "must_change": must_change},
    )
    return changed is not None
