"""Reading files: what a proposal has, and one of them as it is sent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.gateway.problems import Problem
from services.gateway.views.rows import Reader, Readers, rows

_OF_PROPOSAL = """
    SELECT id, part, name, shows, kind, size, preview_width, preview_height, taken_off_on
    FROM file WHERE proposal = :proposal ORDER BY id
"""
# Whoever may see the proposal may see its files; what waits with a form nobody may.
_ONE = """
    SELECT file.id, part, name, shows, kind, size, preview_width, preview_height, taken_off_on,
        file.proposal
    FROM file JOIN proposal ON proposal.id = file.proposal
    WHERE file.id = :file
"""
_PREVIEW = "SELECT preview FROM file WHERE id = :file"
_PIECE = "SELECT bytes FROM file_piece WHERE file = :file AND number = :number"


@dataclass(frozen=True)
class FileSeen:
    """A file of a proposal's `matter` or `answer`. `shows` is what a picture shows, in words;
    `size` in bytes. Of one that was taken off nothing but its day is left."""

    id: UUID
    part: str
    name: str
    shows: str
    kind: str
    size: int
    preview_width: int | None
    preview_height: int | None
    taken_off_on: date | None

    @property
    def is_picture(self) -> bool:
        return self.kind.startswith("image/")


@dataclass(frozen=True)
class FileKnown(FileSeen):
    """And whose it is."""

    proposal: UUID


async def files_of(proposal: UUID, reader: Reader) -> list[FileSeen]:
    """One statement; in the order in which they came."""
    return [FileSeen(**row) for row in await rows(reader, _OF_PROPOSAL, {"proposal": proposal})]


async def file_known(file: UUID, reader: Reader) -> FileKnown:
    """One statement. Raises `Problem` (404)."""
    found = await rows(reader, _ONE, {"file": file})
    if not found:
        raise Problem(404, "unknown-file", f"there is no file with the id {file}")
    return FileKnown(**found[0])


async def preview_of(file: UUID, reader: Reader) -> bytes | None:
    """A JPEG; None where there is none."""
    found = await rows(reader, _PREVIEW, {"file": file})
    preview: bytes | None = found[0]["preview"] if found else None
    return preview


async def pieces_of(file: UUID, readers: Readers) -> AsyncIterator[bytes]:
    """One after the other. No connection is held while a slow line takes one."""
    number = 0
    while True:
        async with readers.one() as reader:
            found = await rows(reader, _PIECE, {"file": file, "number": number})
        if not found:
            return
        yield found[0]["bytes"]
        number += 1
