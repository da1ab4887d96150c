"""What was typed and not sent, on its way to the company's provider and back with its writer.

A redirect cannot carry a form, so it waits here: sealed with a key that is made of the site's own
and of what only the browser that set out holds (its cookie), so nobody can read it at rest, and no
other browser gets it. It is given out once, and gone after minutes.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text

from shared.database import Sessions
from shared.telemetry import fault

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(minutes=10)
MOST = 200
"""How many wait at a time: whoever has no session may leave one, so there must be an end."""
LOOK_EVERY = 60.0

_SWEEP = text("DELETE FROM unsent_form WHERE kept_at < now() - CAST(:kept_for AS interval)")
_KEEP = text("""
    INSERT INTO unsent_form (id, sealed)
    SELECT :id, :sealed WHERE (SELECT count(*) FROM unsent_form) < :most RETURNING true
""")
_TAKE = text("""
    DELETE FROM unsent_form WHERE id = :id
    RETURNING CASE WHEN kept_at >= now() - CAST(:kept_for AS interval) THEN sealed END
""")


@dataclass(frozen=True)
class Carried:
    """`name` is what `keep` returned; `cookie` is the browser's, and `take` needs both."""

    sessions: Sessions
    key: bytes = field(repr=False)

    async def keep(self, cookie: str, fields: Mapping[str, str]) -> str | None:
        """Its name. None when too many wait already."""
        name = secrets.token_urlsafe(16)
        sealed = self._sealed_with(cookie, name).encrypt(json.dumps(dict(fields)).encode())
        given = {"id": _digest(name), "sealed": sealed, "most": MOST}
        async with self.sessions() as session:
            await session.execute(_SWEEP, {"kept_for": KEPT_FOR})
            kept = await session.scalar(_KEEP, given)
            await session.commit()
        return name if kept else None

    async def take(self, cookie: str, name: str) -> dict[str, str]:
        """Once; nothing when it is too old, was taken, or was left by another browser."""
        async with self.sessions() as session:
            given = {"id": _digest(name), "kept_for": KEPT_FOR}
            sealed = await session.scalar(_TAKE, given)
            await session.commit()
        if sealed is None:
            return {}
        try:
            fields: dict[str, str] = json.loads(self._sealed_with(cookie, name).decrypt(sealed))
        except InvalidToken:
            return {}
        return fields

    async def keep_clean(self) -> None:
        """Until cancelled: what nobody came back for is gone all the same."""
        while True:
            try:
                async with self.sessions() as session:
                    await session.execute(_SWEEP, {"kept_for": KEPT_FOR})
                    await session.commit()
            except Exception as error:
                log.warning("unsent forms not swept", **fault(error))
            await asyncio.sleep(LOOK_EVERY)

    def _sealed_with(self, cookie: str, name: str) -> Fernet:
        key = hmac.digest(self.key, f"{name} {cookie}".encode(), "sha256")
        return Fernet(base64.urlsafe_b64encode(key))


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
