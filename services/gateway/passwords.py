"""Passwords: kept as argon2id hashes (RFC 9106), and what a new one must be."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import text

from shared.database import Session, Sessions, reading
from shared.rights import RuleBroken

SHORTEST, LONGEST = 10, 200
"""Characters. Length counts; no rule asks for a digit or a sign (NIST SP 800-63B, 5.1.1)."""

T = TypeVar("T")
_SLOW = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Hashing takes its time on purpose: a crowd at the door must not take every core from the rest."""
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked when there is no such account, so that time does not tell which accounts exist."""
_KEPT = text("SELECT password_hash, must_change FROM account WHERE name = :name AND active")
_SET = text("""
    UPDATE account SET password_hash = :hash, must_change = :must_change
    WHERE name = :name AND active
        AND (CAST(:stored AS text) IS NULL OR password_hash = :stored)
    RETURNING name
""")


async def _slowly(work: Callable[..., T], *given: str) -> T:
    """The event loop must not wait for it."""
    return await asyncio.get_running_loop().run_in_executor(_SLOW, work, *given)


async def hashed_password(password: str) -> str:
    return await _slowly(_HASHER.hash, password)


async def fits(stored: str | None, given: str) -> bool:
    """Is it what was hashed? It takes as long where nothing is stored."""
    try:
        await _slowly(_HASHER.verify, stored or _NOBODY, given)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """It was hashed with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@dataclass(frozen=True)
class Proved:
    """A password was right: `stored` is its hash as it is kept now. `must_change`: somebody else
    has given it."""

    stored: str
    must_change: bool


async def prove(sessions: Sessions, account: str, password: str) -> Proved | None:
    """None when account or password is wrong, whichever. What was hashed with weaker parameters
    than today's is hashed anew.

    No connection is held while it is checked: a crowd at the door would soon hold all of them.
    """
    async with reading(sessions) as session:
        kept = (await session.execute(_KEPT, {"name": account})).one_or_none()
    stored = kept.password_hash if kept else None
    if not await fits(stored, password) or kept is None or stored is None:
        return None
    if is_outdated(stored):
        hashed = await hashed_password(password)
        async with sessions() as session:
            anew = await set_password(
                session, account, hashed, must_change=kept.must_change, instead_of=stored
            )
            await session.commit()
        stored = hashed if anew else stored
    return Proved(stored, kept.must_change)


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
    session: Session,
    account: str,
    hashed: str,
    *,
    must_change: bool = False,
    instead_of: str | None = None,
) -> bool:
    """Keeps what `hashed_password` made. False when there is no such account, or when the hash that
    is kept is no longer the one it is to be kept `instead_of`. `must_change`: somebody else knows
    the password."""
    given = {
        "hash": hashed,
        "name": account,
        "must_change": must_change,
        "stored": instead_of,
    }
    return await session.scalar(_SET, given) is not None
