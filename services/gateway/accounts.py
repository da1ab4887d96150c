"""Who is who at the door: accounts, and sessions that begin and end."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import text

from services.gateway.open_sessions import HOLDS
from services.gateway.passwords import hashed_password
from services.gateway.problems import Problem
from services.gateway.settings import Idle
from shared.database import Session, Sessions

SESSION_LENGTH = timedelta(hours=12)
LONGEST_AGENT = 200
SessionKind = Literal["browser", "token", "kiosk"]

# The account is locked until the commit, so that a new password or PIN and a session that begins
# with the old one come one after the other: either the change ends the session, or it does not
# begin.
_BEGIN = text("""
    INSERT INTO session (token_hash, account, expires_at, kind, agent, issuer, roles)
    SELECT :token_hash, name, now() + CAST(:length AS interval), :kind, :agent, :issuer,
        CAST(:roles AS text[])
    FROM account WHERE name = :account AND active
        AND (CAST(:proved AS text) IS NULL OR :proved =
            CASE CAST(:kind AS text) WHEN 'kiosk' THEN pin_hash ELSE password_hash END)
    FOR SHARE
    RETURNING expires_at
""")
_END = text("DELETE FROM session WHERE token_hash = :hash RETURNING issuer")
_BEHIND = text("""
    SELECT account.name FROM session
    JOIN account ON account.name = session.account AND account.active
    WHERE session.token_hash = :hash
""")
_END_AT_KIOSK = text("""
    DELETE FROM session WHERE token_hash = :hash AND kind = 'kiosk' RETURNING true
""")


def token_hash(token: str) -> bytes:
    """Tokens are 256 random bits, so a plain digest is enough to keep them out of the table."""
    return hashlib.sha256(token.encode()).digest()


async def begin_session(
    session: Session,
    account: str,
    *,
    length: timedelta = SESSION_LENGTH,
    kind: SessionKind = "token",
    agent: str = "",
    proved: str | None = None,
    issuer: str | None = None,
    roles: Sequence[str] | None = None,
) -> tuple[str, datetime]:
    """A new token and when it ends (UTC). `agent` is what a browser calls itself; `proved` the hash
    of the password, at a kiosk of the PIN, that was right; `issuer` the company's provider that
    vouches instead, and `roles` those that it gives in this session, else they are the account's.
    Raises `Problem` (401) without such an account, and when its password or PIN is another by now.
    """
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


async def end_session(session: Session, token: str) -> str | None:
    """The provider that had vouched for it, if one had."""
    issuer: str | None = await session.scalar(_END, {"hash": token_hash(token)})
    return issuer


async def account_behind(sessions: Sessions, token: str) -> str | None:
    """Whose session it is, or was before it lay unused for too long. It opens nothing."""
    async with sessions() as session:
        name: str | None = await session.scalar(_BEHIND, {"hash": token_hash(token)})
    return name


async def end_at_kiosk(session: Session, token: str) -> bool:
    """False for any other session, which goes on."""
    return bool(await session.scalar(_END_AT_KIOSK, {"hash": token_hash(token)}))


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
                active = true, closed_by_directory = false,
                -- A PIN belongs to a badge.
                pin_hash = CASE WHEN account.employee = excluded.employee
                    THEN account.pin_hash END,
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
    has_pin: bool
    demo: bool
    sessions: int


async def accounts(session: Session, idle: Idle) -> list[AccountSeen]:
    """All of them, by name."""
    found = await session.execute(
        text(f"""
            SELECT name, employee, roles, active, must_change, password_hash IS NOT NULL,
                pin_hash IS NOT NULL, demo,
                (SELECT count(*) FROM session WHERE session.account = account.name AND {HOLDS})
            FROM account ORDER BY name
        """),  # noqa: S608 - all of it is ours
        idle._asdict(),
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
        text("""
            UPDATE account SET active = true, closed_by_directory = false
            WHERE name = :name RETURNING name
        """),
        {"name": name},
    )
    return opened is not None


async def close_account(session: Session, name: str) -> bool:
    """Ends its sessions; nobody signs in to it any more, also when the directory says that who has
    it is back. False when there is none."""
    closed = await session.scalar(
        text("""
            UPDATE account SET active = false, closed_by_directory = false
            WHERE name = :name RETURNING name
        """),
        {"name": name},
    )
    await session.execute(text("DELETE FROM session WHERE account = :name"), {"name": name})
    return closed is not None


async def drop_account(session: Session, name: str) -> None:
    """Closes an account for good, with its sessions."""
    await session.execute(text("DELETE FROM account WHERE name = :name"), {"name": name})
