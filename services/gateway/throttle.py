"""Tries to sign in, counted in the database so that a restart forgets none.

Each try takes a place in several buckets that empty by themselves at a steady rate (the generic
cell rate algorithm, ATM Forum TM 4.0, 4.4.2): what is left is one moment for each of them. A try
counts before the password is looked at, and is given back when it was right.

Nobody can lock another out: a browser that has signed in to the account before has a bucket of its
own there, and a stranger's tries do not touch it (OWASP, device cookies).
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from starlette.requests import Request

from services.gateway.problems import Problem
from shared.database import Session, Sessions


@dataclass(frozen=True)
class Bucket:
    """`burst` tries at once, then one each `every`."""

    name: str
    burst: int
    every: timedelta


ONE_AT_ANOTHER = Bucket("account at address", 10, timedelta(seconds=30))
ADDRESS = Bucket("address", 100, timedelta(seconds=2))
ACCOUNT = Bucket("account", 40, timedelta(seconds=10))
KNOWN = Bucket("known browser", 10, timedelta(seconds=30))

# One statement, so that tries at the same moment are counted one after the other.
_TAKE = text("""
    INSERT INTO sign_in_try AS try (who, free_at)
    VALUES (:who, now() + CAST(:every AS interval))
    ON CONFLICT (who)
        DO UPDATE SET free_at = greatest(try.free_at, now()) + CAST(:every AS interval)
        WHERE try.free_at <= now() + CAST(:slack AS interval)
    RETURNING free_at
""")
_WAIT = text("SELECT free_at - now() - CAST(:slack AS interval) FROM sign_in_try WHERE who = :who")
_GIVE_BACK = text(
    "UPDATE sign_in_try SET free_at = free_at - CAST(:every AS interval) WHERE who = :who"
)
_EMPTY = text("DELETE FROM sign_in_try WHERE who = :who")
_SWEEP = text("""
    DELETE FROM sign_in_try WHERE who IN (
        SELECT who FROM sign_in_try WHERE free_at < now() LIMIT 100 FOR UPDATE SKIP LOCKED
    )
""")


@dataclass(frozen=True)
class Throttle:
    """`key` makes what is kept meaningless to a reader of the table."""

    sessions: Sessions
    key: bytes
    behind_front: bool
    """TLS ends in front of us: the address is what the front says, the last it appended."""

    def address(self, request: Request) -> str:
        """Where the request comes from; of IPv6 the network that one customer gets."""
        said = request.client.host if request.client else ""
        if self.behind_front:
            forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
            said = forwarded.rpartition(",")[2].strip() or said
        try:
            address = ipaddress.ip_address(said)
        except ValueError:
            return ""
        if address.version == 6:
            return str(ipaddress.ip_network((address, 64), strict=False).network_address)
        return str(address)

    async def take(self, account: str, address: str, browser: bytes | None) -> "Taken":
        """Counts a try. `browser`: the digest of a cookie that this account has given. Raises
        `Problem` (429) when there were too many."""
        kept = Taken(self, self._buckets(account, address, browser))
        async with self.sessions() as session:
            for who, bucket in kept.buckets:
                slack = bucket.every * (bucket.burst - 1)
                given = {"who": who, "every": bucket.every, "slack": slack}
                if await session.scalar(_TAKE, given) is None:
                    wait = await session.scalar(_WAIT, {"who": who, "slack": slack})
                    seconds = max(1, round(wait.total_seconds()) if wait else 1)
                    raise Problem(
                        429,
                        "too-many-tries",
                        f"too many tries to sign in; try again in {seconds} s",
                        retry_after=seconds,
                    )
            await session.commit()
        return kept

    def _buckets(
        self, account: str, address: str, browser: bytes | None
    ) -> list[tuple[bytes, Bucket]]:
        if browser is not None:
            return [(self._who(KNOWN, browser.hex()), KNOWN)]
        # Always in one order, so that two tries never wait for each other.
        return [
            (self._who(ACCOUNT, account), ACCOUNT),
            (self._who(ADDRESS, address), ADDRESS),
            (self._who(ONE_AT_ANOTHER, account, address), ONE_AT_ANOTHER),
        ]

    def _who(self, bucket: Bucket, *parts: str) -> bytes:
        named = "\n".join((bucket.name, *parts)).encode()
        return hashlib.blake2b(named, digest_size=24, key=self.key).digest()


@dataclass(frozen=True)
class Taken:
    """The places that one try has taken."""

    throttle: Throttle
    buckets: list[tuple[bytes, Bucket]]

    async def give_back(self, session: Session) -> None:
        """The password was right: the last and narrowest bucket is empty again, the wider ones
        hold one try less."""
        *wider, (narrowest, _) = self.buckets
        for who, bucket in wider:
            await session.execute(_GIVE_BACK, {"who": who, "every": bucket.every})
        await session.execute(_EMPTY, {"who": narrowest})
        await session.execute(_SWEEP)
