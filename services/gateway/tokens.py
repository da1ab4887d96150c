"""From a token to who asks with it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from services.gateway.accounts import token_hash
from services.gateway.open_sessions import HOLDS
from services.gateway.problems import Problem
from services.gateway.settings import Idle
from shared.calendar import today
from shared.database import Session, Sessions, is_away
from shared.rights import Actor, Grant
from shared.telemetry import fault

log = structlog.get_logger(__name__)

TRUST_SECONDS = 5.0
"""How long the gateway believes what it read about a token."""

# Whoever has left keeps nothing: neither the roles of the account nor what posts gave.
_ACTOR = text(f"""
    SELECT account.name, person.id AS person, session.id AS session,
        ARRAY(SELECT id FROM person AS either WHERE either.same_as = person.id) AS also,
        session.kind = 'kiosk' AS kiosk,
        extract(epoch FROM least(session.expires_at - now(), CAST(:kiosk_idle AS interval)))
            AS seconds,
        -- What was not opened by the password that IT has given: tokens that IT makes, and the
        -- company account. A kiosk is opened by the PIN.
        CASE session.kind WHEN 'browser' THEN account.must_change AND session.issuer IS NULL
            WHEN 'kiosk' THEN account.pin_given ELSE false END AS must_change,
        session.seen_at < now() - CASE session.kind WHEN 'kiosk' THEN CAST(:kiosk_idle AS interval)
            ELSE CAST(:idle AS interval) END / 60 AS unnoted,
        CASE WHEN here.still THEN coalesce(session.roles, account.roles) || by_group.roles
            ELSE '{{}}' END AS roles,
        coalesce((
            SELECT array_agg(post.role || ' ' || unit.path)
            FROM post JOIN unit ON unit.id = post.unit
            WHERE post.person = ANY(ARRAY(SELECT id FROM person AS either
                    WHERE either.id = person.id OR either.same_as = person.id))
                AND post.during @> CAST(:today AS date) AND here.still
        ), '{{}}') AS posts
    FROM session
    JOIN account ON account.name = session.account AND account.active
    LEFT JOIN person AS called ON called.employee = account.employee
    LEFT JOIN person ON person.id = coalesce(called.same_as, called.id)
    CROSS JOIN LATERAL (
        SELECT person.id IS NULL OR person.employed @> CAST(:today AS date) AS still
    ) AS here
    -- What the company's directory says by SCIM (services/gateway/scim).
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT given.role), '{{}}') AS roles
        FROM unnest(CAST(:groups AS text[]), CAST(:group_roles AS text[])) AS given (name, role)
        JOIN scim_group ON scim_group.display_name = given.name
        JOIN scim_member ON scim_member.in_group = scim_group.id
        JOIN scim_user ON scim_user.id = scim_member.who
        WHERE scim_user.employee = account.employee AND scim_user.active IS NOT FALSE
    ) AS by_group
    WHERE session.token_hash = :token_hash AND {HOLDS}
        -- The number was given to another human being since: what is older is not theirs.
        AND (person.given = account.employee AND account.made_at <= person.given_at) IS NOT TRUE
""")  # noqa: S608 - all of it is ours
# Requests that come at the same moment note it once, and none waits for another.
_SEEN = text("""
    UPDATE session SET seen_at = now() WHERE token_hash IN (
        SELECT token_hash FROM session WHERE token_hash = :token_hash
            AND seen_at < now() - CAST(:idle AS interval) / 60
        FOR UPDATE SKIP LOCKED
    )
""")


@dataclass(frozen=True, slots=True)
class Known:
    """What a token stands for: who, by which session. `must_change`: nothing but a new password,
    at a kiosk a new PIN, is open to them. `kiosk_seconds`: so long may a kiosk lie unused from now
    on; None of any other session."""

    actor: Actor
    session: UUID
    must_change: bool
    kiosk_seconds: float | None = None


def must_change_first() -> Problem:
    return Problem(
        403, "change-password", "choose a password of your own first, at /account/password"
    )


def must_change_pin_first() -> Problem:
    return Problem(403, "change-pin", "choose a PIN of your own first, at /kiosk/pin")


@dataclass
class Tokens:
    """From a token to the actor, remembered for a few seconds. What a role-giving fact changes is
    forgotten at once (`forget`), so that one's own write is visible in one's rights too. `idle` is
    how long a session may lie unused, `groups` the directory's groups and the role that each gives.

    A kiosk's session opens what asks for one and nothing else: whoever does not ask is not told
    of it.
    """

    sessions: Sessions
    site: str
    idle: Idle = field(default_factory=Idle)
    groups: Mapping[str, str] = field(default_factory=dict)
    _known: dict[bytes, tuple[float, Known]] = field(default_factory=dict)
    _forgotten: int = 0

    def forget(self) -> None:
        self._known.clear()
        self._forgotten += 1

    async def actor(self, token: str, *, by_itself: bool = False) -> Actor:
        """Raises `Problem`: 401 for a token that is unknown or has ended, 403 for a kiosk's, and
        for a browser as long as the password is one that somebody else has given. `by_itself`: a
        page asks, not a person, and a session that nobody uses must end."""
        known = await self.known(token, by_itself=by_itself)
        if known.must_change:
            raise must_change_first()
        return known.actor

    async def known(self, token: str, *, by_itself: bool = False) -> Known:
        """The same for the one page that is open before a password was changed."""
        known = await self._believed(token, by_itself=by_itself)
        if known.kiosk_seconds is not None:
            raise Problem(403, "not-at-a-kiosk", "this is not done at a kiosk; sign in elsewhere")
        return known

    async def at_kiosk(self, token: str) -> Known:
        """For what is done at a kiosk. Raises `Problem` (401) for any other session."""
        known = await self._believed(token)
        if known.kiosk_seconds is None:
            raise Problem(401, "no-session", "sign in at the kiosk first")
        return known

    async def _believed(self, token: str, *, by_itself: bool = False) -> Known:
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
        # What was read may be over already; and a kiosk's ends to the second.
        if forgotten == self._forgotten and known.kiosk_seconds is None:
            self._known[hashed] = (time.monotonic() + TRUST_SECONDS, known)
        return known

    async def _read(self, hashed: bytes, *, note: bool) -> Known:
        given: dict[str, Any] = {"token_hash": hashed} | self.idle._asdict()
        given |= {"groups": list(self.groups), "group_roles": list(self.groups.values())}
        async with self.sessions() as session:
            row = (await session.execute(_ACTOR, given | {"today": today()})).one_or_none()
            if note and row is not None and row.unnoted:
                idle = self.idle.kiosk_idle if row.kiosk else self.idle.idle
                await _note_seen(session, {"token_hash": hashed, "idle": idle})
        if row is None:
            raise Problem(401, "unknown-token", "this token is unknown or has ended; sign in again")
        if row.kiosk:
            # One stands there as oneself: posts and roles count at a desk of one's own.
            actor = Actor(row.name, row.person, (), self.site, tuple(row.also))
            return Known(actor, row.session, row.must_change, float(row.seconds))
        posts = [post.split(" ", 1) for post in row.posts]
        grants = [Grant(role, path) for role, path in posts]
        grants += [Grant(role, "company") for role in dict.fromkeys(row.roles)]
        actor = Actor(row.name, row.person, tuple(grants), self.site, tuple(row.also))
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
