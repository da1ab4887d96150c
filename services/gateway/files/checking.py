"""Has a file looked into, by another process and one at a time, while the site goes on."""

import asyncio
import base64
import json
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import structlog

from services.gateway.files.kinds import Unfit

log = structlog.get_logger(__name__)

PATIENCE = 60.0
"""Seconds for one file; the process itself may compute for fewer (`limits.SECONDS`)."""


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
                said = await _examined(given, result)
                if "unfit" in said:
                    raise Unfit(said["unfit"])
                said["preview"] = said.get("preview") and base64.b64decode(said["preview"])
                said["sha256"] = bytes.fromhex(said["sha256"])
                result.seek(0)
                return Fit(content=result, **said)
            except BaseException:
                result.close()
                raise


async def _examined(given: BinaryIO, result: BinaryIO) -> dict[str, Any]:
    given.flush()
    given.seek(0)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway.files.examine",
        str(result.fileno()),
        stdin=given.fileno(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote the file
        pass_fds=(result.fileno(),),
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await process.communicate()
    except TimeoutError:
        raise Unfit("file-too-heavy") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.warning("file not examined", code=process.returncode)
        raise Unfit("file-too-heavy" if process.returncode < 0 else "file-broken")
    said: dict[str, Any] = json.loads(told)
    return said
