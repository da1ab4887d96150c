"""Where files are kept: with a form that was not sent yet, then at a proposal or its answer.

A file waits in a bundle, which stands for an account and one form of it. It comes to a proposal
only by the good answer to the command, and the same answer, asked for again, brings it there too.
"""

import asyncio
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy import text

from services.gateway.files.checking import Fit
from services.gateway.files.kinds import MOST, Unfit
from shared.calendar import today
from shared.database import Sessions
from shared.telemetry import fault

log = structlog.get_logger(__name__)

PIECE = 512 * 1024
WAITS = timedelta(days=1)
LOOK_EVERY = 600.0
GIB = 1024**3
READ_AT_ONCE = 8

Part = Literal["matter", "answer"]

# Two copies of a form at the same moment come one after the other: else both would find room.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
_COUNT = text("""
    SELECT count(*) FILTER (WHERE sha256 <> :sha256) AS others,
        coalesce(bool_or(sha256 = :sha256), false) AS there
    FROM file WHERE bundle = :bundle
""")
_ROOM = text("SELECT coalesce(sum(size), 0) FROM file WHERE taken_off_on IS NULL")
_KEEP = text("""
    INSERT INTO file (bundle, waits_until, name, shows, kind, size, sha256, width, height,
        preview, preview_width, preview_height)
    VALUES (:bundle, now() + CAST(:waits AS interval), :name, :shows, :kind, :size, :sha256,
        :width, :height, :preview, :preview_width, :preview_height)
    RETURNING id
""")
_PIECE = text("INSERT INTO file_piece (file, number, bytes) VALUES (:file, :number, :bytes)")
_WAITING = text("""
    SELECT id, name, size FROM file WHERE bundle = :bundle AND waits_until > now() ORDER BY id
""")
_LEAVE_OUT = text("DELETE FROM file WHERE bundle = :bundle AND id = ANY(:ids)")
# What the proposal has already came with the first copy of the form. A hidden author's names of
# files may tell whose telephone it was.
_TIE = text("""
    WITH there AS (
        SELECT sha256 FROM file
        WHERE proposal = :proposal AND part = :part AND taken_off_on IS NULL
    ), coming AS (
        SELECT id, split_part(name, '.', -1) AS ending,
            row_number() OVER (ORDER BY id) + (SELECT count(*) FROM there) AS place
        FROM file WHERE bundle = :bundle AND sha256 NOT IN (SELECT sha256 FROM there)
    )
    UPDATE file SET bundle = NULL, waits_until = NULL, proposal = :proposal, part = :part,
        name = CASE WHEN CAST(:hidden AS boolean) THEN coming.place || '.' || coming.ending
            ELSE name END
    FROM coming WHERE file.id = coming.id AND coming.place <= :most
""")
_DROP = text("DELETE FROM file WHERE bundle = :bundle")
_TAKE_OFF = text("""
    WITH gone AS (DELETE FROM file_piece WHERE file = :file)
    UPDATE file SET taken_off_on = :today, name = '', shows = '', size = 0, sha256 = '',
        width = NULL, height = NULL, preview = NULL, preview_width = NULL, preview_height = NULL
    WHERE id = :file AND taken_off_on IS NULL
""")
_SWEEP = text("DELETE FROM file WHERE waits_until < now()")


@dataclass(frozen=True)
class Waiting:
    """A file that waits with a form. `size` in bytes."""

    id: UUID
    name: str
    size: int


@dataclass(frozen=True)
class Shelf:
    """`key` makes bundles; `gib` is as much as all files may take."""

    sessions: Sessions
    key: bytes = field(repr=False)
    gib: float
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READ_AT_ONCE))
    """Whoever sends files holds a place: what comes in lies on the disk until it was looked at."""

    def bundle(self, account: str, form: str) -> bytes:
        """Stands for the form of that account and says neither."""
        return hmac.digest(self.key, f"{account}\n{form}".encode(), "sha256")

    async def keep(self, bundle: bytes, fit: Fit, *, name: str, shows: str) -> None:
        """Whole or not at all; what is there already is not kept twice. Raises `Unfit`."""
        async with self.sessions() as session:
            await session.execute(_LOCK, {"what": bundle.hex()})
            given = {"bundle": bundle, "sha256": fit.sha256}
            found = (await session.execute(_COUNT, given)).one()
            if found.there:
                return
            if found.others >= MOST:
                raise Unfit("too-many-files")
            if (await session.scalar(_ROOM) or 0) + fit.size > self.gib * GIB:
                log.error("no room for files", gib=self.gib)
                raise Unfit("no-room")
            row = {key: value for key, value in vars(fit).items() if key != "content"}
            row |= {"bundle": bundle, "name": name, "shows": shows, "waits": WAITS}
            file = await session.scalar(_KEEP, row)
            fit.content.seek(0)
            number = 0
            while piece := fit.content.read(PIECE):
                await session.execute(_PIECE, {"file": file, "number": number, "bytes": piece})
                number += 1
            await session.commit()

    async def waiting(self, bundle: bytes) -> list[Waiting]:
        async with self.sessions() as session:
            return [Waiting(*row) for row in await session.execute(_WAITING, {"bundle": bundle})]

    async def leave_out(self, bundle: bytes, ids: list[UUID]) -> None:
        """Of the bundle's own; of others nothing happens."""
        async with self.sessions() as session:
            await session.execute(_LEAVE_OUT, {"bundle": bundle, "ids": ids})
            await session.commit()

    async def tie(
        self, bundle: bytes, proposal: UUID, part: Part = "matter", *, hidden: bool = False
    ) -> None:
        """To the proposal that there is now. Again and again the same comes of it."""
        given = {"bundle": bundle, "proposal": proposal, "part": part}
        async with self.sessions() as session:
            if not (await session.execute(_WAITING, given)).first():
                return
            for what in (bundle.hex(), f"{proposal} {part}"):
                await session.execute(_LOCK, {"what": what})
            await session.execute(_TIE, given | {"hidden": hidden, "most": MOST})
            await session.execute(_DROP, {"bundle": bundle})
            await session.commit()

    async def take_off(self, file: UUID) -> None:
        """For good; that there was one stays."""
        async with self.sessions() as session:
            await session.execute(_TAKE_OFF, {"file": file, "today": today()})
            await session.commit()

    async def sweep(self) -> None:
        """What has waited for too long."""
        async with self.sessions() as session:
            await session.execute(_SWEEP)
            await session.commit()

    async def keep_sweeping(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception as error:
                log.warning("files not swept", **fault(error))
            await asyncio.sleep(LOOK_EVERY)
