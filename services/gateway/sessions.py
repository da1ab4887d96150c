"""Sessions as their owner sees them: begun with a password, listed, ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from starlette.requests import Request

from services.gateway.accounts import begin_session, token_hash
from services.gateway.passwords import password_is_right
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.rows import Reader, rows
from shared.database import Session

KNOWN_DAYS = 180

_MUST_CHANGE = text("SELECT must_change FROM account WHERE name = :account")
_KNOWS = text("""
    SELECT true FROM known_browser WHERE token_hash = :hash AND account = :account
        AND seen_at > now() - CAST(:days AS interval)
""")
_KNOW = text("""
    INSERT INTO known_browser (token_hash, account) VALUES (:hash, :account)
    ON CONFLICT (token_hash, account) DO UPDATE SET seen_at = now()
""")
_FORGET = text("DELETE FROM known_browser WHERE seen_at < now() - CAST(:days AS interval)")
_DAYS = timedelta(days=KNOWN_DAYS)


@dataclass(frozen=True)
class Begun:
    """A session that has begun: its token and when it ends (UTC). `browser` is what this browser
    is known by from now on, at the accounts it has signed in to."""

    token: str
    ends: datetime
    browser: str


async def begin_with_password(
    site: Site,
    request: Request,
    account: str,
    password: str,
    *,
    kind: Literal["browser", "token"],
    browser: str | None = None,
    instead_of: str | None = None,
) -> Begun:
    """`browser`: what this one was known by; `instead_of`: a token that ends here. Raises
    `Problem`: 401 for a wrong account or password, whichever; 429 after too many; 403 for a token
    while the password is one that somebody else has given."""
    known = browser and await _is_known(site, browser, account)
    taken = await site.throttle.take(
        account,
        site.throttle.address(request),
        token_hash(browser) if browser and known else None,
    )
    async with site.sessions() as session:
        if not await password_is_right(session, account, password):
            raise Problem(401, "wrong-password", "account or password is wrong")
        if kind == "token" and await session.scalar(_MUST_CHANGE, {"account": account}):
            raise Problem(403, "change-password", "choose a password of your own first, on a page")
        token, ends = await begin_session(
            session,
            account,
            length=timedelta(hours=site.door.session_hours),
            kind=kind,
            agent=request.headers.get("user-agent", "") if kind == "browser" else "",
        )
        if kind == "browser":
            browser = browser or secrets.token_urlsafe(32)
            await session.execute(_KNOW, {"hash": token_hash(browser), "account": account})
            await session.execute(_FORGET, {"days": _DAYS})
        if instead_of:
            await session.execute(
                text("DELETE FROM session WHERE token_hash = :hash"),
                {"hash": token_hash(instead_of)},
            )
        await taken.give_back(session)
        await session.commit()
    if instead_of:
        site.tokens.forget()
    return Begun(token, ends, browser or "")


async def _is_known(site: Site, browser: str, account: str) -> bool:
    given = {"hash": token_hash(browser), "account": account, "days": _DAYS}
    async with site.sessions() as session:
        return bool(await session.scalar(_KNOWS, given))


@dataclass(frozen=True)
class SessionSeen:
    """Times in UTC; `agent` is what a browser calls itself."""

    id: UUID
    kind: str
    begun_at: datetime
    seen_at: datetime
    agent: str


_SEEN = """
    SELECT id, kind, begun_at, seen_at, agent FROM session
    WHERE account = :account AND expires_at > now()
        AND (kind <> 'browser' OR seen_at > now() - CAST(:idle AS interval))
    ORDER BY begun_at DESC, id DESC LIMIT 100
"""


async def sessions_of(account: str, reader: Reader, idle: timedelta) -> list[SessionSeen]:
    """Those that are open, newest first."""
    found = await rows(reader, _SEEN, {"account": account, "idle": idle})
    return [SessionSeen(**row) for row in found]


async def end_one(account: str, id: UUID, session: Session) -> None:
    """One of the account's own; of anybody else's nothing happens."""
    await session.execute(
        text("DELETE FROM session WHERE id = :id AND account = :account"),
        {"id": id, "account": account},
    )


async def end_all(account: str, session: Session, *, but: UUID | None = None) -> int:
    """Everywhere, but for one; which browsers are known is forgotten with all of them. Returns how
    many."""
    ended = await session.execute(
        text("""
            DELETE FROM session WHERE account = :account AND id IS DISTINCT FROM CAST(:but AS uuid)
            RETURNING id
        """),
        {"account": account, "but": but},
    )
    if but is None:
        await session.execute(
            text("DELETE FROM known_browser WHERE account = :account"), {"account": account}
        )
    return len(ended.all())
