"""Signing in with the company account: a sign-in on its way, and the account here behind it."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text

from services.gateway import audit
from services.gateway.accounts import begin_session
from services.gateway.problems import Problem
from services.gateway.provider import Claims
from services.gateway.settings import CompanySettings
from services.gateway.site import Site
from shared.calendar import today
from shared.database import Session

ON_ITS_WAY = 600
"""Seconds between leaving for the provider and coming back."""
LONGEST_NEXT = 500
OURS = "{}@company"
"""The name of an account that a first sign-in has made: none that an operator makes has an @."""

_FORM = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[^\s/\x00-\x1f]{1,32}")

_EMPLOYED = text("""
    SELECT employed @> CAST(:today AS date) FROM person WHERE id = (
        SELECT coalesce(same_as, id) FROM person AS called WHERE called.employee = :employee)
""")
# A closed account is not passed over for another of the same person: it was closed on purpose.
_ACCOUNT = text("""
    SELECT name, active FROM account WHERE employee = :employee
    ORDER BY name <> :ours, made_at, name LIMIT 1
""")
_MAKE = text("""
    INSERT INTO account (name, employee) VALUES (:ours, :employee) ON CONFLICT DO NOTHING
""")
_USE = text("""
    INSERT INTO used_answer (state) VALUES (:state) ON CONFLICT DO NOTHING RETURNING state
""")
# Longer than an answer can come late, also when the clock is set back a little meanwhile.
_SWEEP = text("DELETE FROM used_answer WHERE used_at < now() - CAST(:after AS interval)")
_END_BEFORE = text("DELETE FROM session WHERE token_hash = :hash")


@dataclass(frozen=True)
class OnItsWay:
    """What the browser carries to the provider and back. `state` can be read by us alone, and only
    together with the cookie of the browser that set out: so it needs no row, and a stranger's
    answer fits no other browser. `before` is the digest of the session that the browser had, `form`
    the name of what was typed and waits (`carried.py`), empty when there is nothing."""

    state: str
    next: str
    before: str
    form: str
    nonce: str
    verifier: str

    @classmethod
    def begun(
        cls, site: Site, cookie: str, next: str, before: bytes, form: str | None = None
    ) -> Self:
        kept = {"next": next if len(next) <= LONGEST_NEXT else "/", "before": before.hex()}
        if form and _FORM.fullmatch(form):
            kept["form"] = form
        state = _sealed_with(site, cookie).encrypt(json.dumps(kept).encode()).decode()
        return cls._of(site, state, kept)

    @classmethod
    def read(cls, site: Site, cookie: str | None, state: str) -> Self:
        """Raises `Problem` (403) when it is too old, or was not begun in this browser."""
        try:
            kept = json.loads(_sealed_with(site, cookie or "").decrypt(state, ttl=ON_ITS_WAY))
        except InvalidToken:
            raise stale() from None
        return cls._of(site, state, kept)

    @classmethod
    def _of(cls, site: Site, state: str, kept: dict[str, str]) -> Self:
        key = site.key_for("company sign-in: nonce and verifier")
        nonce, verifier = (
            hmac.digest(key, f"{purpose} {state}".encode(), "sha256").hex()
            for purpose in ("nonce", "verifier")
        )
        return cls(state, kept["next"], kept["before"], kept.get("form", ""), nonce, verifier)


def _sealed_with(site: Site, cookie: str) -> Fernet:
    key = hmac.digest(site.key_for("company sign-in: state"), cookie.encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(key))


def stale() -> Problem:
    return Problem(403, "stale-sign-in", "this sign-in was used or is too old; begin again")


def employee_in(claims: Claims, told: CompanySettings) -> str:
    """The employee number. Raises `Problem` (403)."""
    employee = claims.get(told.employee_claim)
    if not isinstance(employee, str) or not _NUMBER.fullmatch(employee):
        raise Problem(403, "no-employee-number", "the company account has no employee number")
    return employee


async def begin(
    site: Site, told: CompanySettings, way: OnItsWay, claims: Claims, *, agent: str
) -> str:
    """The token of a new session; the one that the browser had ends. Raises `Problem` (403; 401
    when the account was closed at this moment)."""
    employee = employee_in(claims, told)
    async with site.sessions() as session:
        await _use(session, way)
        account = await _account_of(session, employee)
        token, _ = await begin_session(
            session,
            account,
            length=site.door.session_length,
            kind="browser",
            agent=agent,
            issuer=told.issuer,
            roles=told.roles_of(claims.get(told.roles_claim)),
        )
        await session.execute(_END_BEFORE, {"hash": bytes.fromhex(way.before)})
        await audit.add(session, audit.Entry("signed in", "company", account))
        await session.commit()
    site.tokens.forget()
    return token


async def _use(session: Session, way: OnItsWay) -> None:
    """Once only, also with a provider that takes a code twice."""
    given: dict[str, Any] = {"state": hashlib.sha256(way.state.encode()).digest()}
    if await session.scalar(_USE, given) is None:
        raise stale()
    await session.execute(_SWEEP, {"after": timedelta(seconds=4 * ON_ITS_WAY)})


async def _account_of(session: Session, employee: str) -> str:
    """Found by employee number, or made. Raises `Problem` (403) for whoever is not employed."""
    given = {"employee": employee, "ours": OURS.format(employee), "today": today()}
    employed = await session.scalar(_EMPLOYED, given)
    if employed is None:
        raise Problem(403, "unknown-employee", "this site's roll does not know this employee")
    if not employed:
        raise Problem(403, "left-employee", "this employee has left, or has not begun yet")
    found = (await session.execute(_ACCOUNT, given)).one_or_none()
    if found is None:
        await session.execute(_MAKE, given)
        return OURS.format(employee)
    if not found.active:
        raise Problem(403, "closed-account", "the account on this site is closed")
    name: str = found.name
    return name
