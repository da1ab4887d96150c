"""Digests that only this service can make: they recognise a person without naming one."""

import hashlib

from shared.database import Session


def seal(session: Session, *parts: object) -> bytes:
    """A keyed digest of the parts (BLAKE2b, RFC 7693), 24 bytes; the key never leaves the
    service, so that a copy of the database alone cannot be matched against the roll."""
    key: bytes = session.info["seal"]
    return hashlib.blake2b(
        "\n".join(str(part) for part in parts).encode(), digest_size=24, key=key
    ).digest()
