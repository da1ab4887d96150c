"""Who is who at the door: accounts, sessions, and the actor that a token stands for."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool

from services.gateway.problems import Problem
from shared.calendar import today
from shared.database import Session, Sessions
from shared.rights import Actor, Grant

SESSION_LENGTH = timedelta(hours=12)
TRUST_SECONDS = 5.0
"""How long the gateway believes what it read about a token."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked when there is no such account, so that time does not tell which accounts exist."""

_BEGIN = text("""
    INSERT INTO session (token_hash, account, expires_at)
    SELECT :token_hash, name, now() + :length FROM account WHERE name = :account AND active
    RETURNING expires_at
""")
# Whoever has left keeps nothing: neither the roles of the account nor what posts gave.
_ACTOR = text("""
    SELECT account.name, person.id AS person,
        CASE WHEN here.still THEN account.roles ELSE '{}' END AS roles,
        coalesce((
            SELECT array_agg(post.role || ' ' || unit.path)
            FROM post JOIN unit ON unit.id = post.unit
            WHERE post.person = person.id AND post.during @> CAST(:today AS date) AND here.still
        ), '{}') AS posts
    FROM session
    JOIN account ON account.name = session.account AND account.active
    LEFT JOIN person ON person.employee = account.employee
    CROSS JOIN LATERAL (
        SELECT person.id IS NULL OR person.employed @> CAST(:today AS date) AS still
    ) AS here
    WHERE session.token_hash = :token_hash AND session.expires_at > now()
""")


def token_hash(token: str) -> bytes:
    """Tokens are 256 random bits, so a plain digest is enough to keep them out of the table."""
    return hashlib.sha256(token.encode()).digest()


async def begin_session(session: Session, account: str) -> tuple[str, datetime]:
    """A new bearer token and when it ends (UTC). Raises `Problem` (401) without such an account."""
    token = secrets.token_urlsafe(32)
    ends = await session.scalar(
        _BEGIN,
        {"token_hash": token_hash(token), "length": SESSION_LENGTH, "account": account},
    )
    if ends is None:
        raise Problem(401, "unknown-account", "there is no such account, or it is closed")
    await session.execute(text("DELETE FROM session WHERE expires_at < now()"))
    return token, ends


async def end_session(session: Session, token: str) -> None:
    await session.execute(
        text("DELETE FROM session WHERE token_hash = :hash"), {"hash": token_hash(token)}
    )


async def password_is_right(session: Session, account: str, password: str) -> bool:
    stored = await session.scalar(
        text("SELECT password_hash FROM account WHERE name = :name AND active"), {"name": account}
    )
    try:
        # argon2 takes its time on purpose; the event loop must not wait for it.
        right = await run_in_threadpool(_HASHER.verify, stored or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return right and stored is not None


async def keep_account(
    session: Session,
    name: str,
    *,
    employee: str | None,
    roles: list[str],
    password: str | None = None,
    demo: bool = False,
) -> None:
    """Makes an account or puts it as given. `roles` are those of accounts: hr, it, auditor."""
    hashed = await run_in_threadpool(_HASHER.hash, password) if password else None
    await session.execute(
        text("""
            INSERT INTO account (name, password_hash, employee, roles, demo)
            VALUES (:name, :hash, :employee, :roles, :demo)
            ON CONFLICT (name) DO UPDATE SET employee = excluded.employee, roles = excluded.roles,
                password_hash = coalesce(excluded.password_hash, account.password_hash)
        """),
        {"name": name, "hash": hashed, "employee": employee, "roles": roles, "demo": demo},
    )


async def drop_account(session: Session, name: str) -> None:
    """Closes an account for good, with its sessions."""
    await session.execute(text("DELETE FROM account WHERE name = :name"), {"name": name})


@dataclass
class Tokens:
    """From a token to the actor, remembered for a few seconds. What a role-giving fact changes is
    forgotten at once (`forget`), so that one's own write is visible in one's rights too."""

    sessions: Sessions
    site: str
    _known: dict[bytes, tuple[float, Actor]] = field(default_factory=dict)

    def forget(self) -> None:
        self._known.clear()

    async def actor(self, token: str) -> Actor:
        """Raises `Problem` (401) for a token that is unknown or has ended."""
        hashed = token_hash(token)
        known = self._known.get(hashed)
        if known and known[0] > time.monotonic():
            return known[1]
        async with self.sessions() as session:
            row = (
                await session.execute(_ACTOR, {"token_hash": hashed, "today": today()})
            ).one_or_none()
        if row is None:
            raise Problem(401, "unknown-token", "this token is unknown or has ended; sign in again")
        posts = [post.split(" ", 1) for post in row.posts]
        grants = [Grant(role, path) for role, path in posts]
        grants += [Grant(role, "company") for role in row.roles]
        actor = Actor(row.name, row.person, tuple(grants), self.site)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[hashed] = (time.monotonic() + TRUST_SECONDS, actor)
        return actor
