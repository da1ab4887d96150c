"""What only this service can make or read, with a key that never leaves it.

A copy of the database alone is of no use: seals cannot be matched against the roll, and what is
encrypted stays so.
"""

import hashlib
import secrets
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.database import ReadSession, Session

_VERSION, _NONCE = b"\x01", 12


def seal(session: Session, *parts: object) -> bytes:
    """A keyed digest of the parts (BLAKE2b, RFC 7693), 24 bytes: recognises a person without
    naming one."""
    return sealed_by(session.info["seal"], *parts)


def sealed_by(key: bytes, *parts: object) -> bytes:
    """The same with the key at hand."""
    return hashlib.blake2b(
        "\n".join(str(part) for part in parts).encode(), digest_size=24, key=key
    ).digest()


def encrypt(session: Session, words: str, *place: object) -> bytes:
    """AES-256-GCM (NIST SP 800-38D). `place` names column and row, so that what is moved to
    another row cannot be read there."""
    nonce = secrets.token_bytes(_NONCE)
    hidden = _cipher(session.info["seal"]).encrypt(nonce, words.encode(), _bound(place))
    return _VERSION + nonce + hidden


def decrypt(session: Session | ReadSession, hidden: bytes, *place: object) -> str:
    """Raises `cryptography.exceptions.InvalidTag` when it was changed, moved or keyed otherwise."""
    nonce, body = hidden[1 : 1 + _NONCE], hidden[1 + _NONCE :]
    return _cipher(session.info["seal"]).decrypt(nonce, body, _bound(place)).decode()


def _bound(place: tuple[object, ...]) -> bytes:
    return "\n".join(str(part) for part in place).encode()


@cache
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key_for("columns", key))


@cache
def key_for(purpose: str, key: bytes) -> bytes:
    """A key of its own for each purpose, 32 bytes (HKDF, RFC 5869): one tells nothing about
    another, nor about what seals are made with."""
    return HKDF(SHA256(), 32, salt=None, info=b"tongxin " + purpose.encode()).derive(key)
