"""PINs: six digits that open a kiosk together with the number on a badge; what one must be, and
how it is kept.

A million of them are soon tried by whoever has a copy of the table. So what argon2 hashes is a
digest under a key that is not in the database: without it a hash fits every PIN.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import text

from services.gateway.passwords import fits, hashed_password, is_outdated
from shared.database import Session, Sessions, reading
from shared.rights import RuleBroken
from shared.sealing import key_for

DIGITS = 6
KEYPAD_WALKS = {"147258", "147369", "258369", "159357", "159753", "357159", "741852", "963852"}
"""Lines over the keys, which many choose."""


class Weak(NamedTuple):
    """One kind of PIN that is guessed first. `is_so` is told the PIN and the badge's number."""

    code: str
    detail: str
    is_so: Callable[[str, str], bool]


def repeats(pin: str, _: str) -> bool:
    """111111, 121212, 123123, 112233, 123321."""
    halves, pairs = pin[:3] == pin[3:], pin[0::2] == pin[1::2]
    return len(set(pin)) < 3 or halves or pairs or pin == pin[::-1]


def is_in_order(pin: str, _: str) -> bool:
    """123456, 987654, 890123, 135791, and lines over the keys."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1 or pin in KEYPAD_WALKS


def is_on_the_badge(pin: str, badge: str) -> bool:
    digits = re.sub(r"\D", "", badge)
    return len(digits) > 3 and (digits in pin or pin in digits)


def is_a_day(pin: str, _: str) -> bool:
    """Year, month, day: birthdays are known among colleagues."""
    try:
        date(2000 + int(pin[:2]), int(pin[2:4]), int(pin[4:]))
    except ValueError:
        return False
    return True


WEAK = (
    Weak("pin-repeats", "this PIN repeats itself; choose another", repeats),
    Weak("pin-in-order", "these digits follow each other; choose another PIN", is_in_order),
    Weak("pin-on-the-badge", "this PIN is on the badge; choose another", is_on_the_badge),
    Weak("pin-is-a-day", "this PIN is a day, such as a birthday; choose another", is_a_day),
)


def plain(typed: str) -> str:
    """As it would have been typed with a plain keyboard: an input method writes １２３."""
    return unicodedata.normalize("NFKC", typed).strip()


def must_be_a_pin(pin: str, badge: str) -> None:
    """Raises `RuleBroken` (422)."""
    if not re.fullmatch(f"[0-9]{{{DIGITS}}}", pin):
        raise RuleBroken("pin-no-digits", f"a PIN is {DIGITS} digits", field="pin", status=422)
    for weak in WEAK:
        if weak.is_so(pin, badge):
            raise RuleBroken(weak.code, weak.detail, field="pin", status=422)


@dataclass(frozen=True)
class Key:
    """With which the digests of PINs are made; from the gateway's seal key."""

    key: bytes

    @classmethod
    def of(cls, seal_key: bytes) -> "Key":
        return cls(key_for("pins", seal_key))

    def digest(self, pin: str) -> str:
        return hmac.digest(self.key, pin.encode(), "sha256").hex()

    async def hashed(self, pin: str) -> str:
        return await hashed_password(self.digest(pin))

    async def fits(self, stored: str | None, pin: str) -> bool:
        return await fits(stored, self.digest(pin))


_KEPT = text("""
    SELECT name, pin_hash, pin_given FROM account
    WHERE lower(employee) = lower(:badge) AND pin_hash IS NOT NULL AND active
    ORDER BY employee <> :badge, pin_set_at DESC LIMIT 1
""")
_SET = text("""
    UPDATE account SET pin_hash = :hash, pin_given = :given, pin_set_at = now()
    WHERE name = :name AND active AND employee IS NOT NULL
        AND (CAST(:stored AS text) IS NULL OR pin_hash = :stored)
    RETURNING name
""")
_OF = text("""
    SELECT employee, password_hash IS NOT NULL, pin_hash FROM account WHERE name = :name AND active
""")
_TAKE = text("UPDATE account SET pin_hash = NULL WHERE name = :name RETURNING name")
_END = text("""
    DELETE FROM session WHERE account = :name AND kind = 'kiosk' AND token_hash <> :but
""")


@dataclass(frozen=True)
class ProvedPin:
    """A PIN was right for the badge of an account; `stored` is its hash as it is kept now."""

    account: str
    stored: str


@dataclass(frozen=True)
class PinOf:
    """What there is of an account. `badge` is its employee number."""

    badge: str | None
    has_password: bool
    stored: str | None


async def account_of(badge: str, sessions: Sessions) -> str | None:
    """The account whose PIN opens with this badge."""
    async with reading(sessions) as session:
        name: str | None = await session.scalar(_KEPT, {"badge": badge})
    return name


async def prove_pin(sessions: Sessions, key: Key, badge: str, pin: str) -> ProvedPin | None:
    """None when badge or PIN is wrong, whichever. See `passwords.prove`."""
    async with reading(sessions) as session:
        kept = (await session.execute(_KEPT, {"badge": badge})).one_or_none()
    if not await key.fits(kept.pin_hash if kept else None, pin) or kept is None:
        return None
    stored: str = kept.pin_hash
    if is_outdated(stored):
        hashed = await key.hashed(pin)
        async with sessions() as session:
            anew = await set_pin(
                session, kept.name, hashed, given=kept.pin_given, instead_of=stored
            )
            await session.commit()
        stored = hashed if anew else stored
    return ProvedPin(kept.name, stored)


async def pin_of(session: Session, account: str) -> PinOf | None:
    """None when there is no such open account."""
    found = (await session.execute(_OF, {"name": account})).one_or_none()
    return PinOf(*found) if found else None


async def set_pin(
    session: Session, account: str, hashed: str, *, given: bool, instead_of: str | None = None
) -> bool:
    """Keeps what `Key.hashed` made. `given`: somebody else knows it. False when there is no such
    account with a badge, or when the hash that is kept is not the one it is kept `instead_of`."""
    how = {"hash": hashed, "given": given, "name": account, "stored": instead_of}
    return await session.scalar(_SET, how) is not None


async def take_pin(session: Session, account: str) -> bool:
    """So that nothing opens a kiosk for it. False when there is no such account."""
    taken = await session.scalar(_TAKE, {"name": account})
    await end_at_kiosks(session, account)
    return taken is not None


async def end_at_kiosks(session: Session, account: str, *, but: bytes = b"") -> None:
    """The sessions that its PIN has opened; `but`: the digest of a token that stays. Whoever also
    writes or locks the account does that first, so that no two wait for each other."""
    await session.execute(_END, {"name": account, "but": but})
