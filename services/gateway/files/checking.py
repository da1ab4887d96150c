"""Has a file looked into, by another process and one at a time, while the site goes on."""

import asyncio
import base64
import json
import tempfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from services.gateway.files.apart import told_by
from services.gateway.files.kinds import Unfit


@dataclass(frozen=True)
class Fit:
    """A file as it was written anew: `kind` is its media type; pictures have sizes in pixels and a
    preview, which is a JPEG. Whoever holds it closes `content`."""

    kind: str
    size: int
    sha256: bytes
    content: BinaryIO
    width: int | None = None
    height: int | None = None
    preview: bytes | None = None
    preview_width: int | None = None
    preview_height: int | None = None


@dataclass
class Checking:
    """One file at a time: decoding takes half a gigabyte at worst, and a core."""

    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def checked(self, given: BinaryIO) -> Fit:
        """Raises `Unfit`."""
        async with self._turn:
            result: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - handed on
            try:
                told = await told_by(
                    "services.gateway.files.examine",
                    given,
                    str(result.fileno()),
                    unfit=lambda why: Unfit(f"file-{why}"),
                    pass_fds=(result.fileno(),),
                )
                said: dict[str, Any] = json.loads(told)
                if "unfit" in said:
                    raise Unfit(said["unfit"])
                said["preview"] = said.get("preview") and base64.b64decode(said["preview"])
                said["sha256"] = bytes.fromhex(said["sha256"])
                result.seek(0)
                return Fit(content=result, **said)
            except BaseException:
                result.close()
                raise
