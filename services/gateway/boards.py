"""Boards: displays on a wall, each paired with one unit by a code that works once.

Nobody signs in at a wall. An operator has a code made, it is typed at the display within minutes,
and from then on a cookie of its own kind opens the board of that unit there and nothing else.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.gateway import audit
from services.gateway.accounts import token_hash
from shared.database import Session
from shared.messages import uuid7

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that is taken for another on a screen across the hall."""
LENGTH = 8
CODE_LASTS = timedelta(minutes=15)
LASTS = timedelta(days=400)
"""Unused for so long a board is forgotten; no browser keeps a cookie longer (RFC 6265bis)."""

_UNIT = text("SELECT id FROM unit WHERE code = :unit")
_SWEEP = text("""
    DELETE FROM board WHERE code_until < now() OR seen_at < now() - CAST(:lasts AS interval)
""")
_ADD = text("""
    INSERT INTO board (id, unit, code_hash, code_until)
    VALUES (:id, :unit, :code, now() + CAST(:lasts AS interval))
""")
_PAIR = text("""
    UPDATE board SET token_hash = :token, code_hash = NULL, code_until = NULL,
        paired_at = now(), seen_at = now()
    WHERE code_hash = :code AND code_until > now() RETURNING id, unit
""")
_KNOWN = text("""
    SELECT board.id, unit.code AS unit, seen_at < now() - interval '1 day' AS unnoted
    FROM board JOIN unit ON unit.id = board.unit
    WHERE token_hash = :token AND seen_at > now() - CAST(:lasts AS interval)
""")
_NOTE = text("UPDATE board SET seen_at = now() WHERE id = :id")
_LIST = text("""
    SELECT board.id, unit.code AS unit, unit.name, added_at, paired_at, seen_at, code_until
    FROM board JOIN unit ON unit.id = board.unit
    WHERE code_until > now() OR seen_at > now() - CAST(:lasts AS interval)
    ORDER BY unit.path, board.id
""")
_REMOVE = text("DELETE FROM board WHERE id = :id RETURNING id")
_STILL_OPEN = text("SELECT token_hash FROM board WHERE token_hash = ANY(:hashes)")


class Board(NamedTuple):
    """A display that was paired, and the code of its unit. `unnoted`: it is a day since it was
    noted that it is there."""

    id: UUID
    unit: str
    unnoted: bool


class BoardSeen(NamedTuple):
    """A board as an operator sees it; until `code_until` it waits for its code. Times in UTC."""

    id: UUID
    unit: str
    name: str
    added_at: datetime
    paired_at: datetime | None
    seen_at: datetime | None
    code_until: datetime | None


@dataclass(frozen=True)
class Code:
    """What is typed at the display: `7K3M-92PX`; in small letters or without the hyphen too."""

    letters: str

    @classmethod
    def fresh(cls) -> "Code":
        return cls("".join(secrets.choice(LETTERS) for _ in range(LENGTH)))

    @classmethod
    def typed(cls, text: str) -> "Code":
        return cls("".join(filter(str.isalnum, text[:40])).upper())

    @property
    def digest(self) -> bytes:
        return token_hash(self.letters)

    def __str__(self) -> str:
        return f"{self.letters[:4]}-{self.letters[4:]}"


async def add_board(unit: str, session: Session) -> Code | None:
    """A code that pairs one display with the unit, within `CODE_LASTS`. None: no such unit."""
    found = await session.scalar(_UNIT, {"unit": unit})
    if found is None:
        return None
    code = Code.fresh()
    await session.execute(_SWEEP, {"lasts": LASTS})
    id = uuid7()
    given = {"id": id, "unit": found, "code": code.digest, "lasts": CODE_LASTS}
    await session.execute(_ADD, given)
    await audit.add(session, audit.Entry("board added", "tongxin board", about=str(id)))
    return code


async def pair(code: Code, session: Session) -> str | None:
    """The token of the board; the code is spent. None: it is wrong, spent, or too old. That is on
    record either way."""
    token = secrets.token_urlsafe(32)
    given = {"code": code.digest, "token": token_hash(token)}
    paired = (await session.execute(_PAIR, given)).one_or_none()
    if paired is None:
        await audit.add(session, audit.Entry("board not paired", "POST /board"))
        return None
    await audit.add(session, audit.Entry("board paired", "POST /board", about=str(paired.id)))
    return token


async def board_known_by(token: str, session: Session) -> Board | None:
    """The board with that token; None when it was removed."""
    given = {"token": token_hash(token), "lasts": LASTS}
    found = (await session.execute(_KNOWN, given)).one_or_none()
    return Board(*found) if found else None


async def note_seen(board: Board, session: Session) -> None:
    """It is there today."""
    await session.execute(_NOTE, {"id": board.id})


async def boards(session: Session) -> list[BoardSeen]:
    """Those that are paired and those that wait, as their units stand in the tree."""
    return [BoardSeen(*row) for row in await session.execute(_LIST, {"lasts": LASTS})]


async def remove_board(id: UUID, session: Session) -> bool:
    """It opens nothing any more. False when there is none."""
    removed = await session.scalar(_REMOVE, {"id": id})
    if removed is not None:
        await audit.add(session, audit.Entry("board removed", "tongxin board", about=str(id)))
    return removed is not None


async def still_open_boards(hashes: Collection[bytes], session: Session) -> set[bytes]:
    """Those of the digests of tokens that belong to a board."""
    return set((await session.scalars(_STILL_OPEN, {"hashes": list(hashes)})).all())
