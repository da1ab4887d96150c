"""Who is who at the door: accounts, sessions, and the actor that a token stands for."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import text

from services.gateway.open_sessions import HOLDS
from services.gateway.passwords import hashed_password
from services.gateway.problems import Problem
from shared.calendar import today
from shared.database import Session, Sessions, is_away
from shared.rights import Actor, Grant
from shared.telemetry import fault

log = structlog.get_logger(__name__)

SESSION_LENGTH = timedelta(hours=12)
TRUST_SECONDS = 5.0
"""How long the gateway believes what it read about a token."""
LONGEST_AGENT = 200

# The account is locked until the commit, so that a new password and a session that begins with the
# old one come one after the other: either the change ends the session, or it does not begin.
_BEGIN = text("""
    INSERT INTO session (token_hash, account, expires_at, kind, agent, issuer, roles)
    SELECT :token_hash, name, now() + CAST(:length AS interval), :kind, :agent, :issuer,
        CAST(:roles AS text[])
    FROM account WHERE name = :account AND active
        AND (CAST(:proved AS text) IS NULL OR password_hash = :proved)
    FOR SHARE
    RETURNING expires_at
""")
_END = text("DELETE FROM session WHERE token_hash = :hash RETURNING issuer")
_BEHIND = text("""
    SELECT account.name FROM session
    JOIN account ON account.name = session.account AND account.active
    WHERE session.token_hash = :hash
""")
# Whoever has left keeps nothing: neither the roles of the account nor what posts gave.
_ACTOR = text(f"""
    SELECT account.name, person.id AS person, session.id AS session,
        -- What was not opened by the password that IT has given: tokens that IT makes, and the
        -- company account.
        account.must_change AND session.kind = 'browser' AND session.issuer IS NULL AS must_change,
        session.seen_at < now() - CAST(:idle AS interval) / 60 AS unnoted,
        CASE WHEN here.still THEN coalesce(session.roles, account.roles) ELSE '{{}}' END AS roles,
        coalesce((
            SELECT array_agg(post.role || ' ' || unit.path)
            FROM post JOIN unit ON unit.id = post.unit
            WHERE post.person = person.id AND post.during @> CAST(:today AS date) AND here.still
        ), '{{}}') AS posts
    FROM session
    JOIN account ON account.name = session.account AND account.active
    LEFT JOIN person ON person.employee = account.employee
    CROSS JOIN LATERAL (
        SELECT person.id IS NULL OR person.employed @> CAST(:today AS date) AS still
    ) AS here
    WHERE session.token_hash = :token_hash AND {HOLDS}
""")  # noqa: S608 - all of it is ours
# Requests that come at the same moment note it once, and none waits for another.
_SEEN = text("""
    UPDATE session SET seen_at = now() WHERE token_hash IN (
        SELECT token_hash FROM session WHERE token_hash = :token_hash
            AND seen_at < now() - CAST(:idle AS interval) / 60
        FOR UPDATE SKIP LOCKED
    )
""")


def token_hash(token: str) -> bytes:
    """Tokens are 256 random bits, so a plain digest is enough to keep them out of the table."""
    return hashlib.sha256(token.encode()).digest()


async def begin_session(
    session: Session,
    account: str,
    *,
    length: timedelta = SESSION_LENGTH,
    kind: Literal["browser", "token"] = "token",
    agent: str = "",
    proved: str | None = None,
    issuer: str | None = None,
    roles: Sequence[str] | None = None,
) -> tuple[str, datetime]:
    """A new token and when it ends (UTC). `agent` is what a browser calls itself; `proved` the hash
    of the password that was right; `issuer` the company's provider that vouches instead, and
    `roles` those that it gives in this session, else they are the account's. Raises `Problem` (401)
    without such an account, and when its password is another by now."""
    token = secrets.token_urlsafe(32)
    ends = await session.scalar(
        _BEGIN,
        {
            "token_hash": token_hash(token),
            "length": length,
            "account": account,
            "kind": kind,
            "agent": "".join(filter(str.isprintable, agent))[:LONGEST_AGENT],
            "proved": proved,
            "issuer": issuer,
            "roles": roles,
        },
    )
    if ends is None:
        raise Problem(401, "unknown-account", "there is no such account, or it is closed")
    await session.execute(text("DELETE FROM session WHERE expires_at < now()"))
    return token, ends


def must_change_first() -> Problem:
    return Problem(
        403, "change-password", "choose a password of your own first, at /account/password"
    )


async def end_session(session: Session, token: str) -> str | None:
    """The provider that had vouched for it, if one had."""
    issuer: str | None = await session.scalar(_END, {"hash": token_hash(token)})
    return issuer


async def account_behind(sessions: Sessions, token: str) -> str | None:
    """Whose session it is, or was before it lay unused for too long. It opens nothing."""
    async with sessions() as session:
        name: str | None = await session.scalar(_BEHIND, {"hash": token_hash(token)})
    return name


async def keep_account(
    session: Session,
    name: str,
    *,
    employee: str | None,
    roles: list[str],
    password: str | None = None,
    must_change: bool = False,
    demo: bool = False,
) -> None:
    """Makes an account or puts it as given. `roles` are those of accounts: hr, it, auditor.
    `must_change`: the password was given by somebody else and opens nothing but its change."""
    hashed = await hashed_password(password) if password else None
    await session.execute(
        text("""
            INSERT INTO account (name, password_hash, employee, roles, must_change, demo)
            VALUES (:name, :hash, :employee, :roles, :must_change, :demo)
            ON CONFLICT (name) DO UPDATE SET employee = excluded.employee, roles = excluded.roles,
                password_hash = coalesce(excluded.password_hash, account.password_hash),
                active = true,
                must_change = CASE WHEN excluded.password_hash IS NULL THEN account.must_change
                    ELSE excluded.must_change END
        """),
        {
            "name": name,
            "hash": hashed,
            "employee": employee,
            "roles": roles,
            "must_change": must_change,
            "demo": demo,
        },
    )


class AccountSeen(NamedTuple):
    """An account as an operator sees it. `sessions` counts the open ones."""

    name: str
    employee: str | None
    roles: list[str]
    active: bool
    must_change: bool
    has_password: bool
    demo: bool
    sessions: int


async def accounts(session: Session, idle: timedelta) -> list[AccountSeen]:
    """All of them, by name."""
    found = await session.execute(
        text("""
            SELECT name, employee, roles, active, must_change, password_hash IS NOT NULL, demo,
                (SELECT count(*) FROM session
                 WHERE session.account = account.name AND expires_at > now()
                    AND (kind <> 'browser' OR seen_at > now() - CAST(:idle AS interval)))
            FROM account ORDER BY name
        """),
        {"idle": idle},
    )
    return [AccountSeen(*row) for row in found]


async def set_roles(session: Session, name: str, roles: list[str]) -> bool:
    """Instead of those that it had. False when there is no such account."""
    given = {"name": name, "roles": roles}
    put = text("UPDATE account SET roles = :roles WHERE name = :name RETURNING name")
    return await session.scalar(put, given) is not None


async def open_account(session: Session, name: str) -> bool:
    """Opens a closed one as it was. False when there is none."""
    opened = await session.scalar(
        text("UPDATE account SET active = true WHERE name = :name RETURNING name"), {"name": name}
    )
    return opened is not None


async def close_account(session: Session, name: str) -> bool:
    """Ends its sessions; nobody signs in to it any more. False when there is none."""
    closed = await session.scalar(
        text("UPDATE account SET active = false WHERE name = :name RETURNING name"), {"name": name}
    )
    await session.execute(text("DELETE FROM session WHERE account = :name"), {"name": name})
    return closed is not None


async def drop_account(session: Session, name: str) -> None:
    """Closes an account for good, with its sessions."""
    await session.execute(text("DELETE FROM account WHERE name = :name"), {"name": name})


@dataclass(frozen=True, slots=True)
class Known:
    """What a token stands for: who, by which session. `must_change`: nothing but a new password
    is open to them."""

    actor: Actor
    session: UUID
    must_change: bool


@dataclass
class Tokens:
    """From a token to the actor, remembered for a few seconds. What a role-giving fact changes is
    forgotten at once (`forget`), so that one's own write is visible in one's rights too. `idle` is
    how long a browser's session may lie unused."""

    sessions: Sessions
    site: str
    idle: timedelta = timedelta(hours=1)
    _known: dict[bytes, tuple[float, Known]] = field(default_factory=dict)
    _forgotten: int = 0

    def forget(self) -> None:
        self._known.clear()
        self._forgotten += 1

    async def actor(self, token: str, *, by_itself: bool = False) -> Actor:
        """Raises `Problem`: 401 for a token that is unknown or has ended, 403 for a browser as long
        as the password is one that somebody else has given. `by_itself`: a page asks, not a person,
        and a session that nobody uses must end."""
        known = await self.known(token, by_itself=by_itself)
        if known.must_change:
            raise must_change_first()
        return known.actor

    async def known(self, token: str, *, by_itself: bool = False) -> Known:
        """The same for the one page that is open before a password was changed."""
        hashed = token_hash(token)
        remembered = self._known.get(hashed)
        if remembered and remembered[0] > time.monotonic():
            return remembered[1]
        forgotten = self._forgotten
        known = await self._read(hashed, note=not by_itself)
        if by_itself:
            return known  # whoever uses it next must be noted
        if len(self._known) > 10_000:
            self._known.clear()
        if forgotten == self._forgotten:  # else what was read may be over already
            self._known[hashed] = (time.monotonic() + TRUST_SECONDS, known)
        return known

    async def _read(self, hashed: bytes, *, note: bool) -> Known:
        given = {"token_hash": hashed, "idle": self.idle}
        async with self.sessions() as session:
            row = (await session.execute(_ACTOR, given | {"today": today()})).one_or_none()
            if note and row is not None and row.unnoted:
                await _note_seen(session, given)
        if row is None:
            raise Problem(401, "unknown-token", "this token is unknown or has ended; sign in again")
        posts = [post.split(" ", 1) for post in row.posts]
        grants = [Grant(role, path) for role, path in posts]
        grants += [Grant(role, "company") for role in row.roles]
        actor = Actor(row.name, row.person, tuple(grants), self.site)
        return Known(actor, row.session, row.must_change)


async def _note_seen(session: Session, given: dict[str, Any]) -> None:
    """On a full disk one cannot write but read: then it is noted later."""
    try:
        await session.execute(_SEEN, given)
        await session.commit()
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("session not noted", **fault(error))
