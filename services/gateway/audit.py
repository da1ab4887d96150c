"""The audit log: every refusal, every reading of what is recorded, every try to sign in.

The gateway's role may add to it and nothing else (`deploy/postgres/walls.py`). Each hour what has
come since the last time is sealed: a digest of these entries, chained to the one before it and
signed (Ed25519, RFC 8032), so that an entry which was changed, taken away or put in afterwards is
found, also by somebody who holds the public key alone.

An entry holds ids. What they stand for (an account, a number that was read) is in `audit_name`,
from which an erased person is taken; the view `audit` shows both together.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from shared.database import Session, Sessions
from shared.messages import Query
from shared.rights import Actor
from shared.sealing import key_for
from shared.telemetry import fault
from shared.tracing import trace_id

log = structlog.get_logger(__name__)

What = Literal[
    "refused",
    "read",
    "signed in",
    "not signed in",
    "password changed",
    "PIN changed",
    "board added",
    "board paired",
    "board not paired",
    "board removed",
    "access closed",
    "access opened",
    "role given",
    "role taken",
    "applied",
    "subscription changed",
]

LOOK_EVERY = 60.0

# What was typed where an account's name belongs may be a password: only names of accounts are kept.
_ADD = text("""
    INSERT INTO audit_entry (account, person, what, subject, about, code, trace_id)
    VALUES ((SELECT audit_thing(name) FROM account WHERE name = :account), :person, :what, :subject,
        audit_thing(CAST(:about AS text)), :code, :trace_id)
""")
DIGEST = """
    SELECT count(*) AS entries, max(id) AS last, coalesce(sha256(convert_to(string_agg(
        jsonb_build_array(id, extract(epoch FROM at), account, person, what, subject, about, code,
            trace_id)::text, E'\\n' ORDER BY id), 'UTF8')), '') AS digest
    FROM audit_entry WHERE id > {after} AND id <= {last}
"""
"""Of the entries of a seal, which are those after the one id and up to the other."""
_DIGEST = text(DIGEST.format(after=":after", last=":last"))
# An hour is sealed five minutes after its end; no transaction of the gateway lives that long.
_DUE = text("""
    WITH sealed AS (SELECT coalesce(max(last), 0) AS last FROM audit_seal)
    SELECT sealed.last AS after, max(audit_entry.id) AS last FROM audit_entry, sealed
    WHERE audit_entry.id > sealed.last
        AND audit_entry.at < date_trunc('hour', clock_timestamp() - interval '5 minutes')
    GROUP BY sealed.last
""")
_LAST_CHAIN = text("SELECT chain FROM audit_seal ORDER BY last DESC LIMIT 1")
_KEEP = text("""
    INSERT INTO audit_seal (after, last, entries, chain, signature)
    VALUES (:after, :last, :entries, :chain, :signature)
""")


@dataclass(frozen=True)
class Entry:
    """`subject` is what was asked (a route's pattern, or a command's or query's name), `about` the
    employee number or id that was read. No words of a body, and no path."""

    what: What
    subject: str
    account: str | None = None
    person: str | None = None
    about: str | None = None
    code: str | None = None

    @classmethod
    def by(cls, actor: Actor | None, what: What, subject: str, **more: str | None) -> "Entry":
        person = str(actor.person) if actor and actor.person else None
        return cls(what, subject, actor.account if actor else None, person, **more)


async def add(session: Session, *entries: Entry) -> None:
    """Within the caller's transaction, all of them at once."""
    if entries:
        trace = {"trace_id": trace_id()}
        await session.execute(_ADD, [vars(entry) | trace for entry in entries])


def signing_key(seal_key: bytes) -> Ed25519PrivateKey:
    """The site's own, made of the gateway's seal key."""
    return Ed25519PrivateKey.from_private_bytes(key_for("audit", seal_key))


def chained(before: bytes, after: int, last: int, entries: int, digest: bytes) -> bytes:
    """What a seal signs: SHA-256 of the chain before it and all that it says of its entries."""
    said = f"{after} {last} {entries} ".encode()
    return hashlib.sha256(before + said + digest).digest()


async def seal(session: Session, key: Ed25519PrivateKey) -> int:
    """Seals what is due, in the caller's transaction; returns how many entries. Gateways that try
    at the same time do so one after the other."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit'))"))
    due = (await session.execute(_DUE)).one_or_none()
    if due is None:
        return 0
    told = (await session.execute(_DIGEST, {"after": due.after, "last": due.last})).one()
    before = await session.scalar(_LAST_CHAIN) or b""
    chain = chained(before, due.after, due.last, told.entries, told.digest)
    await session.execute(
        _KEEP,
        {
            "after": due.after,
            "last": due.last,
            "entries": told.entries,
            "chain": chain,
            "signature": key.sign(chain),
        },
    )
    # A copy of the log elsewhere shows when the newest seals were taken away together.
    log.info("audit sealed", last=due.last, entries=told.entries, chain=chain.hex())
    return int(told.entries)


@dataclass(frozen=True)
class Audit:
    """What the gateway's processes add, and the seal of each hour."""

    sessions: Sessions

    async def note(self, *entries: Entry) -> None:
        """Raises what the database raises: whoever must not read unrecorded then reads nothing."""
        async with self.sessions() as session:
            await add(session, *entries)
            await session.commit()

    async def read(self, query: Query, actor: Actor, told: Mapping[str, Any]) -> None:
        """Before anything is told. What a recorded query asks about is its first field, or what
        the answer says in the field that it names."""
        named = query.read_about and told.get(query.read_about)
        about = str(named or next(iter(query.model_dump().values())))
        name = f"{query.owner()}.{query.slug()}"
        await self.note(Entry.by(actor, "read", name, about=about))

    async def refused(self, actor: Actor | None, subject: str, code: str) -> None:
        """A refusal stands, whether it can be noted or not."""
        try:
            await self.note(Entry.by(actor, "refused", subject, code=code))
        except Exception as error:
            log.error("refusal not noted", **fault(error))

    async def keep_sealing(self) -> None:
        """Until cancelled."""
        key = signing_key(self.sessions.seal_key)
        while True:
            try:
                async with self.sessions() as session:
                    await seal(session, key)
                    await session.commit()
            except Exception as error:
                log.warning("audit not sealed", **fault(error))
            await asyncio.sleep(LOOK_EVERY)
