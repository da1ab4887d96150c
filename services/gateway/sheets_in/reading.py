"""Has a sheet read, by another process and one at a time, while the site goes on."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import structlog

from services.gateway.sheets_in.kinds import LARGEST, Sheet, SheetUnfit

log = structlog.get_logger(__name__)

PATIENCE = 60.0
"""Seconds for one file; the process itself may compute for fewer."""


@dataclass
class SheetReading:
    """One sheet at a time: reading the largest takes a core for some seconds."""

    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def read(self, given: BinaryIO) -> Sheet:
        """A file on the disk, of which all is read. Raises `SheetUnfit`."""
        given.flush()
        if given.seek(0, os.SEEK_END) > LARGEST:
            raise SheetUnfit("sheet-too-large")
        async with self._turn:
            said = await _examined(given)
        if "unfit" in said:
            raise SheetUnfit(said["unfit"])
        return await asyncio.to_thread(Sheet.from_json, said)


async def _examined(given: BinaryIO) -> dict[str, Any]:
    given.seek(0)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway.sheets_in.examine",
        stdin=given.fileno(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote the file
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await process.communicate()
    except TimeoutError:
        raise SheetUnfit("sheet-too-heavy") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.warning("sheet not read", code=process.returncode)
        raise SheetUnfit("sheet-too-heavy" if process.returncode < 0 else "sheet-broken")
    said: dict[str, Any] = await asyncio.to_thread(json.loads, told)
    return said
