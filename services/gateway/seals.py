"""Whether the audit log is as it was sealed: every entry, or those of some days."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.gateway.audit import DIGEST, chained
from services.gateway.views.rows import Reader, rows

AT_ONCE = 200
"""How many seals one statement looks at."""

# With the digest of what lies under each of them now.
_SEALS = f"""
    SELECT seal.after, seal.last, seal.entries, seal.chain, seal.signature,
        told.entries AS found, told.digest
    FROM (
        SELECT * FROM audit_seal
        WHERE last > :reached AND (CAST(:since AS timestamptz) IS NULL OR sealed_at >= :since)
            AND (CAST(:before AS timestamptz) IS NULL OR sealed_at < :before)
        ORDER BY last LIMIT :most
    ) AS seal
    CROSS JOIN LATERAL ({DIGEST.format(after="seal.after", last="seal.last")}) AS told
    ORDER BY seal.last
"""  # noqa: S608 - all of it is ours
_ONE_BEFORE = "SELECT last, chain FROM audit_seal WHERE last < :last ORDER BY last DESC LIMIT 1"
_NEWEST = """
    SELECT newest.last, newest.sealed_at,
        EXISTS (SELECT FROM audit_name WHERE name IS NOT NULL AND id <> audit_id(salt, name))
            AS misnamed,
        (SELECT count(*) FROM audit_entry WHERE id > coalesce(newest.last, 0)) AS unsealed
    FROM (SELECT 1) AS always
    LEFT JOIN (
        SELECT last, sealed_at FROM audit_seal ORDER BY last DESC LIMIT 1
    ) AS newest ON true
"""


@dataclass(frozen=True)
class Verified:
    """`broken` names the first seal that does not fit: the ids of its entries, from and to."""

    entries: int
    seals: int
    unsealed: int
    broken: str | None = None


@dataclass(frozen=True)
class Newest:
    """Up to which entry the log is sealed, since when, and how many entries came after that. The
    first two are None before the first seal. `misnamed`: what an id stands for was changed."""

    last: int | None
    sealed_at: datetime | None
    misnamed: bool
    unsealed: int


async def newest(reader: Reader | asyncpg.Connection) -> Newest:
    [row] = await rows(reader, _NEWEST, {})
    return Newest(**row)


async def verified(
    reader: Reader | asyncpg.Connection,
    key: Ed25519PublicKey,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Verified:
    """Every seal that was made in that time against its entries, the one before it, and the key.
    Of some days the seal before the first is believed, for it is not looked at."""
    entries, seals, chain, reached = 0, 0, b"", 0
    async for row in _seals(reader, {"since": since, "before": before}):
        if not seals and since is not None:
            found = await rows(reader, _ONE_BEFORE, {"last": row["last"]})
            chain, reached = (found[0]["chain"], found[0]["last"]) if found else (b"", 0)
        chain = chained(chain, row["after"], row["last"], row["found"], row["digest"])
        said, is_so = (row["after"], row["entries"], row["chain"]), (reached, row["found"], chain)
        if said != is_so or not _signed(key, row["signature"], chain):
            return Verified(entries, seals, 0, f"{row['after'] + 1} to {row['last']}")
        reached = row["last"]
        entries, seals = entries + row["found"], seals + 1
    last = await newest(reader)
    return Verified(entries, seals, last.unsealed, f"1 to {last.last}" if last.misnamed else None)


async def _seals(
    reader: Reader | asyncpg.Connection, of: dict[str, datetime | None]
) -> AsyncIterator[Any]:
    """In their order, some at a time, so that a log of years is no single statement."""
    reached = 0
    while found := await rows(reader, _SEALS, of | {"reached": reached, "most": AT_ONCE}):
        for row in found:
            yield row
        reached = found[-1]["last"]


def _signed(key: Ed25519PublicKey, signature: bytes, chain: bytes) -> bool:
    try:
        key.verify(signature, chain)
    except InvalidSignature:
        return False
    return True
