"""Sessions as their owner sees them: begun with a password, listed, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from starlette.requests import Request

from services.gateway import audit
from services.gateway.accounts import begin_session, end_session, token_hash
from services.gateway.open_sessions import HOLDS
from services.gateway.passwords import Proved, prove
from services.gateway.problems import Problem
from services.gateway.settings import Idle
from services.gateway.site import Site
from services.gateway.throttle import Tries
from services.gateway.tokens import Known, must_change_first
from services.gateway.views.rows import Reader, rows
from shared.database import Session, Sessions, reading

KNOWN_DAYS = 180

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
class Browser:
    """`known_by` is what its cookie says; `agent` what it calls itself."""

    known_by: str
    agent: str

    @property
    def digest(self) -> bytes:
        return token_hash(self.known_by)

    async def knows(self, account: str, sessions: Sessions) -> bool:
        """Was the account signed in to here?"""
        given = {"hash": self.digest, "account": account, "days": _DAYS}
        async with reading(sessions) as session:
            return bool(await session.scalar(_KNOWS, given))

    async def begin(self, site: Site, account: str, proved: Proved, session: Session) -> str:
        """A session whose token this returns; and from now on the account is known here. Raises
        `Problem` (401) when the password is another by now."""
        token, _ = await begin_session(
            session,
            account,
            length=site.door.session_length,
            kind="browser",
            agent=self.agent,
            proved=proved.stored,
        )
        await audit.add(session, audit.Entry("signed in", "browser", account))
        await session.execute(_KNOW, {"hash": self.digest, "account": account})
        await session.execute(_FORGET, {"days": _DAYS})
        return token


async def sign_in_browser(
    site: Site,
    request: Request,
    browser: Browser,
    account: str,
    password: str,
    *,
    instead_of: str | None,
) -> str:
    """The token of a new session; the one with the token `instead_of` ends. Raises `Problem`: 401
    for a wrong account or password, whichever; 429 after too many tries."""
    known = await browser.knows(account, site.sessions)
    tries = (
        site.throttle.at_known(browser.digest, account)
        if known
        else site.throttle.at_door(account, site.throttle.address(request))
    )
    proved = await _proved(site, account, password, tries)
    async with site.sessions() as session:
        token = await browser.begin(site, account, proved, session)
        if instead_of:
            await end_session(session, instead_of)
        await session.commit()
    if instead_of:
        site.tokens.forget()
    return token


async def sign_in_program(
    site: Site, request: Request, account: str, password: str
) -> tuple[str, datetime]:
    """A token and when it ends. Raises `Problem` as for browsers, and 403 while the password is
    one that somebody else has given."""
    tries = site.throttle.at_door(account, site.throttle.address(request))
    proved = await _proved(site, account, password, tries)
    if proved.must_change:
        raise must_change_first()
    async with site.sessions() as session:
        begun = await begin_session(
            session, account, length=site.door.session_length, proved=proved.stored
        )
        await audit.add(session, audit.Entry("signed in", "token", account))
        await session.commit()
    return begun


async def prove_again(site: Site, known: Known, password: str) -> Proved:
    """The password of who is signed in already. The tries of strangers do not count here. Raises
    `Problem`: 401 when it is wrong, 429 after too many tries."""
    account = known.actor.account
    return await _proved(
        site, account, password, site.throttle.at_known(known.session.bytes, account)
    )


async def _proved(site: Site, account: str, password: str, tries: Tries) -> Proved:
    await tries.take()
    proved = await prove(site.sessions, account, password)
    if proved is None:
        await site.audit.note(audit.Entry("not signed in", "password", account))
        raise Problem(401, "wrong-password", "account or password is wrong")
    await tries.give_back()
    return proved


@dataclass(frozen=True)
class SessionSeen:
    """Times in UTC; `agent` is what a browser calls itself."""

    id: UUID
    kind: str
    begun_at: datetime
    seen_at: datetime
    agent: str


_SEEN = f"""
    SELECT id, kind, begun_at, seen_at, agent FROM session
    WHERE account = :account AND {HOLDS}
    ORDER BY begun_at DESC, id DESC LIMIT 100
"""  # noqa: S608 - all of it is ours


async def sessions_of(account: str, reader: Reader, idle: Idle) -> list[SessionSeen]:
    """Those that are open, newest first."""
    found = await rows(reader, _SEEN, {"account": account} | idle._asdict())
    return [SessionSeen(**row) for row in found]


async def end_one(account: str, id: UUID, session: Session) -> None:
    """One of the account's own; of anybody else's nothing happens."""
    await session.execute(
        text("DELETE FROM session WHERE id = :id AND account = :account"),
        {"id": id, "account": account},
    )


async def end_all(account: str, session: Session) -> None:
    """All sessions of browsers and all tokens; and no browser is known any more."""
    for table in ("session", "known_browser"):
        await session.execute(
            text(f"DELETE FROM {table} WHERE account = :account"),  # noqa: S608
            {"account": account},
        )
