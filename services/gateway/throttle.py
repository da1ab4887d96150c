"""Tries to sign in, counted in the database so that a restart forgets none.

Each try takes a place in several buckets that empty by themselves at a steady rate (the generic
cell rate algorithm, ATM Forum TM 4.0, 4.4.2): what is left is one moment for each of them. A try
counts before the password is looked at, and is given back when it was right.

Nobody can lock another out from afar: a browser that has signed in to the account before has a
bucket of its own there, and a stranger's tries do not touch it (OWASP, device cookies).
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from math import ceil

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

    async def take(self, who: bytes, session: Session) -> timedelta | None:
        """None when there was a place, else how long until there is one."""
        slack = self.every * (self.burst - 1)
        given = {"who": who, "every": self.every, "slack": slack, "beyond": self.beyond}
        if await session.scalar(_TAKE, given):
            return None
        wait: timedelta | None = await session.scalar(_WAIT, {"who": who, "slack": slack})
        return wait or timedelta()

    @property
    def beyond(self) -> timedelta:
        """Longer than it takes to empty: what is later than that was written before the clock was
        set back, and must not keep anybody out until then."""
        return max(timedelta(hours=1), 2 * self.burst * self.every)


BOTH = Bucket("account at address", 10, timedelta(seconds=30))
ADDRESS = Bucket("address", 100, timedelta(seconds=2))
ACCOUNT = Bucket("account", 40, timedelta(seconds=10))
KNOWN = Bucket("account at known place", 10, timedelta(seconds=30))
CODE_OF = Bucket("code of account", 5, timedelta(minutes=10))
CODE_TO = Bucket("code to address", 3, timedelta(minutes=15))
COMPANY = Bucket("company at address", 100, timedelta(seconds=2))
UPLOAD = Bucket("upload", 40, timedelta(minutes=1))
HOOK = Bucket("signature at address", 40, timedelta(minutes=1))
BOARD = Bucket("board at address", 10, timedelta(seconds=30))
# Six digits are soon guessed by whoever may try for long: at most 48 a day at one badge, which in a
# year is one in sixty.
KIOSK = Bucket("kiosk", 40, timedelta(seconds=5))
BADGE = Bucket("badge", 40, timedelta(minutes=30))
BADGE_AT_KIOSK = Bucket("badge at kiosk", 5, timedelta(minutes=1))

# One statement, so that tries at the same moment are counted one after the other.
_TAKE = text("""
    INSERT INTO sign_in_try AS try (who, free_at)
    VALUES (:who, now() + CAST(:every AS interval))
    ON CONFLICT (who)
        DO UPDATE SET free_at = CAST(:every AS interval) + CASE
            WHEN try.free_at > now() + CAST(:beyond AS interval) THEN now()
            ELSE greatest(try.free_at, now())
        END
        WHERE try.free_at <= now() + CAST(:slack AS interval)
            OR try.free_at > now() + CAST(:beyond AS interval)
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

    def where(self, request: Request) -> IPv4Address | IPv6Address | None:
        """Where the request comes from; None when that is no address."""
        said = request.client.host if request.client else ""
        if self.behind_front:
            forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
            said = forwarded.rpartition(",")[2].strip() or said
        try:
            address = ipaddress.ip_address(said)
        except ValueError:
            return None
        return (address.version == 6 and address.ipv4_mapped) or address

    def address(self, request: Request) -> str:
        """The same in letters; of IPv6 the network that one customer gets."""
        address = self.where(request)
        if address is None:
            return ""
        if address.version == 6:
            return str(ipaddress.ip_network((address, 64), strict=False).network_address)
        return str(address)

    def at_door(self, account: str, address: str) -> "Tries":
        """Tries of who was not here before, or cannot show it."""
        # Always in one order, so that no two tries wait for each other in a circle.
        return self._tries((ACCOUNT, account), (ADDRESS, address), (BOTH, account, address))

    def at_known(self, place: bytes, account: str) -> "Tries":
        """Tries at the account in a place that only who has its password has been to: a browser
        that it was signed in with, or an open session. One bucket for each account there, because
        many people use one kiosk."""
        return self._tries((KNOWN, place.hex(), account))

    def at_kiosk(self, badge: str, address: str) -> "Tries":
        """Tries of a PIN. No kiosk is a known place: everyone stands there."""
        badge = badge.lower()
        return self._tries((BADGE, badge), (KIOSK, address), (BADGE_AT_KIOSK, badge, address))

    def at_company(self, address: str) -> "Tries":
        """Answers of the company's provider that are brought: nobody guesses one, but each makes us
        ask the provider."""
        return self._tries((COMPANY, address))

    def at_upload(self, account: str) -> "Tries":
        """Files that an account brings. Whose bucket it is cannot be read from the table, so it
        tells nobody who has just written under a hidden name."""
        return self._tries((UPLOAD, account))

    def at_board(self, address: str) -> "Tries":
        """Codes that are typed to pair a display on a wall."""
        return self._tries((BOARD, address))

    def at_hook(self, address: str) -> "Tries":
        """Signatures that do not fit. Nobody guesses one, but each goes on record for good."""
        return self._tries((HOOK, address))

    def at_code(self, account: str, address: str) -> "Tries":
        """Codes that are sent to an address which somebody says is theirs."""
        return self._tries((CODE_OF, account), (CODE_TO, address))

    def _tries(self, *places: tuple[Bucket, *tuple[str, ...]]) -> "Tries":
        return Tries(
            self.sessions, [(self._who(bucket, *parts), bucket) for bucket, *parts in places]
        )

    def _who(self, bucket: Bucket, *parts: str) -> bytes:
        named = "\n".join((bucket.name, *parts)).encode()
        return hashlib.blake2b(named, digest_size=24, key=self.key).digest()


@dataclass(frozen=True)
class Tries:
    """The buckets in which one try takes a place; the last is the narrowest."""

    sessions: Sessions
    buckets: list[tuple[bytes, Bucket]]

    async def take(self) -> None:
        """Counts a try, before the password is looked at. Raises `Problem` (429) when there were
        too many; then it takes no place at all."""
        async with self.sessions() as session:
            for who, bucket in self.buckets:
                wait = await bucket.take(who, session)
                if wait is not None:
                    seconds = max(1, ceil(wait.total_seconds()))
                    raise Problem(
                        429,
                        "too-many-tries",
                        f"too many tries; try again in {seconds} s",
                        retry_after=seconds,
                    )
            await session.execute(_SWEEP)
            await session.commit()

    async def give_back(self) -> None:
        """The password was right: the narrowest bucket is empty again, the wider ones hold one try
        less."""
        *wider, (narrowest, _) = self.buckets
        async with self.sessions() as session:
            for who, bucket in wider:
                await session.execute(_GIVE_BACK, {"who": who, "every": bucket.every})
            await session.execute(_EMPTY, {"who": narrowest})
            await session.commit()
